//! Copies of the database, and what a copy cannot bring back.
//!
//! 1. [`take`] copies a database that may be in use, as it is at that moment, into a file that only its owner reads. The
//!    root key is no part of it.
//! 2. [`restore`] puts a copy in the place of a database that is not in use, which is kept under another name beside it, and
//!    raises the store's epoch: access tokens made before are dead. What was revoked after the copy was made is *not* revoked in it; whoever
//!    restores is told so, and can end every authorization instead.
//! 3. [`shared`] does the same with a database on a server; [`recovered`] raises the epoch where something else brought the
//!    database back.

pub mod shared;

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use keyward_rules::{key_ring::WrappedKey, model::time::Timestamp};
use rusqlite::{Connection, OpenFlags, backup::Backup, params_from_iter};
use thiserror::Error;

use crate::{
    error::OpenError,
    mend,
    migrate::MigrateError,
    migrations,
    row::FromRow,
    sqlite::{beside, connect, connect_up_to_date, lock, place, query},
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
    /// Copying from a server or to it failed.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// There is nothing to copy.
    #[error("there is no store at {} yet; keyward serve makes it at its first start", .0.display())]
    NoStore(PathBuf),
    /// There is nothing to restore.
    #[error("expected a backup at {}, found no file there; name one that keyward backup made", .0.display())]
    NoFile(PathBuf),
    /// The backup is what it is to take the place of.
    #[error("{} is the store itself; name a backup of it, made by: keyward backup FILE", .0.display())]
    Itself(PathBuf),
    /// The file is no backup of a keyward database, or a damaged one.
    #[error("{0} is no sound backup of a keyward database: {1}")]
    Unsound(String, String),
    /// Reading or writing failed.
    #[error("cannot write {path}: {1}; {mend}", path = .0.display(), mend = mend::of_database(.1))]
    Database(PathBuf, rusqlite::Error),
    /// Reading or writing failed.
    #[error("cannot write {path}: {1}; {mend}", path = .0.display(), mend = mend::of_file(.1))]
    Io(PathBuf, io::Error),
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Live authorizations that the backup brought back, or that were ended.
    pub authorizations: i64,
    /// Whether they were ended.
    pub ended: bool,
    /// Where the database is that was replaced, if there was one.
    pub replaced: Option<PathBuf>,
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
        return Err(BackupError::NoStore(from.to_owned()));
    }
    place(from)?;
    let unfinished = Unfinished::new(to);
    copy(&connect(from)?, &unfinished)?;
    unfinished.become_file()
}

/// The keys in the backup at `from`, so that it can be looked whether the root key at hand opens them.
///
/// # Errors
/// See [`BackupError`].
pub fn keys(from: &Path) -> Result<Vec<WrappedKey>, BackupError> {
    let unsound = |cause: String| BackupError::Unsound(from.display().to_string(), cause);
    let rows = query(&sound(from)?, &statement::KEYS, &[]).map_err(|error| unsound(error.to_string()))?;
    let keys = rows.into_iter().map(|mut row| WrappedKey::from_row(&mut row)).collect::<Result<_, _>>();
    keys.map_err(|error| unsound(error.to_string()))
}

/// Puts the backup `from` in the place of the database at `to`, which no server may have open. What is there now is kept.
///
/// # Errors
/// See [`BackupError`].
pub fn restore(from: &Path, to: &Path, end_authorizations: bool, now: Timestamp) -> Result<Restored, BackupError> {
    let _held = lock(to)?;
    if is_same_file(from, to) {
        return Err(BackupError::Itself(from.to_owned()));
    }
    let backup = sound(from)?;
    let unfinished = Unfinished::new(to);
    copy(&backup, &unfinished)?;
    let open = Connection::open_with_flags(&unfinished.file, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let marked = open.and_then(|mut connection| mark(&mut connection, highest_epoch(to), end_authorizations, now));
    let authorizations = marked.map_err(|error| BackupError::Database(to.to_owned(), error))?;
    let io = |error| BackupError::Io(to.to_owned(), error);
    fs::File::open(&unfinished.file).and_then(|file| file.sync_all()).map_err(io)?;
    let replaced = set_aside(to).map_err(io)?;
    unfinished.become_file()?;
    Ok(Restored { authorizations, ended: end_authorizations, replaced })
}

/// Does to the database at `path`, which something else brought back from another time, what a restore does to a backup.
///
/// # Errors
/// See [`BackupError`].
pub fn recovered(path: &Path, end_authorizations: bool, now: Timestamp) -> Result<Restored, BackupError> {
    if !path.exists() {
        return Err(BackupError::NoStore(path.to_owned()));
    }
    let _held = lock(path)?;
    let marked = mark(&mut connect_up_to_date(path)?, 0, end_authorizations, now);
    let authorizations = marked.map_err(|error| BackupError::Database(path.to_owned(), error))?;
    Ok(Restored { authorizations, ended: end_authorizations, replaced: None })
}

/// Whether both are one file, by whatever names.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    let inode = |path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    inode(one).is_some_and(|one| Some(one) == inode(other))
}

/// Gives the database at `path`, whose log is settled, a second name under which it stays when another takes the first.
fn set_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    // Must not be taken for the log of the one that comes.
    for leftover in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(path, leftover));
    }
    if !path.exists() {
        return Ok(None);
    }
    let mut aside = beside(path, ".replaced");
    let mut names = (2..).map(|number| beside(path, &format!(".replaced-{number}")));
    while let (true, Some(next)) = (aside.exists(), names.next()) {
        aside = next;
    }
    if fs::hard_link(path, &aside).is_err() {
        // Not every file system knows second names.
        fs::copy(path, &aside)?;
        fs::File::open(&aside)?.sync_all()?;
    }
    Ok(Some(aside))
}

/// A file that is being written, and is removed again unless it gets to be what it was to be.
struct Unfinished {
    file: PathBuf,
    becomes: PathBuf,
}

impl Unfinished {
    fn new(to: &Path) -> Self {
        let own = Unfinished { file: beside(to, ".unfinished"), becomes: to.to_owned() };
        own.remove();
        own
    }

    fn become_file(self) -> Result<(), BackupError> {
        let folder = self.becomes.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let renamed = fs::rename(&self.file, &self.becomes).and_then(|()| fs::File::open(folder)?.sync_all());
        renamed.map_err(|error| BackupError::Io(self.becomes.clone(), error))
    }

    fn remove(&self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(&self.file, suffix));
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
fn copy(source: &Connection, Unfinished { file: to, becomes }: &Unfinished) -> Result<(), BackupError> {
    let io = |error| BackupError::Io(becomes.clone(), error);
    create(to).map_err(io)?;
    let write = || -> rusqlite::Result<()> {
        let mut copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Backup::new(source, &mut copy)?.run_to_completion(i32::MAX, Duration::from_millis(1), None)?;
        settle(&copy)
    };
    write().map_err(|error| BackupError::Database(becomes.clone(), error))?;
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(io)
}

/// Makes a file that only its owner reads.
fn create(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Leaves a database without a log beside it.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0)).map(drop)
}

/// Opens a backup without changing it, and looks whether it is one.
fn sound(path: &Path) -> Result<Connection, BackupError> {
    let unsound = |cause: String| BackupError::Unsound(path.display().to_string(), cause);
    if !path.exists() {
        return Err(BackupError::NoFile(path.to_owned()));
    }
    if path.is_dir() {
        return Err(unsound("it is a folder; name the file in it".to_owned()));
    }
    let open = || -> rusqlite::Result<(Connection, i64, i64, String)> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let length =
            connection.query_row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [], |row| row.get(0))?;
        let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let verdict = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        connection.query_row(statement::STANDING.sqlite(), [], |_| Ok(()))?;
        Ok((connection, length, version, verdict))
    };
    let (connection, length, version, verdict) = open().map_err(|error| unsound(error.to_string()))?;
    // SQLite does not miss the end of a page that is empty.
    let found = fs::metadata(path).map(|file| file.len()).unwrap_or_default();
    if i64::try_from(found) != Ok(length) {
        return Err(unsound(format!("expected {length} bytes, found {found}; it was cut")));
    }
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

/// The epoch after `highest`. Epochs follow the clock, so that no two restores share one.
fn next_epoch(highest: i64, now: Timestamp) -> i64 {
    highest.saturating_add(1).max(now.0)
}

/// Writes into the restored copy that it is one, and counts its live authorizations.
fn mark(connection: &mut Connection, replaced: i64, end_authorizations: bool, now: Timestamp) -> rusqlite::Result<i64> {
    let transaction = connection.transaction()?;
    let epoch: i64 = transaction.query_row(statement::STANDING.sqlite(), [], |row| row.get(0))?;
    let epoch = next_epoch(epoch.max(replaced), now);
    transaction.execute(statement::RECOVERED.sqlite(), params_from_iter([Value::from(epoch), now.0.into()]))?;
    let authorizations = transaction.query_row(statement::LIVE_AUTHORIZATIONS.sqlite(), [now.0], |row| row.get(0))?;
    if end_authorizations {
        transaction.execute(statement::REVOKE_EVERYTHING.sqlite(), [now.0])?;
    }
    transaction.commit()?;
    Ok(authorizations)
}
