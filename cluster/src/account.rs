//! The account of programs that refuse to run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Who they run as instead: made by Debian's package `postgresql`.
const NAME: &str = "postgres";

/// An unprivileged account; or our own, if we are not root.
#[derive(Debug, Clone, Copy)]
pub struct Account(Option<(u32, u32)>);

impl Account {
    /// The account `postgres` if we are root, our own otherwise.
    pub fn unprivileged() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        Ok(Self(Some((id("-u")?, id("-g")?))))
    }

    /// Makes `folder`, which then belongs to the account.
    pub fn make(self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let Some((user, group)) = self.0 else { return Ok(()) };
        for above in folder.ancestors().skip(1) {
            let metadata = fs::metadata(above)?;
            if metadata.permissions().mode() & 0o001 == 0 && metadata.uid() != user {
                bail!("expected a folder that the user {NAME} can get to, found {} closed to others; chmod it to 711", above.display());
            }
        }
        chown(folder, Some(user), Some(group)).with_context(|| format!("cannot give {} to the user {NAME}", folder.display()))
    }

    /// A command that will run as the account, in `folder`.
    pub fn command(self, program: impl AsRef<Path>, folder: &Path) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(folder);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

fn id(which: &str) -> Result<u32> {
    let output = Command::new("id").args([which, NAME]).output().context("cannot run id")?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().with_context(|| format!("expected an account {NAME}, found none: install Debian's package postgresql"))
}
