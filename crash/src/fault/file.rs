//! A database that another program holds locked, or that was moved away.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{Fault, Target};
use crate::Result;

/// Another program in the middle of a write transaction.
#[derive(Debug, Default)]
pub struct Locked {
    holder: Option<Connection>,
}

impl Fault for Locked {
    fn strike(&mut self, target: Target<'_>) -> Result<()> {
        let holder = Connection::open(target.store)?;
        holder.execute_batch("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE")?;
        self.holder = Some(holder);
        Ok(())
    }

    fn mend(&mut self, _target: Target<'_>) -> Result<()> {
        if let Some(holder) = self.holder.take() {
            holder.execute_batch("ROLLBACK")?;
        }
        Ok(())
    }
}

/// The files of the database are renamed while the server has them open.
#[derive(Debug)]
pub struct Moved;

impl Moved {
    fn rename(from: impl Fn(&Path) -> PathBuf, to: impl Fn(&Path) -> PathBuf, store: &Path) -> Result<()> {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = OsString::from(store);
            path.push(suffix);
            let path = PathBuf::from(path);
            if from(&path).exists() {
                fs::rename(from(&path), to(&path))?;
            }
        }
        Ok(())
    }

    fn away(path: &Path) -> PathBuf {
        let mut name = OsString::from(path);
        name.push(".away");
        PathBuf::from(name)
    }
}

impl Fault for Moved {
    fn strike(&mut self, target: Target<'_>) -> Result<()> {
        Self::rename(Path::to_owned, Self::away, target.store)
    }

    fn mend(&mut self, target: Target<'_>) -> Result<()> {
        Self::rename(Self::away, Path::to_owned, target.store)
    }
}
