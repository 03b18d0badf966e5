//! SQLite, embedded: one file, one writer thread, readers beside it.
//!
//! 1. [`Sqlite::open`] takes the lock file, so that no two servers write one database, brings the schema up to date
//!    and starts the [`writer`].
//! 2. [`Sqlite::commit`] queues writes and waits until they are on disk (`WAL`, `synchronous=FULL`).
//! 3. [`Sqlite::query`] reads on a connection of its own, off the threads that serve requests.

mod writer;

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyward_rules::effect::Effect;
use rusqlite::{Connection, OpenFlags, ToSql, types::ToSqlOutput, types::ValueRef};
use tokio::sync::Semaphore;

use crate::{
    caches::Caches,
    commit::Attempt,
    error::{OpenError, StoreError},
    mend, migrations,
    report::WriterReport,
    statement::Statement,
    store::Outcome,
    value::{Columns, Value},
};

/// How long a statement waits for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// How many reads run at once.
const READERS: usize = 4;
/// How many distinct statements a connection keeps prepared.
const PREPARED: usize = 64;

/// An open database.
pub struct Sqlite {
    file: DatabaseFile,
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
    /// It is in use by another process, unreadable, of a newer version or of another program.
    pub fn open(path: &Path, caches: Arc<Caches>) -> Result<Self, OpenError> {
        let lock = lock(path)?;
        let (file, connection) = up_to_date(path)?;
        let writer = writer::Writer::start(file.clone(), connection, caches).map_err(|cause| unreadable(path, cause.to_string()))?;
        Ok(Sqlite { file, writer, readers: Arc::default(), reading: Arc::new(Semaphore::new(READERS)), _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Writes `effects` together, or none of them, and returns when that is on disk.
    ///
    /// # Errors
    /// It is not known to be on disk. Nothing is half done.
    pub async fn commit(&self, effects: Vec<Effect>, attempt: Attempt) -> Result<Outcome, StoreError> {
        self.writer.commit(effects, attempt).await
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
        let (readers, file) = (self.readers.clone(), self.file.clone());
        let read = tokio::task::spawn_blocking(move || {
            let pooled = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = match pooled {
                Some(connection) => connection,
                None => file.connect()?,
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

/// The file of the database: where it is, and which it was when it was opened.
#[derive(Clone, Debug)]
struct DatabaseFile {
    path: PathBuf,
    inode: u64,
}

impl DatabaseFile {
    /// The file at `path`; an empty one that only its owner reads, if there is none.
    fn find_or_create(path: &Path) -> Result<Self, OpenError> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        let metadata = file.and_then(|file| file.metadata()).map_err(|error| refused(path, &error))?;
        Ok(DatabaseFile { path: path.to_owned(), inode: metadata.ino() })
    }

    /// Whether it is still where it was opened. Another file in its place is another database.
    fn is_in_place(&self) -> Result<(), StoreError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.ino() == self.inode => Ok(()),
            _ => Err(StoreError::Gone(self.path.clone())),
        }
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        self.is_in_place()?;
        connect(&self.path).map_err(|error| StoreError::Unavailable(error.to_string()))
    }
}

/// Opens the database at `path`, which is made if it is missing, and takes the steps of its schema that are missing.
fn up_to_date(path: &Path) -> Result<(DatabaseFile, Connection), OpenError> {
    let file = DatabaseFile::find_or_create(path)?;
    let taken = schema(path)?;
    let mut connection = connect(path)?;
    migrate(&mut connection, taken).map_err(|error| unusable(path, &error))?;
    Ok((file, connection))
}

/// The same, for who works on it without a server; nobody else may have it open.
pub(crate) fn connect_up_to_date(path: &Path) -> Result<Connection, OpenError> {
    up_to_date(path).map(|(_, connection)| connection)
}

/// Looks whether the database at `path` could be opened, or made where there is none. Makes nothing.
///
/// # Errors
/// As [`Sqlite::open`], but for a database that is in use.
pub fn check(path: &Path) -> Result<(), OpenError> {
    place(path)?;
    match OpenOptions::new().append(true).open(path) {
        Ok(_) => schema(path).map(drop),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(refused(path, &error)),
    }
}

/// Whether a database can be at `path`: in a folder that is there, and not a folder itself.
pub(crate) fn place(path: &Path) -> Result<(), OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() {
        return Err(unreadable(path, "expected a file, found a folder; name a file in store.url".to_owned()));
    }
    if !folder.is_dir() {
        let cause = format!("there is no folder {}; make it, or name another one in store.url", folder.display());
        return Err(unreadable(path, cause));
    }
    Ok(())
}

/// Takes the lock that says which process serves the database at `path`.
///
/// # Errors
/// Another process has it, or there can be no database.
pub fn lock(path: &Path) -> Result<File, OpenError> {
    place(path)?;
    // Beside the file itself: whoever comes by a link finds the same lock.
    let beside = beside(&fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()), ".lock");
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&beside).map_err(|error| refused(&beside, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(refused(&beside, &error)),
    }
}

/// The file of this name with `suffix` after it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens a connection to a database that is there, with the settings every connection has.
pub(crate) fn connect(path: &Path) -> Result<Connection, OpenError> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = open(path)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
        )?;
        Ok(connection)
    };
    open().map_err(|error| unusable(path, &error))
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

fn unreadable(path: &Path, cause: String) -> OpenError {
    OpenError::Unreadable { path: path.to_owned(), cause }
}

fn refused(path: &Path, error: &io::Error) -> OpenError {
    unreadable(path, format!("{error}; {}", mend::of_file(error)))
}

fn unusable(path: &Path, error: &rusqlite::Error) -> OpenError {
    unreadable(path, format!("{error}; {}", mend::of_database(error)))
}

/// How many steps the database has taken. Looks only, so that what is not ours stays as it is.
fn schema(path: &Path) -> Result<usize, OpenError> {
    let look = || -> rusqlite::Result<(i64, i64, i64)> {
        let connection = open(path)?;
        let found = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let tables = "SELECT COUNT(*), COUNT(*) FILTER (WHERE name = 'authorizations') FROM sqlite_master";
        connection.query_row(tables, [], |row| Ok((found, row.get(0)?, row.get(1)?)))
    };
    let (found, tables, own) = look().map_err(|error| unusable(path, &error))?;
    let known = migrations::newest();
    if own == 0 && (tables > 0 || found != 0) {
        return Err(unreadable(path, "it belongs to another program; give store.url a file of its own".to_owned()));
    }
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    Ok(usize::try_from(found).unwrap_or(0))
}

/// Takes the steps that are missing, each in a transaction of its own.
pub(crate) fn migrate(connection: &mut Connection, taken: usize) -> rusqlite::Result<()> {
    for (number, step) in migrations::STEPS.iter().enumerate().skip(taken) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(&migrations::for_sqlite(step))?;
        transaction.pragma_update(None, "user_version", i64::try_from(number + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
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
    StoreError::Unavailable(format!("{error}; {}", mend::of_database(error)))
}
