//! A file system that is really full: a small tmpfs which only the server sees, so it leaves nothing behind.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{Fault, Target};
use crate::Result;

/// Size of the file system in bytes, with room for the database and its log.
const SIZE: usize = 24 << 20;

/// So many bytes are left free, so that it becomes full in the middle of something.
const LEFT: usize = 48 << 10;

/// A mount namespace with a small file system, held by a sleeping process.
#[derive(Debug)]
pub struct FullDisk {
    holder: Child,
    mounted: PathBuf,
}

impl FullDisk {
    /// Mounts it in a new namespace.
    ///
    /// # Errors
    /// When this machine permits neither to mount nor to make a user namespace.
    pub fn new(folder: &Path) -> Result<Self> {
        let mounted = folder.join("small");
        fs::create_dir_all(&mounted)?;
        let script = format!("mount -t tmpfs -o size={SIZE} none \"$0\" && echo mounted && exec sleep 1000000");
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .arg(&mounted)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "expected the program `unshare`, found none: install util-linux")?;
        let mut line = String::new();
        if let Some(stdout) = holder.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let disk = Self { holder, mounted };
        if line.trim() == "mounted" {
            Ok(disk)
        } else {
            Err("mounting a tmpfs in a user namespace is not permitted on this machine".into())
        }
    }

    /// The ballast, seen from outside the namespace.
    fn ballast(&self) -> PathBuf {
        let inside = self.mounted.strip_prefix("/").unwrap_or(&self.mounted);
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(inside).join("ballast")
    }
}

impl Fault for FullDisk {
    fn store(&self, _usual: &Path) -> PathBuf {
        self.mounted.join("keyward.db")
    }

    fn home(&self) -> Vec<OsString> {
        let pid = self.holder.id().to_string();
        ["nsenter", "--preserve-credentials", "--user", "--mount", "--target", &pid].iter().map(OsString::from).collect()
    }

    fn strike(&mut self, _target: Target<'_>) -> Result<()> {
        let mut file = File::create(self.ballast())?;
        let block = vec![0; 4096];
        let mut written = 0;
        while file.write_all(&block).is_ok() {
            written += block.len();
        }
        file.set_len(u64::try_from(written.saturating_sub(LEFT))?)?;
        Ok(())
    }

    fn mend(&mut self, _target: Target<'_>) -> Result<()> {
        Ok(fs::remove_file(self.ballast())?)
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        // With its last process the namespace and the file system in it go away.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
