//! Applications that people have added to the application of a super client.

use keyward_wire::client_id::ClientId;

use super::{id::UserId, time::Timestamp};

/// A client that a user has installed in the application of a super client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledPlugin {
    /// By whom.
    pub user: UserId,
    /// Which.
    pub client: ClientId,
    /// Where.
    pub super_client: ClientId,
    /// When.
    pub installed_at: Timestamp,
}
