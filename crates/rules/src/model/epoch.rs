//! Epochs: counters by which one write ends everything that was born before it.

use serde::{Deserialize, Serialize};

/// A counter on a client, a user, a consent or the store. What was made from them records the value it saw, and is
/// dead once the two differ. It begins at random, so that a client registered anew under an old id does
/// not revive what the old one held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

impl Epoch {
    /// The first value.
    #[must_use]
    pub fn first(random: [u8; 8]) -> Self {
        Epoch(i64::from_be_bytes(random) & 0x3FFF_FFFF_FFFF_FFFF)
    }

    /// The value after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Epoch(self.0.wrapping_add(1))
    }
}

/// How often a row was changed. A change names the revision it saw, so that of two at once one starts over instead of undoing
/// the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

impl Revision {
    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Revision(self.0.saturating_add(1))
    }
}
