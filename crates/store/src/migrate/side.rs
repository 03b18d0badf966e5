//! A database that is copied from or into: read and written in portions of whole rows.

mod postgres;
mod sqlite;

use super::{MigrateError, table::Table};
use crate::{database::Place, value::Value};

pub(crate) use postgres::Postgres;
pub(crate) use sqlite::Sqlite;

/// One row: every cell, in the order of the table's columns.
pub(super) type Row = Vec<Value>;

/// An open database. Reads and writes of an SQLite database block the thread: nothing else is to be done on it.
pub(crate) enum Side {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Side {
    /// Opens a database that is there, and that nobody else works on.
    pub async fn source(place: &Place) -> Result<Self, MigrateError> {
        match place {
            Place::Sqlite(path) if !path.exists() => Err(MigrateError::NoStore(place.to_string())),
            Place::Sqlite(path) => Ok(Side::Sqlite(Sqlite::locked(path)?)),
            Place::Postgres(address) => Ok(Side::Postgres(Postgres::left_alone(address).await?)),
        }
    }

    /// Opens a database to be filled, which is made if it is a file that is missing.
    pub async fn target(place: &Place) -> Result<Self, MigrateError> {
        match place {
            Place::Sqlite(path) => Ok(Side::Sqlite(Sqlite::locked(path)?)),
            Place::Postgres(address) => Ok(Side::Postgres(Postgres::left_alone(address).await?)),
        }
    }

    /// At most `most` rows in the order of their keys, from the first one `after` a key.
    pub async fn page(&self, table: &Table, after: Option<&[Value]>, most: usize) -> Result<Vec<Row>, MigrateError> {
        match self {
            Side::Sqlite(own) => own.page(table, after, most),
            Side::Postgres(own) => own.page(table, after, most).await,
        }
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &Table) -> Result<u64, MigrateError> {
        match self {
            Side::Sqlite(own) => own.count(table),
            Side::Postgres(own) => own.count(table).await,
        }
    }

    /// Writes all of these rows or none, in the place of those with the same keys.
    pub async fn put(&self, table: &Table, rows: &[Row]) -> Result<(), MigrateError> {
        match self {
            Side::Sqlite(own) => own.put(table, rows),
            Side::Postgres(own) => own.put(table, rows).await,
        }
    }

    /// Removes the rows with these keys, all or none.
    pub async fn remove(&self, table: &Table, keys: &[Row]) -> Result<(), MigrateError> {
        match self {
            Side::Sqlite(own) => own.remove(table, keys),
            Side::Postgres(own) => own.remove(table, keys).await,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Side::Sqlite(own) => own.name(),
            Side::Postgres(own) => own.name(),
        }
    }
}
