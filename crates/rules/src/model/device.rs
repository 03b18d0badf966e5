//! Devices that cannot show pages themselves, from when they ask until they have their tokens (RFC 8628).

use keyward_wire::{audience::Audience, client_id::ClientId, scope::Scope, user_code::UserCode};

use super::{
    digest::SecretDigest,
    epoch::Epoch,
    id::{AuthorizationId, SessionId, UserId},
    time::Timestamp,
};

/// A device that asks for access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Names it, and the authorization that comes of it: there is never a second one.
    pub id: AuthorizationId,
    /// How the secret in its device code is recognised.
    pub digest: SecretDigest,
    /// The code that it shows; no two devices that are kept show the same.
    pub user_code: UserCode,
    /// The application on it.
    pub client: ClientId,
    /// The client's epoch when it asked.
    pub client_epoch: Epoch,
    /// What it asks for.
    pub scope: Scope,
    /// Where.
    pub audience: Vec<Audience>,
    /// When it asked.
    pub created_at: Timestamp,
    /// When both its codes end.
    pub expires_at: Timestamp,
    /// How far it has come.
    pub progress: Progress,
}

/// How far a device has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has said anything yet.
    Waiting,
    /// Somebody has said no, for good.
    Denied,
    /// Somebody has said yes, and the device has not asked since.
    Approved(Approval),
    /// It has its tokens.
    Redeemed,
}

/// Somebody's yes. What it stands on is compared again when the device comes for its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub user: UserId,
    /// Their epoch as they signed in.
    pub user_epoch: Epoch,
    /// The epoch of their word on the client; 0 if there was none.
    pub consent_epoch: Epoch,
    /// The browser session they said it in.
    pub session: SessionId,
    /// When they proved who they are.
    pub authenticated_at: Timestamp,
}
