//! How passwords are hashed.

use std::num::NonZeroUsize;

use super::{format::number, setting::settings};

/// The most memory that one hash may take, in KiB.
pub const MAX_MEMORY_KIB: u32 = 1024 * 1024;
/// The most passes that one hash may make.
pub const MAX_ITERATIONS: u32 = 20;

settings! {
    /// How passwords are hashed: argon2id (RFC 9106), on threads of its own, so that logins never hold up tokens.
    pub struct PasswordSettings in "[passwords]" {
        /// How many passwords are hashed at the same time.
        threads: usize, number(1, 1024), optional("one less than the machine has cores, at least one"), example 2;
        /// The memory of one hash, in KiB.
        memory_kib: u32, number(8, MAX_MEMORY_KIB), default(19_456), example 65536;
        /// The passes over that memory.
        iterations: u32, number(1, MAX_ITERATIONS), default(2), example 3;
        /// How many passwords may wait to be hashed; further logins are answered 503.
        queue: usize, number(1, 1 << 20), default(64), example 200;
    }
}

impl PasswordSettings {
    /// How many passwords are hashed at the same time.
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads.unwrap_or_else(|| cores().saturating_sub(1).max(1))
    }
}
