//! Invitations: what lets clients register themselves.

use super::{digest::SecretDigest, time::Timestamp};

/// An initial access token (RFC 7591 §3), as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// How it is recognised.
    pub digest: SecretDigest,
    /// How many clients may still register with it.
    pub uses: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}
