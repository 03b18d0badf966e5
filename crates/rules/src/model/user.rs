//! Users of the local directory.

use std::{fmt, sync::Arc};

use super::{epoch::Epoch, id::UserId, time::Timestamp};

/// A person who can log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Names them for good.
    pub id: UserId,
    /// What they log in with, as they wrote it.
    pub username: String,
    /// Raised whenever everything that speaks for them must end.
    pub epoch: Epoch,
    /// How their password is recognised.
    pub password: PasswordHash,
    /// Since when they may administer.
    pub admin_since: Option<Timestamp>,
    /// Since when they may not log in.
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
    /// Who keeps this entry.
    pub origin: Origin,
}

/// Who keeps an entry: what the configuration file names, only the file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file; the entry goes when it is gone from there.
    Configured,
    /// A command or a registration.
    Registered,
}

/// A password in the PHC form of argon2.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub Arc<str>);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}
