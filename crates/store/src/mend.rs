//! How to mend what the system or a database refuses: the second half of a message whose first half names the file.

use std::{
    error::Error,
    io::{self, ErrorKind},
    iter::successors,
};

use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

/// For a file or folder that cannot be opened, read or written.
pub(crate) fn of_file(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "make its folder first, or name another one",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "let this user read and write there, or name another place",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on its disk",
        ErrorKind::IsADirectory => "name a file",
        _ => "look at its disk",
    }
}

/// For a database that cannot be opened, read or written.
pub(crate) fn of_database(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "it is no SQLite database; restore a backup, or name another file",
        Some(ErrorCode::DatabaseCorrupt) => "it is damaged; restore a backup",
        Some(ErrorCode::DiskFull) => "make room on its disk",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => "let this user read and write it and its folder",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program has it open; close that first",
        _ => "look at its disk; if that works, restore a backup",
    }
}

/// For a PostgreSQL database that cannot be reached (without a code) or refuses.
pub(crate) fn of_postgres(error: &tokio_postgres::Error) -> &'static str {
    match error.code() {
        None if is_about_settings(error) => "correct store.url: a user, a password and a database belong there",
        None => match tls(error) {
            Some(rustls::Error::AlertReceived(_)) => {
                "name the certificate and key that it wants of this server as sslcert and sslkey in store.url"
            }
            Some(_) => "in store.url, name the host as its certificate does, and as sslrootcert the certificates that it is verified by",
            None => "start it, or correct the host and port in store.url",
        },
        Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION | &SqlState::INVALID_PASSWORD) => {
            "correct the user or the password in store.url, or let the user in (pg_hba.conf)"
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => "make it first, with CREATE DATABASE, or name another one in store.url",
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => "let the user make tables there: ALTER DATABASE … OWNER TO …",
        Some(&SqlState::TOO_MANY_CONNECTIONS) => "raise its max_connections, or lower connections= in store.url",
        Some(&SqlState::DISK_FULL) => "make room on its disk",
        _ => "look at its log",
    }
}

/// What the address lacks: it is not tried.
pub(crate) fn is_about_settings(error: &tokio_postgres::Error) -> bool {
    error.to_string().starts_with("invalid configuration")
}

/// Why the two sides did not come to trust each other, if that is what happened.
pub(crate) fn tls(error: &tokio_postgres::Error) -> Option<&rustls::Error> {
    let mut causes = successors(error.source(), |cause| (*cause).source());
    causes.find_map(|cause| cause.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref())
}
