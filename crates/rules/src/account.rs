//! What people do with their own accounts: taking back what they allowed.
//!
//! Consent is withdrawn by raising its epoch, or the person's own: everything that was authorized before is dead, and what is
//! being authorized at the same moment is dead at birth.

use std::sync::Arc;

use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
    scope::Scope,
};

use crate::{
    effect::{Decision, Effect},
    model::{
        authorization::Authorization,
        consent::Consent,
        id::{AuthorizationId, UserId},
        time::Timestamp,
        user::User,
    },
};

/// What is taken back.
#[derive(Clone, Debug)]
pub enum Withdrawal {
    /// One authorization.
    One(AuthorizationId),
    /// Everything of one application.
    Client(ClientId),
    /// Everything.
    All,
}

/// What the store knows of it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The authorization that is meant, if one is.
    pub authorization: Option<Arc<Authorization>>,
    /// The application that is meant, if one is and somebody knows it.
    pub client: Option<ClientId>,
    /// What the person said about the applications that are meant.
    pub said: Vec<Consent>,
    /// The person.
    pub user: Option<Arc<User>>,
}

/// What makes a person be asked again by an application. What they authorized goes on.
#[must_use]
pub fn forget(said: &Consent, now: Timestamp) -> Effect {
    let forgotten = Consent { scope: Scope::default(), audience: Vec::new(), granted_at: now, expires_at: now, ..said.clone() };
    Effect::PutConsent { consent: forgotten, seen: Some(said.epoch) }
}

/// Decides; `user` is who asks. Whoever ends one authorization is asked again before there is another.
///
/// Somebody else's authorization might as well not exist, nor might an application that nobody knows: [`Code::NotFound`].
#[must_use]
pub fn withdraw(user: UserId, what: &Withdrawal, facts: &Facts, now: Timestamp) -> Decision<()> {
    let unknown = |step, reason: &'static str| Decision::refused(Refusal::new(Code::NotFound, step, reason));
    let asked_again = facts.said.iter().map(|said| forget(said, now));
    let effects = match what {
        Withdrawal::One(id) => match &facts.authorization {
            Some(own) if own.user == user && own.id == *id => {
                std::iter::once(Effect::Revoke { id: own.id, at: now }).chain(asked_again).collect()
            }
            _ => return unknown("authorization_of_user", "the user has no authorization of this id"),
        },
        Withdrawal::Client(_) => match &facts.client {
            Some(client) => vec![taken_back(user, client, facts.said.first(), now)],
            None => return unknown("client_of_user", "no client has this id, and the user has said nothing of it"),
        },
        Withdrawal::All => match &facts.user {
            Some(own) => {
                let ended = User { epoch: own.epoch.next(), ..User::clone(own) };
                std::iter::once(Effect::ReplaceUser { user: ended, seen: own.revision }).chain(asked_again).collect()
            }
            None => return unknown("user_known", "the user is gone"),
        },
    };
    Decision::granted(effects, ())
}

/// Ends everything of one application.
fn taken_back(user: UserId, client: &ClientId, said: Option<&Consent>, now: Timestamp) -> Effect {
    let seen = said.map(|said| said.epoch);
    let consent = Consent {
        user,
        client: client.clone(),
        epoch: seen.unwrap_or_default().next(),
        scope: Scope::default(),
        audience: Vec::new(),
        granted_at: now,
        expires_at: now,
    };
    Effect::PutConsent { consent, seen }
}
