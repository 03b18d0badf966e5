//! Checking access tokens: is this one live, now?
//!
//! 1. The token is opened ([`AccessToken::read`]); what does not open is none of ours.
//! 2. The store is asked for what it stands on.
//! 3. [`check`] compares: time, store epoch, the token's own revocation, then its authorization or client.

use std::sync::Arc;

use keyward_wire::error::{Code, Refusal};

use crate::{
    access_token::{AccessToken, Basis},
    model::{authorization::Authorization, client::Client, epoch::Epoch, session::Session, time::Timestamp, user::User},
};

/// What the store knows of an access token.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The authorization it stands on, if it speaks for a user.
    pub authorization: Option<Arc<Authorization>>,
    /// What that stands on.
    pub grounds: Grounds,
    /// The client it was made for.
    pub client: Option<Arc<Client>>,
    /// Whether it was revoked by itself.
    pub revoked: bool,
    /// The store's epoch.
    pub store_epoch: Epoch,
}

/// What an authorization stands on, beside its client.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// The user it speaks for.
    pub user: Option<Arc<User>>,
    /// The session it is bound to, if it is.
    pub session: Option<Arc<Session>>,
    /// The epoch of the user's word on the client.
    pub consent_epoch: Epoch,
}

/// An access token that is live. Only [`check`] makes one.
#[derive(Clone, Debug)]
pub struct LiveToken {
    token: AccessToken,
    client: Arc<Client>,
    speaks_for: Option<(Arc<Authorization>, Arc<User>)>,
}

impl LiveToken {
    /// What it says.
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Whom it was made for.
    #[must_use]
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The authorization it stands on and the user it speaks for, if it does not speak for the client itself.
    #[must_use]
    pub fn speaks_for(&self) -> Option<(&Arc<Authorization>, &Arc<User>)> {
        self.speaks_for.as_ref().map(|(authorization, user)| (authorization, user))
    }

    /// The user it speaks for, if it does not speak for the client itself.
    #[must_use]
    pub fn user(&self) -> Option<&Arc<User>> {
        self.speaks_for().map(|(_, user)| user)
    }

    /// The token's `sub`.
    #[must_use]
    pub fn subject(&self) -> String {
        self.user().map_or_else(|| self.client.id.to_string(), |user| user.id.subject())
    }
}

/// The name of the check that an expired token fails.
pub const TOKEN_LIFETIME: &str = "token_lifetime";

/// Accepts `token` if everything it stands on is as it was when the token was made.
///
/// # Errors
/// [`Code::TokenInvalid`], whatever the reason; the log tells it.
pub fn check(token: AccessToken, facts: Facts, now: Timestamp) -> Result<LiveToken, Refusal> {
    let refuse = |step, reason: &'static str| Err(Refusal::new(Code::TokenInvalid, step, reason));
    if token.expires_at <= now.seconds() {
        return refuse(TOKEN_LIFETIME, "the access token is expired");
    }
    if token.store_epoch != facts.store_epoch {
        return refuse("store_epoch", "the store was restored from a backup since the token was made");
    }
    if facts.revoked {
        return refuse("token_revoked", "the access token was revoked");
    }
    let Some(client) = facts.client else { return refuse("client_known", "the token's client is no longer registered") };
    let speaks_for = match &token.basis {
        Basis::Client { epoch, .. } if *epoch != client.epoch => {
            return refuse("client_epoch", "the client was changed since the token was made");
        }
        Basis::Client { .. } => None,
        Basis::Authorization { generation, .. } => {
            let (Some(authorization), Some(user)) = (facts.authorization, facts.grounds.user.clone()) else {
                return refuse("authorization_known", "the token's authorization or user is gone");
            };
            if let Some(reason) = ended(&authorization, &client, &facts.grounds) {
                return refuse("authorization_live", reason);
            }
            if client.registration.rotation_ends_access_tokens && *generation != authorization.generation {
                return refuse("token_generation", "a refresh has replaced the token, and the client has rotation_ends_access_tokens");
            }
            Some((authorization, user))
        }
    };
    Ok(LiveToken { token, client, speaks_for })
}

/// Why an authorization has ended before its time, if it has.
#[must_use]
pub fn ended(authorization: &Authorization, client: &Client, grounds: &Grounds) -> Option<&'static str> {
    if authorization.revoked_at.is_some() {
        return Some("the authorization was revoked");
    }
    if authorization.client_epoch != client.epoch {
        return Some("the client was changed since the authorization was made");
    }
    if authorization.consent_epoch != grounds.consent_epoch {
        return Some("the user withdrew their consent since the authorization was made");
    }
    if authorization.bound_to().is_some() && grounds.session.as_ref().is_none_or(|session| session.ended_at.is_some()) {
        return Some("the user signed out of the browser session that the authorization was made in");
    }
    match grounds.user.as_deref() {
        None => Some("the user is gone"),
        Some(user) if user.disabled_at.is_some() => Some("the user is disabled"),
        Some(user) if user.epoch != authorization.user_epoch => {
            Some("the user's password or standing changed since the authorization was made")
        }
        Some(_) => None,
    }
}
