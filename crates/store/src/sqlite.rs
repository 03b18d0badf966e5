//! SQLite, embedded: one file, one writer thread, readers beside it.
//!
//! 1. [`Sqlite::open`] takes the lock file, so that no two servers write one database, brings the schema up to date
//!    and starts the [`writer`].
//! 2. [`Sqlite::commit`] queues writes and waits until they are on disk (`WAL`, `synchronous=FULL`).
//! 3. [`Sqlite::query`] reads on a connection of its own, off the threads that serve requests.

mod writer;

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyward_rules::effect::Effect;
use rusqlite::{Connection, OpenFlags, ToSql, types::ToSqlOutput, types::ValueRef};
use tokio::sync::Semaphore;

use crate::{
    caches::Caches,
    error::{OpenError, StoreError},
    migrations,
    statement::Statement,
    store::Outcome,
    value::{Columns, Value},
};

pub use writer::WriterReport;

/// How long a statement waits for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// How many reads run at once.
const READERS: usize = 4;
/// How many distinct statements a connection keeps prepared.
const PREPARED: usize = 64;

/// An open database.
pub struct Sqlite {
    path: PathBuf,
    writer: writer::Writer,
    readers: Arc<Mutex<Vec<Connection>>>,
    reading: Arc<Semaphore>,
    /// Held, not read: the lock goes with the file.
    _lock: File,
}

impl Sqlite {
    /// Opens the database at `path`, which is made if it is missing, and starts its writer.
    ///
    /// # Errors
    /// It is in use by another process, unreadable, or of a newer version.
    pub fn open(path: &Path, caches: Arc<Caches>) -> Result<Self, OpenError> {
        let lock = lock(path)?;
        let mut connection = connect(path)?;
        migrate(path, &mut connection)?;
        let writer = writer::Writer::start(path.to_owned(), connection, caches).map_err(|cause| unreadable(path, &cause))?;
        Ok(Sqlite { path: path.to_owned(), writer, readers: Arc::default(), reading: Arc::new(Semaphore::new(READERS)), _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `effects` together, or none of them, and returns when that is on disk.
    ///
    /// # Errors
    /// It is not known to be on disk. Nothing is half done.
    pub async fn commit(&self, effects: Vec<Effect>) -> Result<Outcome, StoreError> {
        self.writer.commit(effects).await
    }

    /// Runs one statement outside of any decision; returns how many rows it touched.
    ///
    /// # Errors
    /// As [`Sqlite::commit`].
    pub async fn execute(&self, statement: &'static Statement, values: Vec<Value>) -> Result<usize, StoreError> {
        self.writer.execute(statement, values).await
    }

    /// The rows a statement finds.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn query(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        self.read(move |connection| query(connection, statement, &values)).await
    }

    /// Runs `work` on a reading connection, on a thread that may block.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.reading.clone().acquire_owned().await.map_err(|_| StoreError::Overloaded)?;
        let (readers, path) = (self.readers.clone(), self.path.clone());
        let read = tokio::task::spawn_blocking(move || {
            let pooled = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = match pooled {
                Some(connection) => connection,
                None => connect(&path).map_err(|error| StoreError::Unavailable(error.to_string()))?,
            };
            let done = work(&mut connection).map_err(|error| unavailable(&error))?;
            readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            drop(turn);
            Ok(done)
        });
        read.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// What the writer has done so far.
    #[must_use]
    pub fn report(&self) -> WriterReport {
        self.writer.report()
    }
}

/// Takes the lock that says which process serves the database at `path`.
///
/// # Errors
/// Another process has it.
pub fn lock(path: &Path) -> Result<File, OpenError> {
    let beside = path.with_extension("lock");
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&beside)
        .map_err(|error| OpenError::Unreadable { path: beside.clone(), cause: error.to_string() })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::Unreadable { path: beside, cause: error.to_string() }),
    }
}

/// Opens a connection with the settings every connection has.
pub(crate) fn connect(path: &Path) -> Result<Connection, OpenError> {
    if !path.exists() {
        let made = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        made.map_err(|error| OpenError::Unreadable { path: path.to_owned(), cause: error.to_string() })?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
        )?;
        Ok(connection)
    };
    open().map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, cause: &dyn ToString) -> OpenError {
    OpenError::Unreadable { path: path.to_owned(), cause: cause.to_string() }
}

/// Takes the steps that are missing, each in a transaction of its own.
fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| unreadable(path, &error))?;
    let known = migrations::newest();
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    let taken = usize::try_from(found).unwrap_or(0);
    for (number, step) in migrations::STEPS.iter().enumerate().skip(taken) {
        let mut take = || -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            transaction.execute_batch(&migrations::for_sqlite(step))?;
            transaction.pragma_update(None, "user_version", i64::try_from(number + 1).unwrap_or(i64::MAX))?;
            transaction.commit()
        };
        take().map_err(|error| unreadable(path, &error))?;
    }
    Ok(())
}

pub(crate) fn query(connection: &Connection, statement: &'static Statement, values: &[Value]) -> rusqlite::Result<Vec<Columns>> {
    let mut prepared = connection.prepare_cached(statement.sqlite())?;
    let width = prepared.column_count();
    let rows = prepared.query_map(rusqlite::params_from_iter(values), |row| {
        let values = (0..width).map(|column| row.get_ref(column).map(value)).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Columns::new(statement.table, values))
    })?;
    rows.collect()
}

fn value(column: ValueRef<'_>) -> Value {
    match column {
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(value) => ValueRef::Integer(*value),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

pub(crate) fn unavailable(error: &rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
