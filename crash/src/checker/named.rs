//! Which objects a request names, whose they are, and what it reaches beside them.

use super::Checker;
use super::concern::Reach;
use super::tokens::{self, Part};
use super::world::Step;
use crate::journal::{Ask, TokenId};

impl Checker {
    /// The objects that a request names, and what it is to each.
    pub(super) fn named(&self, ask: Ask) -> Option<Vec<(usize, Step)>> {
        let user = |user: usize, step| Some(vec![(*self.users.get(user)?, step)]);
        let session = |token: TokenId, step| match self.tokens.part(token)? {
            (session, Part::Session) => Some((session, step)),
            _ => None,
        };
        match ask {
            Ask::ClientCredentials(_) | Ask::Device(_) | Ask::EndUser(_) | Ask::EndClient(_) => Some(Vec::new()),
            Ask::Password { user: who, .. } | Ask::SignIn(who) => user(who, Step::Enter),
            Ask::Disable(who) => user(who, Step::Leave),
            Ask::Enable(who) => user(who, Step::Revive),
            Ask::Code { session: token, .. }
            | Ask::EndOtherSessions(token)
            | Ask::Withdraw { session: token, .. }
            | Ask::WithdrawAll(token) => Some(vec![session(token, Step::Enter)?]),
            Ask::SignOut(token) => Some(vec![session(token, Step::Leave)?]),
            Ask::Approve { device, session: token } => match self.tokens.part(device)? {
                (device, Part::Device) => Some(vec![(device, Step::Approve), session(token, Step::Enter)?]),
                _ => None,
            },
            Ask::Redeem(token) | Ask::Poll(token) | Ask::Refresh(token) | Ask::Revoke(token) | Ask::Introspect(token) | Ask::Use(token) => {
                let (object, part) = self.tokens.part(token)?;
                Some(vec![(object, tokens::step(ask, token, part)?)])
            }
        }
    }

    pub(super) fn user_of(&self, ask: Ask) -> Option<usize> {
        match ask {
            Ask::Password { user, .. } | Ask::SignIn(user) | Ask::EndUser(user) | Ask::Disable(user) | Ask::Enable(user) => Some(user),
            Ask::Code { session, .. }
            | Ask::Approve { session, .. }
            | Ask::EndOtherSessions(session)
            | Ask::Withdraw { session, .. }
            | Ask::WithdrawAll(session)
            | Ask::SignOut(session) => {
                let (object, _) = self.tokens.part(session)?;
                self.objects.get(object)?.as_ref()?.standing.user
            }
            _ => None,
        }
    }

    /// What ends beside what a request names.
    pub(super) fn reach(&self, ask: Ask, user: Option<usize>) -> Option<Reach> {
        match ask {
            Ask::SignOut(token) => Some(Reach::Session(self.tokens.part(token)?.0)),
            Ask::EndOtherSessions(token) => Some(Reach::OtherSessions { user: user?, but: self.tokens.part(token)?.0 }),
            Ask::Withdraw { client, .. } => Some(Reach::Application { user: user?, client }),
            Ask::WithdrawAll(_) => Some(Reach::User(user?)),
            Ask::EndUser(user) | Ask::Disable(user) => Some(Reach::UserAndSessions(user)),
            Ask::EndClient(client) => Some(Reach::Client(client)),
            _ => None,
        }
    }
}
