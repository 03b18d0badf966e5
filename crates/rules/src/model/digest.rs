//! Digests: how a secret is recognised without being kept.

use std::fmt;

use aws_lc_rs::{constant_time, digest};

/// SHA-256 of 256 random bits: whoever has only the database has not the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretDigest(pub [u8; 32]);

impl SecretDigest {
    /// The digest of `secret`.
    #[must_use]
    pub fn of(secret: &[u8; 32]) -> Self {
        let mut own = [0; 32];
        own.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
        SecretDigest(own)
    }

    /// Whether this is the digest of `secret`. Takes the same time whatever differs.
    #[must_use]
    pub fn is_of(&self, secret: &[u8; 32]) -> bool {
        constant_time::verify_slices_are_equal(&SecretDigest::of(secret).0, &self.0).is_ok()
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(..)")
    }
}
