//! How passwords are hashed.

use keyward_server::hashing::{HashingSettings, MAX_ITERATIONS, MAX_MEMORY_KIB};

use super::{format::number, setting::settings};

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

/// The settings of the hashing threads.
pub fn resolve(settings: &PasswordSettings) -> HashingSettings {
    let PasswordSettings { threads, memory_kib, iterations, queue } = *settings;
    HashingSettings { threads: threads.unwrap_or(HashingSettings::default().threads), memory_kib, iterations, queue }
}
