//! Whose word it is that an application may do something: somebody signed in, somebody with their password, or a token that
//! speaks for them.

use std::sync::Arc;

use keyward_wire::{
    error::{Code, Refusal},
    scope::{ALL, Scope},
};

use crate::{
    check::LiveToken,
    model::{authorization::Authorization, epoch::Epoch, id::SessionId, time::Timestamp, user::User},
    session::SignedIn,
    user_auth::AuthenticatedUser,
};

/// The person who lets an application do something, and how we know.
#[derive(Clone, Debug)]
pub struct Owner {
    pub(super) user: Arc<User>,
    pub(super) user_epoch: Epoch,
    pub(super) authenticated_at: Timestamp,
    pub(super) session: Option<SessionId>,
}

impl From<&SignedIn> for Owner {
    fn from(who: &SignedIn) -> Self {
        let (user, session) = (who.user().clone(), who.session());
        Owner { user_epoch: user.epoch, user, authenticated_at: session.authenticated_at, session: Some(session.id) }
    }
}

impl From<&AuthenticatedUser> for Owner {
    fn from(who: &AuthenticatedUser) -> Self {
        Owner { user: who.user().clone(), user_epoch: who.epoch(), authenticated_at: who.at(), session: None }
    }
}

impl Owner {
    /// Whom a token speaks for; none for a client's own. What they let others do by it is dead once their password changes, and
    /// ends with the browser session that the token itself ends with.
    #[must_use]
    pub fn by_token(token: &LiveToken) -> Option<Self> {
        let (authorization, user) = token.speaks_for()?;
        Some(Owner {
            user: user.clone(),
            user_epoch: authorization.user_epoch,
            authenticated_at: authorization.authenticated_at,
            session: authorization.bound_to(),
        })
    }

    /// Who.
    #[must_use]
    pub fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// When they proved who they are.
    #[must_use]
    pub fn authenticated_at(&self) -> Timestamp {
        self.authenticated_at
    }
}

/// Lets the holder of `token` pass on `scope` to an application. A super client may pass on everything but [`ALL`] that its token
/// does not have itself; any other client only what its token has: it was given no more. And only for as long as it may act
/// without the person: what is passed on does not end with the token, so that it could go on for ever otherwise.
///
/// # Errors
/// [`Code::ScopeAll`], [`Code::ScopeIllegal`], [`Code::LoginRequired`].
pub fn may_pass_on(token: &LiveToken, scope: &Scope, now: Timestamp) -> Result<(), Refusal> {
    let registration = &token.client().registration;
    let (own, trusted) = (&token.token().scope, registration.super_client);
    let is_fresh =
        |(authorization, _): (&Arc<Authorization>, &Arc<User>)| now < authorization.authenticated_at + registration.refresh_lifetime;
    if !trusted && !token.speaks_for().is_some_and(is_fresh) {
        let reason = "the person authenticated longer ago than the client's refresh_lifetime; they have to do so again";
        return Err(Refusal::new(Code::LoginRequired, "authentication_age", reason));
    }
    let beyond: Scope = scope.words().filter(|word| !own.permits(word) && (*word == ALL || !trusted)).collect();
    if beyond.is_empty() {
        return Ok(());
    }
    let reason = format!("asked for {beyond}; the access token has no more itself than: {own}");
    let code = match beyond.contains(ALL) {
        true => Code::ScopeAll,
        false => Code::ScopeIllegal { beyond, most: own.clone() },
    };
    Err(Refusal::new(code, "scope_within_token", reason))
}
