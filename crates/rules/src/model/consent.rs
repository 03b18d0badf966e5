//! Consents: what a person lets an application have without being asked again.

use keyward_wire::{audience::Audience, client_id::ClientId, scope::Scope};

use super::{epoch::Epoch, id::UserId, time::Timestamp};

/// One person's word on one application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Whose.
    pub user: UserId,
    /// To which application.
    pub client: ClientId,
    /// Raised when the person withdraws: everything authorized before ends. Where nothing is written, it is 0.
    pub epoch: Epoch,
    /// What they agreed to last; empty once withdrawn.
    pub scope: Scope,
    /// Where.
    pub audience: Vec<Audience>,
    /// When.
    pub granted_at: Timestamp,
    /// Until when they are not asked again.
    pub expires_at: Timestamp,
}
