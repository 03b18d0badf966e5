//! Authorizations: the one row behind every token that speaks for a user.

use std::fmt;

use keyward_wire::{audience::Audience, client_id::ClientId, scope::Scope, token_request::GrantType};
use zeroize::Zeroize;

use super::{
    epoch::Epoch,
    id::{AuthorizationId, UserId},
    time::Timestamp,
};

/// Which of an authorization's refresh tokens is meant: 1 is the first.
pub type Generation = u32;

/// The id of a key in the key ring.
pub type KeyId = u32;

/// What a user lets a client do, until it ends. Its tokens are derived from it, not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Names it.
    pub id: AuthorizationId,
    /// Who may act.
    pub client: ClientId,
    /// For whom.
    pub user: UserId,
    /// How it was obtained.
    pub grant: GrantType,
    /// The most it may do: refreshed tokens can have less, never more (RFC 6749 §6).
    pub scope: Scope,
    /// Where.
    pub audience: Vec<Audience>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the user proved who they are.
    pub authenticated_at: Timestamp,
    /// When it ends, and with it everything made from it. Never moved.
    pub expires_at: Timestamp,
    /// The refresh token that is in force.
    pub generation: Generation,
    /// When that one came into force.
    pub rotated_at: Timestamp,
    /// The key that its refresh tokens are authenticated with.
    pub key: KeyId,
    /// What they are derived from, beside the key: neither a stolen database nor a stolen key alone forges one.
    pub secret: AuthorizationSecret,
    /// The client's epoch at birth.
    pub client_epoch: Epoch,
    /// The user's epoch at birth.
    pub user_epoch: Epoch,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// 256 random bits of one authorization.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationSecret(pub [u8; 32]);

impl fmt::Debug for AuthorizationSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationSecret(..)")
    }
}

impl Drop for AuthorizationSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
