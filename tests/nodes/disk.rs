//! The disk of the database is full.

use std::fs::{self, File};
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Shared, in_time, is_ready, is_served, load, open_folder};
use crate::fixture::{C1, DORY};
use crate::operation::signals::eventually;
use crate::real;

/// Room for a database and its log, and a little more.
const SIZE: &str = "size=192m";

#[test]
fn a_full_disk_stops_writes_until_there_is_room_again_and_reads_go_on() {
    let Some((shared, disk)) = on_a_small_disk() else { return };
    let node = shared.node();
    let site = node.standard();
    let book = load::during(&[site], || {
        let tokens = site.login(C1, DORY);
        disk.fill();
        // What is free within the tables is used up first.
        eventually("a refusal", || !in_time(|| is_served(&site.ask_password(C1, DORY))));
        assert!(is_ready(site) && site.is_active(C1, &tokens.access), "what is there can be read");
        assert!(node.log().contains("53100"), "it is the disk that is full");
        disk.make_room();
        eventually("writing", || is_served(&site.ask_password(C1, DORY)));
    });
    book.check(site);
}

/// A database on a small disk, which is let go of after it.
fn on_a_small_disk() -> Option<(Shared, Disk)> {
    if !real::are_there("PostgreSQL") {
        return None;
    }
    let folder = open_folder();
    let Some(disk) = Disk::mount(&folder.path().join("postgres")) else {
        let _ = writeln!(stderr(), "left out: the disk of a database is full; only root can mount a small one");
        return None;
    };
    // The log is there from the beginning, so that tables are what has no room.
    let settings = [("min_wal_size", "64MB"), ("max_wal_size", "96MB"), ("wal_recycle", "on")];
    Some((Shared::start_in(folder, &settings), disk))
}

/// A small file system in memory; gone when dropped.
struct Disk(PathBuf);

impl Disk {
    /// Mounts one, where that is permitted.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "none"]).arg(at).output().unwrap();
        mounted.status.success().then(|| Disk(at.to_owned()))
    }

    /// Leaves no room.
    fn fill(&self) {
        let mut ballast = File::create(self.0.join("ballast")).unwrap();
        let blocks = [[0; 1 << 16].as_slice(), [0; 4096].as_slice()];
        for block in blocks {
            while ballast.write_all(block).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whatever still has a file open there lets go of it in its own time.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}
