//! What a request is to each object it concerns, and what its answer says of each.

use super::object::{Role, Standing};
use super::world::{Ending, Step, Told};
use crate::journal::{Answer, Ask};

/// What ends together: the objects that a request reaches beside those it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everything that a client holds.
    Client(usize),
    /// Everything that speaks for a user; no session.
    User(usize),
    /// That, and their sessions.
    UserAndSessions(usize),
    /// What a client holds of a user.
    Application {
        /// The user.
        user: usize,
        /// The client.
        client: usize,
    },
    /// What was authorized in a session.
    Session(usize),
    /// The sessions of a user but one, and what was authorized in them.
    OtherSessions {
        /// The user.
        user: usize,
        /// The session that stays.
        but: usize,
    },
}

impl Reach {
    /// What the request is to the object with this number and standing; nothing if it does not reach it.
    #[must_use]
    pub fn step(self, object: usize, standing: &Standing) -> Option<Step> {
        let held = standing.role == Role::Held;
        let session = standing.role == Role::Session;
        let reached = match self {
            Self::Client(client) => held && standing.client == Some(client),
            Self::User(user) => held && standing.user == Some(user),
            Self::UserAndSessions(user) => (held || session) && standing.user == Some(user),
            Self::Application { user, client } => held && standing.user == Some(user) && standing.client == Some(client),
            Self::Session(bound) => standing.session == Some(bound),
            Self::OtherSessions { user, but } => {
                let bound = if session { Some(object) } else { standing.session };
                standing.user == Some(user) && bound.is_some_and(|bound| bound != but)
            }
        };
        let ending = if matches!(self, Self::Client(_)) { Ending::OfClient } else { Ending::OfUser };
        reached.then_some(Step::End(ending))
    }
}

/// What an answer says of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The request was carried out, with this answer.
    Told(Told),
    /// It was not carried out.
    Void,
    /// That is left open.
    Open,
}

/// Reads an answer; nothing if it is none to this request. A token response is not read here: its tokens tell the generation.
#[must_use]
pub fn finding(ask: Ask, step: Step, answer: &Answer) -> Option<Finding> {
    let logs_in = matches!(ask, Ask::Password { .. } | Ask::SignIn(_));
    let told = match (step, answer) {
        (_, Answer::Unavailable | Answer::Odd(_)) => return Some(Finding::Open),
        (Step::End(_) | Step::Approve, Answer::SignIn) => return Some(Finding::Void),
        (Step::Enter | Step::Leave, Answer::SignIn) => Told::Refused,
        (Step::Enter, Answer::Refused) if logs_in => Told::Refused,
        (Step::Enter, Answer::Issued { .. } | Answer::Given(_) | Answer::Done | Answer::Refused) => Told::Entered,
        (Step::Leave | Step::End(_) | Step::Revive | Step::Approve | Step::EndRefresh | Step::EndAccess(_), Answer::Done) => Told::Done,
        (Step::Redeem | Step::Poll | Step::Refresh(_) | Step::Approve, Answer::Refused) => Told::Refused,
        (Step::Poll, Answer::Pending) => Told::Pending,
        (Step::ReadRefresh(_) | Step::ReadAccess(..), Answer::Active(active)) => Told::Active(*active),
        _ => return None,
    };
    Some(Finding::Told(told))
}

/// Under which name an answer is counted.
#[must_use]
pub fn name(ask: Ask, answer: &Answer) -> &'static str {
    match (ask, answer) {
        (_, Answer::Unavailable) => "503",
        (_, Answer::Odd(_)) => "odd",
        (_, Answer::SignIn) => "nobody signed in",
        (Ask::Password { .. }, Answer::Refused) => "password refused",
        (Ask::Password { .. }, _) => "password",
        (Ask::ClientCredentials(_), _) => "client_credentials",
        (Ask::Device(_), _) => "device codes made",
        (Ask::Approve { .. }, Answer::Done) => "devices approved",
        (Ask::Approve { .. }, _) => "approval refused",
        (Ask::Code { .. }, _) => "codes made",
        (Ask::Redeem(_), Answer::Issued { .. }) => CODES,
        (Ask::Redeem(_), _) => "codes refused",
        (Ask::Poll(_), Answer::Issued { .. }) => DEVICES,
        (Ask::Poll(_), Answer::Pending) => "device codes pending",
        (Ask::Poll(_), _) => "device codes refused",
        (Ask::Refresh(_), Answer::Issued { .. }) => GENERATIONS,
        (Ask::Refresh(_), _) => "refresh refused",
        (Ask::Revoke(_), _) => "revoked",
        (Ask::SignIn(_), Answer::Refused) => "sign-in refused",
        (Ask::SignIn(_), _) => "signed in",
        (Ask::SignOut(_), _) => "signed out",
        (Ask::EndOtherSessions(_), _) => "other sessions ended",
        (Ask::Withdraw { .. }, _) => "consents withdrawn",
        (Ask::WithdrawAll(_), _) => "all consents withdrawn",
        (Ask::EndUser(_), _) => "everything of a user revoked",
        (Ask::EndClient(_), _) => "everything of a client revoked",
        (Ask::Disable(_), _) => "users disabled",
        (Ask::Enable(_), _) => "users enabled",
        (Ask::Introspect(_) | Ask::Use(_), Answer::Active(true)) => "told active",
        (Ask::Introspect(_) | Ask::Use(_), _) => "told inactive",
    }
}

/// Counts codes that were redeemed.
pub const CODES: &str = "codes redeemed";
/// Counts device codes that were redeemed.
pub const DEVICES: &str = "device codes redeemed";
/// Counts refresh tokens that were exchanged.
pub const GENERATIONS: &str = "refreshed";
/// Counts the same successor given again.
pub const REPEATED: &str = "refresh repeated";
