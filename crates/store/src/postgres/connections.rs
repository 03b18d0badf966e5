//! The pool of connections to a database, and how often what fails there is tried again.
//!
//! 1. [`Connections::with_retries`] runs some work on a connection of the pool.
//! 2. While the database cannot be reached, loses the connection or breaks the work off for another's, it is tried again, for
//!    [`PATIENCE`] in all.
//! 3. A connection of which nobody knows what it does goes out of the pool.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_postgres::{
    Error,
    error::{DbError, Severity, SqlState},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Address, connection::Connection, work::Work};
use crate::{error::StoreError, mend};

/// How long a read or a write may take, waiting for a connection and further tries included.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How often is looked whether connections stay apart.
const LOOKS: usize = 4;
/// How long until a database that cannot be reached is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// The connections of a node.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool,
    has_names: bool,
}

/// What some work came to.
pub(super) struct Done<T> {
    /// What the database answered.
    pub answer: T,
    /// Whether an earlier try, of which nothing was heard, may have done it before.
    pub is_in_doubt: bool,
}

/// Why a try ended without an answer that counts.
pub(super) enum Failed {
    /// Nothing was done: the database was not reached, or does not know what this connection has prepared.
    Unreached(StoreError),
    /// A serialization failure or a deadlock: it gave the transaction up for another one, nothing was done, and the next try may do it.
    Serialization,
    /// The connection was lost: nobody knows what was done.
    Lost(StoreError),
    /// The database refused: nothing was done, and trying again would not help.
    Refused(StoreError),
}

impl Connections {
    /// A pool for this address; no connection is made yet.
    pub(super) fn to(address: &Address) -> Result<Self, String> {
        let tls = address.tls().map_err(|illegal| illegal.to_string())?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(address.connection(), MakeRustlsConnect::new(tls), recycling);
        let pool = Pool::builder(manager).max_size(address.connections()).build();
        let pool = pool.map_err(|error| error.to_string())?;
        Ok(Connections { pool, has_names: address.has_names() })
    }

    /// Runs `work` until the database has answered it, for [`PATIENCE`].
    pub(super) async fn with_retries<W: Work>(&self, work: &W) -> Result<Done<W::Answer>, StoreError> {
        self.with_retries_until(Instant::now() + PATIENCE, work).await
    }

    /// Runs `work` until the database has answered it.
    pub(super) async fn with_retries_until<W: Work>(&self, deadline: Instant, work: &W) -> Result<Done<W::Answer>, StoreError> {
        let mut is_in_doubt = false;
        let mut last = None;
        loop {
            let failed = match self.once(deadline, work).await {
                Ok(answer) => return Ok(Done { answer, is_in_doubt }),
                Err(failed) => failed,
            };
            match failed {
                Failed::Refused(error) => return Err(error),
                Failed::Serialization => {}
                // The first says more than the last, which is often that there is no time left.
                Failed::Unreached(error) => last = last.or(Some(error)),
                Failed::Lost(error) => {
                    is_in_doubt = true;
                    last = last.or(Some(error));
                }
            }
            let next = Instant::now() + PAUSE;
            if next >= deadline {
                // Without an error every try was broken off: there are too many writers of the same rows.
                return Err(last.unwrap_or(StoreError::Overloaded));
            }
            if last.is_some() {
                sleep(PAUSE).await;
            }
        }
    }

    /// Runs `work` without trying again, for `wait` at most; the error is whether it may have been done all the same.
    pub(super) async fn without_retry<W: Work>(&self, wait: Duration, work: &W) -> Result<W::Answer, bool> {
        let done = self.once(Instant::now() + wait, work).await;
        done.map_err(|failed| matches!(failed, Failed::Lost(_)))
    }

    async fn once<W: Work>(&self, deadline: Instant, work: &W) -> Result<W::Answer, Failed> {
        let connected = timeout_at(deadline, self.lend()).await.map_err(|_| Failed::Unreached(late()))?;
        let connection = connected?;
        match timeout_at(deadline, work.run(&connection)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                let failed = failed(&error);
                if !matches!(failed, Failed::Serialization | Failed::Refused(_)) {
                    drop(Object::take(connection.into_object()));
                }
                Err(failed)
            }
            Err(_) => {
                // Nobody knows what it does.
                drop(Object::take(connection.into_object()));
                Err(Failed::Lost(late()))
            }
        }
    }

    pub(super) async fn connection(&self) -> Result<Object, StoreError> {
        self.lend().await.map(Connection::into_object).map_err(|failed| match failed {
            Failed::Unreached(error) | Failed::Lost(error) | Failed::Refused(error) => error,
            Failed::Serialization => StoreError::Overloaded,
        })
    }

    async fn lend(&self) -> Result<Connection, Failed> {
        let lent = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => turned_away(&error),
            other => Failed::Unreached(StoreError::Unavailable(other.to_string())),
        });
        lent.map(|object| Connection::new(object, self.has_names))
    }

    /// Whether something in between lets two connections share a session of the database. Where it is busy that may not show.
    pub(super) async fn are_shared(&self) -> Result<bool, StoreError> {
        timeout(PATIENCE, self.share_sessions()).await.unwrap_or_else(|_| Err(late()))
    }

    async fn share_sessions(&self) -> Result<bool, StoreError> {
        let (one, other) = (self.connection().await?, self.connection().await?);
        let session = async |connection: &Object| -> Result<i32, StoreError> {
            let found = connection.query_typed_one("SELECT pg_backend_pid()", &[]).await;
            found.and_then(|row| row.try_get(0)).map_err(|error| unavailable(&error))
        };
        let known = (session(&one).await?, session(&other).await?);
        for _ in 0..LOOKS {
            // In the other order: a pooler may take turns.
            let (then_other, then_one) = (session(&other).await?, session(&one).await?);
            if known != (then_one, then_other) || known != (session(&one).await?, session(&other).await?) {
                return Ok(true);
            }
        }
        Ok(known.0 == known.1)
    }
}

pub(super) fn late() -> StoreError {
    StoreError::Unavailable(format!("the database did not answer within {} seconds", PATIENCE.as_secs()))
}

/// What an error means that is said instead of a connection. A database that starts or is full will take one later; one that does not
/// know the user or the database, or is not trusted, will not.
fn turned_away(error: &Error) -> Failed {
    let for_good = |said: &DbError| ["28", "3D"].iter().any(|class| said.code().code().starts_with(class));
    match error.as_db_error() {
        Some(said) if for_good(said) => Failed::Refused(unavailable(error)),
        None if mend::is_about_settings(error) || mend::tls(error).is_some() => Failed::Refused(unavailable(error)),
        _ => Failed::Unreached(unavailable(error)),
    }
}

/// What an error means for what was to be done.
pub(super) fn failed(error: &Error) -> Failed {
    let Some(said) = error.as_db_error() else { return Failed::Lost(unavailable(error)) };
    let code = said.code();
    // Class 08: the connection; 57P: the server stops; 25006: it is not the primary any more.
    let is_over = ["08", "57P"].iter().any(|class| code.code().starts_with(class)) || *code == SqlState::READ_ONLY_SQL_TRANSACTION;
    let is_fatal = said.parsed_severity() != Some(Severity::Error);
    match code {
        &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => Failed::Serialization,
        // Also the plan of something prepared that a changed table has outdated.
        &SqlState::INVALID_SQL_STATEMENT_NAME | &SqlState::DUPLICATE_PSTATEMENT | &SqlState::FEATURE_NOT_SUPPORTED => {
            Failed::Unreached(unavailable(error))
        }
        // Whether it was committed, such a database cannot say.
        &SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN => Failed::Lost(unavailable(error)),
        _ if is_over || is_fatal => Failed::Lost(unavailable(error)),
        _ => Failed::Refused(unavailable(error)),
    }
}

/// What the database says; never the detail, in which it repeats values of the statement.
pub(super) fn unavailable(error: &Error) -> StoreError {
    StoreError::Unavailable(described(error))
}

pub(crate) fn described(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} (SQLSTATE {}); {}", said.message(), said.code().code(), mend::of_postgres(error)),
        None => {
            let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
            let all = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
            format!("{all}; {}", mend::of_postgres(error))
        }
    }
}
