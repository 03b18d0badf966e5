//! Revocation (RFC 7009): a client ends a token of its own.
//!
//! A refresh token takes its authorization with it, and so every access token made from it; an access token
//! goes alone. A token that is none, or has ended, is no error (§2.2).

use std::sync::Arc;

use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
};

use crate::{
    access_token::{AccessToken, Basis},
    client_auth::AuthenticatedClient,
    effect::{Decision, Effect},
    key_ring::KeyRing,
    model::{authorization::Authorization, time::Timestamp},
    refresh_token::RefreshToken,
};

/// A token to end, as far as its text tells.
#[derive(Clone, Debug)]
pub enum Ended {
    /// A refresh token.
    Refresh(RefreshToken),
    /// An access token.
    Access(AccessToken),
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// By whom.
    pub client: AuthenticatedClient,
    /// What to end; `None` for a text that is no token of ours.
    pub token: Option<Ended>,
}

/// What the store knows of it: the authorization that the token names.
pub type Facts = Option<Arc<Authorization>>;

impl Ended {
    /// Finds out what kind of token a text is; no hint is needed.
    #[must_use]
    pub fn parse(text: &str, ring: &KeyRing) -> Option<Self> {
        match RefreshToken::parse(text) {
            Some(refresh) => Some(Ended::Refresh(refresh)),
            None => AccessToken::read(text, ring).map(Ended::Access),
        }
    }
}

/// Decides.
#[must_use]
pub fn decide(question: &Question, facts: &Facts, ring: &KeyRing, now: Timestamp) -> Decision<()> {
    let authorization = facts.as_deref();
    match &question.token {
        None => Decision::granted(vec![], ()),
        Some(Ended::Refresh(token)) => match authorization.filter(|own| token.is_genuine(own, ring)) {
            None => Decision::granted(vec![], ()),
            Some(own) => of_client(question, &own.client, Effect::Revoke { id: own.id, at: now }),
        },
        Some(Ended::Access(token)) => {
            let owner = match &token.basis {
                Basis::Client { id, .. } => Some(id),
                Basis::Authorization { .. } => authorization.map(|own| &own.client),
            };
            match owner {
                None => Decision::granted(vec![], ()),
                Some(owner) => {
                    let expires_at = Timestamp::from_seconds(token.expires_at);
                    of_client(question, owner, Effect::RevokeToken { id: token.id, client: owner.clone(), expires_at })
                }
            }
        }
    }
}

fn of_client(question: &Question, owner: &ClientId, effect: Effect) -> Decision<()> {
    if question.client.client().id == *owner {
        return Decision::granted(vec![effect], ());
    }
    Decision::refused(Refusal::new(Code::TokenOfOther, "token_of_client", "the token was issued to another client (RFC 7009 section 2.1)"))
}
