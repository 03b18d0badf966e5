//! The database behind a store: one of two, asked in the same way.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use keyward_rules::{effect::Effect, model::time::Timestamp};

use crate::{
    caches::Caches,
    commit::Attempt,
    error::{OpenError, StoreError},
    postgres::{Address, Postgres},
    report::WriterReport,
    sqlite::Sqlite,
    statement::Statement,
    store::Outcome,
    value::{Columns, Value},
};

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this file, made when it is missing.
    Sqlite(PathBuf),
    /// On this server.
    Postgres(Box<Address>),
}

impl Place {
    /// Whether several processes may have it open at a time. None of them knows of every change then, so nothing may be cached.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, Place::Postgres(_))
    }

    /// Its file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Place::Sqlite(path) => Some(path),
            Place::Postgres(_) => None,
        }
    }
}

impl fmt::Display for Place {
    /// As people read it: nothing that lets anybody in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Sqlite(path) => write!(f, "{}", path.display()),
            Place::Postgres(address) => write!(f, "{address}"),
        }
    }
}

/// An open database.
pub enum Database {
    /// Embedded.
    Sqlite(Sqlite),
    /// Shared: its caches have no room, and only count how often clients were changed.
    Postgres(Box<Postgres>, Arc<Caches>),
}

impl Database {
    /// Opens it; `caches` are told of what is written to a database that nobody else writes to.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(place: &Place, caches: Arc<Caches>) -> Result<Self, OpenError> {
        Ok(match place {
            Place::Sqlite(path) => Database::Sqlite(Sqlite::open(path, caches)?),
            Place::Postgres(address) => Database::Postgres(Box::new(Postgres::open(address).await?), caches),
        })
    }

    /// See [`Place::is_shared`].
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, Database::Postgres(..))
    }

    /// Writes `effects` together, or none of them, and returns when they are safe.
    ///
    /// # Errors
    /// They are not known to be. Nothing is half done.
    pub async fn commit(&self, effects: Vec<Effect>, attempt: Attempt) -> Result<Outcome, StoreError> {
        match self {
            Database::Sqlite(sqlite) => sqlite.commit(effects, attempt).await,
            Database::Postgres(postgres, caches) => {
                let outcome = postgres.commit(&effects, attempt).await?;
                if outcome == Outcome::Committed {
                    effects.into_iter().for_each(|effect| caches.apply(effect));
                }
                Ok(outcome)
            }
        }
    }

    /// Runs one statement outside of any decision; returns how many rows it touched.
    ///
    /// # Errors
    /// As [`Database::commit`].
    pub async fn execute(&self, statement: &'static Statement, values: Vec<Value>) -> Result<usize, StoreError> {
        match self {
            Database::Sqlite(sqlite) => sqlite.execute(statement, values).await,
            Database::Postgres(postgres, _) => postgres.execute(statement, &values).await,
        }
    }

    /// The rows a statement finds.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn query(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        match self {
            Database::Sqlite(sqlite) => sqlite.query(statement, values).await,
            Database::Postgres(postgres, _) => postgres.query(statement, &values).await,
        }
    }

    /// The rows of a key, which are few and come in no order.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn look_up(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        match self {
            Database::Sqlite(sqlite) => sqlite.query(statement, values).await,
            Database::Postgres(postgres, _) => postgres.look_up(statement, &values).await,
        }
    }

    /// The time by the database's clock, which for an embedded one is this machine's.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        match self {
            Database::Sqlite(_) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Ok(Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
            }
            Database::Postgres(postgres, _) => postgres.now().await,
        }
    }

    /// What was written so far.
    #[must_use]
    pub fn report(&self) -> WriterReport {
        match self {
            Database::Sqlite(sqlite) => sqlite.report(),
            Database::Postgres(postgres, _) => postgres.report(),
        }
    }
}
