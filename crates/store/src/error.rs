//! What can go wrong with a store.

use std::path::PathBuf;

use thiserror::Error;

/// A read or a write that could not be done now. Nothing is half done.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// The database refuses work: full, locked, failing.
    #[error("the database does not work now: {0}")]
    Unavailable(String),
    /// More is waiting to be written than can be written in time.
    #[error("too many writes are waiting")]
    Overloaded,
    /// The database file was moved or deleted under the running server.
    #[error("the database file {} is gone or was replaced; put it back, or restart to work with what is there now", .0.display())]
    Gone(PathBuf),
    /// A row holds what no version of Keyward writes there.
    #[error("table {table} holds a row that cannot be read (column {column}); restore a backup")]
    Corrupt {
        /// Where.
        table: &'static str,
        /// The position in the statement's result, from 0.
        column: usize,
    },
}

/// A store that cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another server has it.
    #[error("{} is in use by another keyward process; stop that one first, or give this one a store.url of its own", .0.display())]
    InUse(PathBuf),
    /// The file cannot be opened or is no database.
    #[error("cannot open the database {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the database says.
        cause: String,
    },
    /// A newer program has been here.
    #[error("{} was written by a newer keyward (schema {found}; this one knows up to {known}); use that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// The database cannot be reached, does not let this node in, or does not let it make its tables.
    #[error("cannot open the database {database}: {cause}")]
    Unreachable {
        /// Which, without the password.
        database: String,
        /// What the database says, and how to mend it.
        cause: String,
    },
    /// A newer program has been there.
    #[error("{database} was written by a newer keyward (schema {found}; this one knows up to {known}); use that version")]
    NewerSchema {
        /// Which, without the password.
        database: String,
        /// Its schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// Something is being copied there, or was not to the end.
    #[error("what is at {0} is a copy that was not finished; run again what began it: keyward migrate-store, or keyward restore")]
    Unfinished(String),
    /// Reading what is there failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
