//! Randomness as a value, drawn once per attempt.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// All the random bits that deciding and minting one answer can need.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Entropy {
    /// For the id of a new authorization.
    pub authorization: [u8; 10],
    /// For its secret.
    pub secret: [u8; 32],
    /// For the id of an access token, or for the code that a device shows.
    pub token: [u8; 10],
    /// For sealing it.
    pub nonce: [u8; 12],
}

impl Entropy {
    /// How many bytes [`Entropy::from_bytes`] takes.
    pub const LENGTH: usize = 64;

    /// Cuts random bytes to their purposes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Self {
        let mut entropy = Entropy { authorization: [0; 10], secret: [0; 32], token: [0; 10], nonce: [0; 12] };
        let parts = entropy.authorization.iter_mut().chain(&mut entropy.secret).chain(&mut entropy.token).chain(&mut entropy.nonce);
        for (part, byte) in parts.zip(bytes) {
            *part = *byte;
        }
        entropy
    }
}
