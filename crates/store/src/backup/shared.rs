//! Backups of a database that several servers share: the same files, there and back, by the copying of [`migrate`].

use std::{fs, path::Path, time::Duration};

use keyward_rules::model::time::Timestamp;
use rusqlite::{Connection, backup::Backup};

use super::{BackupError, Restored, Unfinished, create, mark, next_epoch, settle, sound};
use crate::{
    migrate::{self, Into, Postgres, Progress, Side, Sqlite},
    postgres::Address,
    sqlite::{connect_up_to_date, migrate as take_steps},
};

/// Copies the database at `from` to the new file `to`, as it is when that begins; servers may be running.
///
/// # Errors
/// See [`BackupError`].
pub async fn take(from: &Address, to: &Path, report: impl FnMut(Progress<'_>)) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.display().to_string()));
    }
    let source = Side::Postgres(Postgres::snapshot(from).await?);
    let unfinished = Unfinished::new(to);
    let io = |error| BackupError::Io(to.to_owned(), error);
    create(&unfinished.file).map_err(io)?;
    let target = Side::Sqlite(Sqlite::open(to.display().to_string(), connect_up_to_date(&unfinished.file)?));
    migrate::copy(&source, &target, Into::Empty, report).await?;
    drop(target);
    let settled = Connection::open(&unfinished.file).and_then(|copy| settle(&copy));
    settled.map_err(|error| BackupError::Database(to.to_owned(), error))?;
    fs::File::open(&unfinished.file).and_then(|file| file.sync_all()).map_err(io)?;
    unfinished.become_file()
}

/// Puts the backup `from` into the database at `to`, which no server may work on. It must be empty, unless what is there is to be
/// replaced; that is not kept.
///
/// # Errors
/// See [`BackupError`].
pub async fn restore(
    from: &Path,
    to: &Address,
    into: Into,
    end_authorizations: bool,
    now: Timestamp,
    report: impl FnMut(Progress<'_>),
) -> Result<Restored, BackupError> {
    let backup = sound(from)?;
    let target = Postgres::left_alone(to).await?;
    let replaced = target.epoch().await?;
    let unusable = |error: rusqlite::Error| BackupError::Unsound(from.display().to_string(), error.to_string());
    // The backup stays as it is: a copy in a file that SQLite removes by itself is brought up to date and marked.
    let prepare = || -> rusqlite::Result<(Connection, i64)> {
        let mut copy = Connection::open("")?;
        Backup::new(&backup, &mut copy)?.run_to_completion(i32::MAX, Duration::from_millis(1), None)?;
        let taken: u32 = copy.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        take_steps(&mut copy, usize::try_from(taken).unwrap_or(usize::MAX))?;
        let authorizations = mark(&mut copy, replaced, end_authorizations, now)?;
        Ok((copy, authorizations))
    };
    let (copy, authorizations) = prepare().map_err(unusable)?;
    let source = Side::Sqlite(Sqlite::open(from.display().to_string(), copy));
    migrate::copy(&source, &Side::Postgres(target), into, report).await?;
    Ok(Restored { authorizations, ended: end_authorizations, replaced: None })
}

/// Does to the database at `address`, which something else brought back from another time, what a restore does to a backup.
///
/// # Errors
/// See [`BackupError`].
pub async fn recovered(address: &Address, end_authorizations: bool, now: Timestamp) -> Result<Restored, BackupError> {
    let database = Postgres::left_alone(address).await?;
    let epoch = match database.epoch().await? {
        0 => return Err(migrate::MigrateError::NoStore(database.name().to_owned()).into()),
        found => next_epoch(found, now),
    };
    let authorizations = database.mark(epoch, end_authorizations, now).await?;
    Ok(Restored { authorizations, ended: end_authorizations, replaced: None })
}
