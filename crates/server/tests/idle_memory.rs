//! In a process of its own, since it looks at the memory of the whole process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may stop at the first surprise")]

use std::time::Duration;

use keyward_server::hashing::{Hashing, HashingSettings};

const MIB: u64 = 1024;

/// Resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn each_wave_of_logins_gives_its_memory_back() {
    let hashing = Hashing::start(HashingSettings { threads: 2, ..HashingSettings::default() }).unwrap();
    let before = resident();
    for wave in 0..4 {
        let (one, other) = tokio::join!(hashing.verify("x".into(), None), hashing.verify("y".into(), None));
        assert!(one.is_ok() && other.is_ok());
        // How long is not the point: memory that is kept is kept for good.
        let mut looks = 0;
        while resident() > before + 8 * MIB {
            looks += 1;
            assert!(looks < 300, "wave {wave}: expected about {before} KiB, found {} KiB", resident());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
