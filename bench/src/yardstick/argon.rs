//! The bare password hash: argon2id with 19 MiB and two passes, one after the other on one core, memory reused.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};

/// Memory of one hash in KiB, as Keyward's default.
pub const MEMORY_KIB: u32 = 19_456;
/// Passes of one hash, as Keyward's default.
pub const PASSES: u32 = 2;

/// What one core can hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Hashes a second.
    pub rate: f64,
}

/// The role: hashes for `time`.
pub fn run(time: Duration) -> Result<()> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|error| anyhow!("{error}"))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut memory = vec![Block::default(); params.block_count()];
    let mut hash = [0; 32];
    let begin = Instant::now();
    let mut hashes = 0_u32;
    while begin.elapsed() < time {
        let hashed = argon.hash_password_into_with_memory(b"a password", b"sixteen byte slt", &mut hash, &mut memory);
        hashed.map_err(|error| anyhow!("{error}"))?;
        black_box(&hash);
        hashes += 1;
    }
    super::print(&Figures { rate: f64::from(hashes) / begin.elapsed().as_secs_f64() })
}
