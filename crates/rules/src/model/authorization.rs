//! Authorizations: the one row behind every token that speaks for a user.

use std::fmt;

use keyward_wire::{audience::Audience, client_id::ClientId, pkce::CodeChallenge, scope::Scope, token_request::GrantType};
use zeroize::Zeroize;

use super::{
    epoch::Epoch,
    id::{AuthorizationId, SessionId, UserId},
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
    /// When it ends, and with it everything made from it. Set once more when a code is redeemed, never moved otherwise.
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
    /// The consent's epoch at birth; 0 if there was none.
    pub consent_epoch: Epoch,
    /// The browser session it was made in, if it was; that of a device, the one somebody allowed it in.
    pub session: Option<SessionId>,
    /// What its code is bound to, if it began with one.
    pub code: Option<CodeTerms>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What an authorization code is bound to (RFC 6749 §4.1.3, RFC 7636 §4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTerms {
    /// The key that the code is authenticated with.
    pub key: KeyId,
    /// The redirect URI that the authorization request named, if it did.
    pub redirect_uri: Option<String>,
    /// The challenge that the verifier must meet, if there was one.
    pub challenge: Option<CodeChallenge>,
    /// When it was redeemed; a second time is a theft.
    pub redeemed_at: Option<Timestamp>,
}

/// The scope of applications that go on when the person has signed out (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

impl Authorization {
    /// The session whose end is also its own. Without [`OFFLINE_ACCESS`], what was authorized in a browser ends when the person
    /// signs out there; a device stands elsewhere and goes on.
    #[must_use]
    pub fn bound_to(&self) -> Option<SessionId> {
        self.session.filter(|_| self.grant != GrantType::DeviceCode && !self.scope.contains(OFFLINE_ACCESS))
    }
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
