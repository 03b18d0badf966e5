//! From one database into another, of either kind, row by row.
//!
//! 1. The source must be whole and not be served. An SQLite file is locked for it. PostgreSQL cannot be: a node that said lately
//!    that it works there is noticed, and what is written all the same shows in step 4.
//! 2. The target must be empty, or hold what an earlier run of the same has begun. The row of `store` is taken out of it, without
//!    which no server opens it.
//! 3. [`Walk`] goes through both sides of each table in the order of the keys, and what differs is written in
//!    portions. So a run that was killed is taken up by doing it again: what is there already does not differ.
//! 4. It goes through both again, and every cell must be the same. Only then the row of `store` follows, and the target is whole.
//!
//! Keys stay wrapped as they are: the root key goes on opening them. Nothing that is alive ends by it, since the store's epoch is copied.

mod side;
mod table;
mod walk;

use thiserror::Error;

use crate::{database::Place, error::OpenError};
use walk::{Found, Walk};

use side::Row;
pub(crate) use side::{Postgres, Side, Sqlite};
pub(crate) use table::{Table, Tables};

/// How many rows are read or written at once.
const PORTION: usize = 1000;

/// A copy that was not finished. The source is as it was.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// A database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is nothing to copy.
    #[error("there is no store at {0}: nothing to copy")]
    NoStore(String),
    /// What is to be copied is itself unfinished.
    #[error("what is at {0} is itself a copy that was not finished; finish that first, by the command that began it")]
    Unfinished(String),
    /// Both are one.
    #[error("{0} is named twice; name first the store that is to be copied, then where to")]
    Itself(String),
    /// Something works on it.
    #[error("a server works on {0}, or was killed less than three minutes ago; stop every server there, and run this again")]
    Served(String),
    /// Something else is there.
    #[error("there is a store at {0} already, and it stays as it is; name a database that is empty")]
    Taken(String),
    /// The beginning of something else is there.
    #[error("at {0} there is the beginning of another copy than this one; finish that one, or name a database that is empty")]
    OtherBegun(String),
    /// A database fails.
    #[error("{database} does not work now: {cause}; when it does, run this again")]
    Failed {
        /// Which, without a password.
        database: String,
        /// What it says.
        cause: String,
    },
    /// The schema could not be read.
    #[error("SQLite does not work: {0}")]
    Schema(#[from] rusqlite::Error),
    /// Somebody writes to it.
    #[error(
        "{rows} rows of {table} differ: {source_name} was written to meanwhile; stop every server there and run this again, which copies what differs"
    )]
    Changed {
        /// Where the first difference was found.
        table: String,
        /// How many rows of that.
        rows: u64,
        /// What was copied.
        source_name: String,
    },
}

/// What is being done to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its rows are written where they differ.
    Copying,
    /// All its cells are compared.
    Verifying,
}

/// How far it has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'p> {
    /// What is being done.
    pub step: Step,
    /// To which table.
    pub table: &'p str,
    /// Rows of it that are done.
    pub done: u64,
    /// All its rows.
    pub of: u64,
}

/// A table that is the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Which.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// How many of them were written by this run; the others were there.
    pub written: u64,
}

/// Copies the store at `from` into the empty database `to`, or goes on with that; returns what is there now, table by table.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate(from: &Place, to: &Place, report: impl FnMut(Progress<'_>)) -> Result<Vec<Copied>, MigrateError> {
    if is_same(from, to) {
        return Err(MigrateError::Itself(from.to_string()));
    }
    let (source, target) = (Side::source(from).await?, Side::target(to).await?);
    copy(&source, &target, Into::Empty, report).await
}

/// What may be in the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// Nothing but the beginning of this copy.
    Empty,
    /// Anything: it is replaced.
    Anything,
}

/// Copies from one open database into another.
pub(crate) async fn copy(
    source: &Side,
    target: &Side,
    into: Into,
    mut report: impl FnMut(Progress<'_>),
) -> Result<Vec<Copied>, MigrateError> {
    let tables = Tables::read()?;
    begin(&tables, source, target, into).await?;
    let mut copied = Vec::new();
    for table in tables.but_store() {
        let written = bring_in_line(table, source, target, &mut report).await?;
        copied.push(Copied { table: table.name.clone(), rows: 0, written });
    }
    for (table, copied) in tables.but_store().zip(&mut copied) {
        copied.rows = verify(table, source, target, &mut report).await?;
    }
    target.put(&tables.store, &first_rows(&tables.store, source).await?).await?;
    Ok(copied)
}

fn is_same(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Sqlite(one), Place::Sqlite(other)) => crate::backup::is_same_file(one, other),
        (Place::Postgres(one), Place::Postgres(other)) => one.to_string() == other.to_string(),
        _ => false,
    }
}

/// Looks whether both are what they have to be, and makes the target one that no server opens.
async fn begin(tables: &Tables, source: &Side, target: &Side, into: Into) -> Result<(), MigrateError> {
    let keys = first_rows(&tables.keys, source).await?;
    if keys.is_empty() {
        return Err(MigrateError::NoStore(source.name().to_owned()));
    }
    if first_rows(&tables.store, source).await?.is_empty() {
        return Err(MigrateError::Unfinished(source.name().to_owned()));
    }
    let standing = first_rows(&tables.store, target).await?;
    if into == Into::Empty && is_occupied(tables, target).await? {
        if !standing.is_empty() {
            return Err(MigrateError::Taken(target.name().to_owned()));
        }
        // Their ids are drawn by lot: two stores have none in common.
        let begun = first_rows(&tables.keys, target).await?;
        let id = |row: &Row| row.first().cloned();
        if !begun.iter().any(|there| keys.iter().any(|here| id(here) == id(there))) {
            return Err(MigrateError::OtherBegun(target.name().to_owned()));
        }
    }
    let keys: Vec<Row> = standing.into_iter().map(|row| row.into_iter().take(tables.store.key).collect()).collect();
    target.remove(&tables.store, &keys).await
}

async fn is_occupied(tables: &Tables, side: &Side) -> Result<bool, MigrateError> {
    for table in tables.but_store() {
        if !first_rows(table, side).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn first_rows(table: &Table, side: &Side) -> Result<Vec<Row>, MigrateError> {
    side.page(table, None, PORTION).await
}

/// Writes to the target what differs there; returns how many rows that were.
async fn bring_in_line(table: &Table, source: &Side, target: &Side, report: &mut impl FnMut(Progress<'_>)) -> Result<u64, MigrateError> {
    let of = source.count(table).await?;
    // First what goes: it may hold a name that another row is to get.
    if target.count(table).await? > 0 {
        remove_extra(table, source, target).await?;
    }
    let mut walk = Walk::through(table, source, target);
    let (mut portion, mut done, mut written) = (Vec::new(), 0, 0);
    while let Some(found) = walk.next().await? {
        if let Found::Missing(row) | Found::Changed(row) = found {
            portion.push(row);
        }
        done += 1;
        if portion.len() == PORTION {
            target.put(table, &portion).await?;
            written += portion.drain(..).count();
        }
        if done % 1000 == 0 {
            report(Progress { step: Step::Copying, table: &table.name, done, of });
        }
    }
    if !portion.is_empty() {
        target.put(table, &portion).await?;
        written += portion.len();
    }
    report(Progress { step: Step::Copying, table: &table.name, done, of: done });
    Ok(u64::try_from(written).unwrap_or(u64::MAX))
}

async fn remove_extra(table: &Table, source: &Side, target: &Side) -> Result<(), MigrateError> {
    let mut walk = Walk::through(table, source, target);
    let mut portion = Vec::new();
    while let Some(found) = walk.next().await? {
        if let Found::Extra(key) = found {
            portion.push(key);
        }
        if portion.len() == PORTION {
            target.remove(table, &portion).await?;
            portion.clear();
        }
    }
    if !portion.is_empty() {
        target.remove(table, &portion).await?;
    }
    Ok(())
}

/// Compares every cell; returns how many rows there are.
async fn verify(table: &Table, source: &Side, target: &Side, report: &mut impl FnMut(Progress<'_>)) -> Result<u64, MigrateError> {
    let of = source.count(table).await?;
    let mut walk = Walk::through(table, source, target);
    let (mut done, mut differing) = (0, 0);
    while let Some(found) = walk.next().await? {
        differing += u64::from(!matches!(found, Found::Same));
        done += 1;
        if done % 1000 == 0 {
            report(Progress { step: Step::Verifying, table: &table.name, done, of });
        }
    }
    report(Progress { step: Step::Verifying, table: &table.name, done, of: done });
    match differing {
        0 => Ok(done),
        rows => Err(MigrateError::Changed { table: table.name.clone(), rows, source_name: source.name().to_owned() }),
    }
}
