//! Revocation (RFC 7009): a client ends a token of its own, or a user ends what a client holds of them.
//!
//! 1. What is presented is a token, or the [`Handle`] of an authorization; which, shows.
//! 2. A refresh token or a handle takes the authorization along, and so every access token made from it; an access token
//!    goes alone.
//! 3. A text that is none, or has ended, is no error (§2.2). What is another client's is refused ([`decide`]); what is another
//!    user's might as well not exist ([`by_user`]).

use std::sync::Arc;

use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
    token_request::GrantType,
};

use crate::{
    access_token::{AccessToken, Basis},
    account::{self, Withdrawal, withdraw},
    client_auth::AuthenticatedClient,
    effect::{Decision, Effect},
    handle::Handle,
    key_ring::KeyRing,
    model::{
        authorization::Authorization,
        client::{Client, ClientKind},
        id::{AuthorizationId, UserId},
        time::Timestamp,
    },
    refresh_token::RefreshToken,
};

/// What to end, as far as its text tells.
#[derive(Clone, Debug)]
pub enum Ended {
    /// A refresh token.
    Refresh(RefreshToken),
    /// An access token.
    Access(AccessToken),
    /// An authorization, by its name.
    Handle(Handle),
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// By whom.
    pub client: AuthenticatedClient,
    /// What to end; `None` for a text that is no token of ours.
    pub token: Option<Ended>,
}

impl Question {
    /// Whether anybody could ask this.
    fn is_unproved(&self) -> bool {
        matches!(self.token, Some(Ended::Handle(_))) && self.client.client().registration.kind == ClientKind::Public
    }
}

/// What the store knows of it: the authorization that the token names.
pub type Facts = Option<Arc<Authorization>>;

impl Ended {
    /// Finds out what kind of token a text is; no hint is needed.
    #[must_use]
    pub fn parse(text: &str, ring: &KeyRing) -> Option<Self> {
        match (RefreshToken::parse(text), Handle::parse(text)) {
            (Some(refresh), _) => Some(Ended::Refresh(refresh)),
            (None, Some(handle)) => Some(Ended::Handle(handle)),
            (None, None) => AccessToken::read(text, ring).map(Ended::Access),
        }
    }

    /// The authorization that it names, if it does.
    #[must_use]
    pub fn authorization(&self) -> Option<AuthorizationId> {
        match self {
            Ended::Refresh(token) => Some(token.authorization),
            Ended::Handle(Handle(id)) => Some(*id),
            Ended::Access(token) => match &token.basis {
                Basis::Authorization { id, .. } => Some(*id),
                Basis::Client { .. } => None,
            },
        }
    }
}

/// What a presented text reaches.
enum Reached<'a> {
    /// All of an authorization.
    Authorization(&'a Authorization),
    /// One access token of this client, and what it is made from, if it speaks for a user.
    Token(&'a AccessToken, &'a ClientId, Option<&'a Authorization>),
}

impl Reached<'_> {
    fn client(&self) -> &ClientId {
        match self {
            Reached::Authorization(own) => &own.client,
            Reached::Token(_, client, _) => client,
        }
    }
}

/// Decides for the client that asks.
#[must_use]
pub fn decide(question: &Question, facts: &Facts, ring: &KeyRing, now: Timestamp) -> Decision<()> {
    match reached(question.token.as_ref(), facts.as_deref(), ring) {
        None => Decision::granted(vec![], ()),
        Some(reached) if question.client.client().id != *reached.client() => {
            let reason = "the token was issued to another client (RFC 7009 section 2.1)";
            Decision::refused(Refusal::new(Code::TokenOfOther, "token_of_client", reason))
        }
        // Who asks proves nothing, and neither does a handle.
        Some(Reached::Authorization(_)) if question.is_unproved() => {
            let reason = "a handle is no secret and public clients prove nothing; send the refresh token or the access token";
            Decision::refused(Refusal::new(Code::ClientPublic, "handle_of_confidential", reason))
        }
        Some(Reached::Authorization(own)) => Decision::granted(vec![Effect::Revoke { id: own.id, at: now }], ()),
        Some(Reached::Token(token, _, of)) => Decision::granted(vec![alone(token, question.client.client(), of, now)], ()),
    }
}

/// What the store knows where a user asks.
#[derive(Clone, Debug, Default)]
pub struct OfUser {
    /// What is to be known of ending the authorization that the token names.
    pub withdrawal: account::Facts,
    /// The client that holds it.
    pub client: Option<Arc<Client>>,
}

/// Decides for `user`, who ends a `token` of whatever client. Who ends all of an authorization is asked again before there is
/// another.
#[must_use]
pub fn by_user(user: UserId, token: Option<&Ended>, facts: &OfUser, ring: &KeyRing, now: Timestamp) -> Decision<()> {
    match (reached(token, facts.withdrawal.authorization.as_deref(), ring), facts.client.as_deref()) {
        (Some(Reached::Authorization(own)), _) if own.user == user => withdraw(user, &Withdrawal::One(own.id), &facts.withdrawal, now),
        (Some(Reached::Token(token, _, Some(of))), Some(client)) if of.user == user => {
            Decision::granted(vec![alone(token, client, Some(of), now)], ())
        }
        _ => Decision::granted(vec![], ()),
    }
}

fn reached<'a>(token: Option<&'a Ended>, authorization: Option<&'a Authorization>, ring: &KeyRing) -> Option<Reached<'a>> {
    match token? {
        Ended::Refresh(token) => authorization.filter(|own| token.is_genuine(own, ring)).map(Reached::Authorization),
        Ended::Handle(Handle(id)) => authorization.filter(|own| own.id == *id).map(Reached::Authorization),
        Ended::Access(token) => match &token.basis {
            Basis::Client { id, .. } => Some(Reached::Token(token, id, None)),
            Basis::Authorization { .. } => authorization.map(|own| Reached::Token(token, &own.client, Some(own))),
        },
    }
}

/// What ends this access token, and nothing else. Where nothing can be refreshed it is all there is of its authorization, which
/// ends with it, so that nobody is shown it any longer.
fn alone(token: &AccessToken, client: &Client, of: Option<&Authorization>, now: Timestamp) -> Effect {
    match of {
        Some(of) if !client.registration.may_use(GrantType::RefreshToken) => Effect::Revoke { id: of.id, at: now },
        _ => {
            let expires_at = Timestamp::from_seconds(token.expires_at);
            Effect::RevokeToken { id: token.id, client: client.id.clone(), expires_at }
        }
    }
}
