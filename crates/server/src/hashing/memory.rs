//! The memory of one hashing thread: taken once, used for many hashes, given back when idle.
//!
//! A buffer per hash on a pool of many threads costs half the rate and gigabytes; one that is never
//! given back costs every quiet server 19 MiB a thread.

use argon2::Block;

use super::recipe::Recipe;

/// Room asked for at least, in blocks of 1 KiB. glibc maps requests above 32 MiB separately, always,
/// and so unmaps them when they are freed; smaller ones it comes to keep for later. Room that is
/// never written to costs address space, not memory.
const MAPPED_ON_ITS_OWN: usize = 33 * 1024;

/// Blocks to compute in.
#[derive(Default)]
pub(super) struct Memory {
    blocks: Vec<Block>,
}

impl Memory {
    /// The blocks `recipe` needs, with whatever the last hash left in them: Argon2 overwrites each
    /// before it reads it. `None` if the system has no memory for them.
    pub(super) fn blocks_for(&mut self, recipe: &Recipe) -> Option<&mut [Block]> {
        let needed = recipe.blocks();
        if self.blocks.len() < needed {
            self.release();
            self.blocks.try_reserve_exact(needed.max(MAPPED_ON_ITS_OWN)).ok()?;
            self.blocks.resize(needed, Block::new());
        }
        Some(&mut self.blocks)
    }

    /// Gives everything back to the system.
    pub(super) fn release(&mut self) {
        self.blocks = Vec::new();
    }

    /// Blocks held.
    pub(super) fn held(&self) -> usize {
        self.blocks.len()
    }
}
