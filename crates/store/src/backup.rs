//! Copies of the database, and what a copy cannot bring back.
//!
//! 1. [`take`] copies a database that may be in use, as it is at that moment, into a file that only its owner reads. The
//!    root key is no part of it.
//! 2. [`restore`] puts a copy in the place of a database that is not in use, and raises the store's epoch: access tokens
//!    made before are dead. What was revoked after the copy was made is *not* revoked in it; whoever
//!    restores is told so, and can end every authorization instead.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use keyward_rules::{key_ring::WrappedKey, model::time::Timestamp};
use rusqlite::{Connection, OpenFlags, backup::Backup, params_from_iter};
use thiserror::Error;

use crate::{
    error::OpenError,
    migrations,
    row::FromRow,
    sqlite::{beside, connect, lock, query},
    statement,
    value::Value,
};

/// A copy that was not made or not put in place. What was there before is as it was.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The copy would overwrite something.
    #[error("{0} exists already; name a new file")]
    Exists(String),
    /// The database is in use, or cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file is no backup of a keyward database, or a damaged one.
    #[error("{0} is no sound backup of a keyward database: {1}")]
    Unsound(String, String),
    /// Reading or writing failed.
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// What a restore did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Live authorizations that the backup brought back, or that were ended.
    pub authorizations: i64,
    /// Whether they were ended.
    pub ended: bool,
}

/// Copies the database at `from` to the new file `to`; the server may be running.
///
/// # Errors
/// See [`BackupError`].
pub fn take(from: &Path, to: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.display().to_string()));
    }
    if !from.exists() {
        return Err(BackupError::Unsound(from.display().to_string(), "there is no such file".to_owned()));
    }
    let unfinished = Unfinished::new(to);
    copy(&connect(from)?, &unfinished.0)?;
    Ok(unfinished.become_file(to)?)
}

/// The keys in the backup at `from`, so that it can be looked whether the root key at hand opens them.
///
/// # Errors
/// See [`BackupError`].
pub fn keys(from: &Path) -> Result<Vec<WrappedKey>, BackupError> {
    let rows = query(&sound(from)?, &statement::KEYS, &[])?;
    let keys = rows.into_iter().map(|mut row| WrappedKey::from_row(&mut row)).collect::<Result<_, _>>();
    keys.map_err(|error| BackupError::Unsound(from.display().to_string(), error.to_string()))
}

/// Puts the backup `from` in the place of the database at `to`, which no server may have open.
///
/// # Errors
/// See [`BackupError`].
pub fn restore(from: &Path, to: &Path, end_authorizations: bool, now: Timestamp) -> Result<Restored, BackupError> {
    let _held = lock(to)?;
    let backup = sound(from)?;
    let unfinished = Unfinished::new(to);
    copy(&backup, &unfinished.0)?;
    let restored = mark(&unfinished.0, highest_epoch(to), end_authorizations, now)?;
    for leftover in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(to, leftover));
    }
    unfinished.become_file(to)?;
    Ok(restored)
}

/// A file that is being written, and is removed again unless it gets to be what it was to be.
struct Unfinished(PathBuf);

impl Unfinished {
    fn new(to: &Path) -> Self {
        let own = Unfinished(beside(to, ".unfinished"));
        own.remove();
        own
    }

    fn become_file(self, to: &Path) -> io::Result<()> {
        fs::rename(&self.0, to)?;
        match to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => fs::File::open(".")?.sync_all(),
        }
    }

    fn remove(&self) {
        for suffix in ["", "-journal"] {
            let _ = fs::remove_file(beside(&self.0, suffix));
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Copies into a new file that only its owner reads, and leaves it without a log beside it. All of it in one step: nobody
/// waits for a reader of a database with a log, and a copy in several would begin anew whenever somebody writes between two.
fn copy(source: &Connection, to: &Path) -> Result<(), BackupError> {
    drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?);
    let mut copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    Backup::new(source, &mut copy)?.run_to_completion(i32::MAX, Duration::from_millis(1), None)?;
    copy.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0))?;
    drop(copy);
    fs::File::open(to)?.sync_all()?;
    Ok(())
}

/// Opens a backup without changing it, and looks whether it is one.
fn sound(path: &Path) -> Result<Connection, BackupError> {
    let unsound = |cause: String| BackupError::Unsound(path.display().to_string(), cause);
    let open = || -> rusqlite::Result<(Connection, i64, String)> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let verdict = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        connection.query_row(statement::STANDING.sqlite(), [], |_| Ok(()))?;
        Ok((connection, version, verdict))
    };
    let (connection, version, verdict) = open().map_err(|error| unsound(error.to_string()))?;
    if !(1..=migrations::newest()).contains(&version) {
        return Err(unsound(format!("its schema is {version}; this keyward knows 1 to {}", migrations::newest())));
    }
    if verdict != "ok" {
        return Err(unsound(verdict));
    }
    Ok(connection)
}

/// The epoch of the database that is to be replaced, whose log is settled on the way; 0 if it cannot be read.
fn highest_epoch(path: &Path) -> i64 {
    let read = || -> Option<i64> {
        let connection = path.exists().then(|| connect(path).ok())??;
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        connection.query_row(statement::STANDING.sqlite(), [], |row| row.get(0)).ok()
    };
    read().unwrap_or(0)
}

/// Writes into the restored copy that it is one. Epochs follow the clock, so that no two restores share one.
fn mark(path: &Path, replaced: i64, end_authorizations: bool, now: Timestamp) -> Result<Restored, BackupError> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let transaction = connection.transaction()?;
    let epoch: i64 = transaction.query_row(statement::STANDING.sqlite(), [], |row| row.get(0))?;
    let epoch = epoch.max(replaced).saturating_add(1).max(now.0);
    transaction.execute(statement::RECOVERED.sqlite(), params_from_iter([Value::from(epoch), now.0.into()]))?;
    let authorizations = transaction.query_row(statement::LIVE_AUTHORIZATIONS.sqlite(), [now.0], |row| row.get(0))?;
    if end_authorizations {
        transaction.execute(statement::REVOKE_EVERYTHING.sqlite(), [now.0])?;
    }
    transaction.commit()?;
    drop(connection);
    fs::File::open(path)?.sync_all()?;
    Ok(Restored { authorizations, ended: end_authorizations })
}
