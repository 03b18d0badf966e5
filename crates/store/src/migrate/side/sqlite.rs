//! An SQLite database that is copied from or into.

use std::{fs::File, path::Path};

use rusqlite::{Connection, params_from_iter, types::ValueRef};

use super::Row;
use crate::{
    migrate::{
        MigrateError,
        table::{Dialect, Kind, Table},
    },
    sqlite::{connect_up_to_date, lock, unavailable},
    value::Value,
};

/// An open file.
pub(crate) struct Sqlite {
    name: String,
    connection: Connection,
    /// Held, not read: the lock goes with the file.
    _lock: Option<File>,
}

impl Sqlite {
    /// The database at `path`, which is made if it is missing, with the lock that says that nobody else works on it.
    pub fn locked(path: &Path) -> Result<Self, MigrateError> {
        let held = lock(path)?;
        let connection = connect_up_to_date(path)?;
        Ok(Sqlite { name: path.display().to_string(), connection, _lock: Some(held) })
    }

    /// A database that is open, up to date and nobody else's.
    pub fn open(name: String, connection: Connection) -> Self {
        Sqlite { name, connection, _lock: None }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn page(&self, table: &Table, after: Option<&[Value]>, most: usize) -> Result<Vec<Row>, MigrateError> {
        let most = Value::from(i64::try_from(most).unwrap_or(i64::MAX));
        let read = || -> rusqlite::Result<Vec<Option<Row>>> {
            let mut prepared = self.connection.prepare_cached(&table.page(Dialect::Sqlite, after.is_some()))?;
            let rows = prepared.query_map(params_from_iter([&most].into_iter().chain(after.unwrap_or_default())), |row| {
                let cells = table.columns.iter().enumerate();
                cells.map(|(place, column)| Ok(cell(row.get_ref(place)?, column.kind))).collect::<rusqlite::Result<Option<Row>>>()
            })?;
            rows.collect()
        };
        let rows = read().map_err(|error| self.failed(&error))?;
        rows.into_iter().collect::<Option<Vec<Row>>>().ok_or_else(|| self.unreadable(table))
    }

    pub fn count(&self, table: &Table) -> Result<u64, MigrateError> {
        let counted: rusqlite::Result<i64> = self.connection.query_row(&table.count(), [], |row| row.get(0));
        counted.map(i64::unsigned_abs).map_err(|error| self.failed(&error))
    }

    pub fn put(&self, table: &Table, rows: &[Row]) -> Result<(), MigrateError> {
        self.run_for_each(&table.put(Dialect::Sqlite), rows)
    }

    pub fn remove(&self, table: &Table, keys: &[Row]) -> Result<(), MigrateError> {
        self.run_for_each(&table.remove(Dialect::Sqlite), keys)
    }

    fn run_for_each(&self, sql: &str, rows: &[Row]) -> Result<(), MigrateError> {
        let write = || -> rusqlite::Result<()> {
            let transaction = self.connection.unchecked_transaction()?;
            let mut prepared = transaction.prepare_cached(sql)?;
            for row in rows {
                prepared.execute(params_from_iter(row))?;
            }
            drop(prepared);
            transaction.commit()
        };
        write().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &rusqlite::Error) -> MigrateError {
        MigrateError::Failed { database: self.name.clone(), cause: unavailable(error).to_string() }
    }

    fn unreadable(&self, table: &Table) -> MigrateError {
        let cause = format!("table {} holds a row that cannot be read; restore a backup", table.name);
        MigrateError::Failed { database: self.name.clone(), cause }
    }
}

/// A cell as it is; nothing if it is not of its column's kind, which SQLite would not mind.
fn cell(found: ValueRef<'_>, kind: Kind) -> Option<Value> {
    match (found, kind) {
        (ValueRef::Null, _) => Some(Value::Null),
        (ValueRef::Integer(value), Kind::Integer) => Some(Value::Integer(value)),
        (ValueRef::Text(text), Kind::Text) => String::from_utf8(text.to_vec()).ok().map(Value::Text),
        (ValueRef::Blob(bytes), Kind::Bytes) => Some(Value::Bytes(bytes.to_vec())),
        _ => None,
    }
}
