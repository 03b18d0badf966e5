//! What people do with their own accounts: taking back what they allowed.
//!
//! Consent is withdrawn by raising its epoch: everything that was authorized before is dead, and what is being authorized at
//! the same moment is dead at birth.

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
        epoch::Epoch,
        id::{AuthorizationId, UserId},
        time::Timestamp,
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
    /// The applications that are meant, each with what the person said about it.
    pub clients: Vec<(ClientId, Option<Arc<Consent>>)>,
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
    if let Withdrawal::One(id) = what {
        return match &facts.authorization {
            Some(own) if own.user == user && own.id == *id => {
                let said = facts.clients.iter().filter_map(|(_, said)| said.as_deref());
                let asked_again = said.map(|said| forget(said, now));
                Decision::granted(std::iter::once(Effect::Revoke { id: own.id, at: now }).chain(asked_again).collect(), ())
            }
            _ => Decision::refused(Refusal::new(Code::NotFound, "authorization_of_user", "the user has no authorization of this id")),
        };
    }
    if let (Withdrawal::Client(_), []) = (what, &*facts.clients) {
        return Decision::refused(Refusal::new(
            Code::NotFound,
            "client_of_user",
            "no client has this id, and the user has said nothing of it",
        ));
    }
    let ended = facts.clients.iter().map(|(client, said)| Effect::PutConsent {
        consent: Consent {
            user,
            client: client.clone(),
            epoch: said.as_ref().map_or_else(Epoch::default, |said| said.epoch).next(),
            scope: Scope::default(),
            audience: Vec::new(),
            granted_at: now,
            expires_at: now,
        },
        seen: said.as_ref().map(|said| said.epoch),
    });
    Decision::granted(ended.collect(), ())
}
