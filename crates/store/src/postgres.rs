//! PostgreSQL, and databases that speak its protocol: one store for several nodes.
//!
//! 1. [`Postgres::open`] connects and brings the schema up to date ([`schema`]).
//! 2. [`Postgres::query`] reads in one round trip, and [`Postgres::look_up`] shares it with others who wait ([`look_up`]). Nothing is kept
//!    in memory: what one node ends is over on all of them at once.
//! 3. [`Postgres::commit`] writes: one statement is a transaction by itself, or shares one with others that wait ([`batch`]); several run in
//!    one, and a precondition that does not hold undoes them all.
//! 4. A database that does not answer is tried again for a while ([`connections`]). If a connection was lost before the database said
//!    what became of a write, the same write is tried again: if it was done already, its precondition does not hold any more, and the
//!    mark of the attempt in the row ([`Attempt`]) tells its own doing from somebody else's.
//!
//! Statements have no name on the wire, so that a pooler in front may hand each transaction to another connection; unless the address
//! says that there is none, and nothing speaks against it.

mod address;
mod batch;
mod connection;
mod connections;
mod encoding;
mod gathering;
mod look_up;
mod schema;
mod work;

use std::sync::Arc;

use keyward_rules::{effect::Effect, model::time::Timestamp};
use tokio::time::{Instant, timeout_at};

use crate::{
    commit::{Attempt, marked, writes},
    error::{OpenError, StoreError},
    report::{Counters, WriterReport},
    statement::{self, Statement},
    store::Outcome,
    value::{Columns, Value},
};
use batch::{Batched, Batches};
use connections::{Connections, Done, PATIENCE};
use look_up::LookUps;
use work::{Clock, Decision, Encoding, Execution, Query};

pub use address::{Address, IllegalAddress};
pub(crate) use connections::described;
#[cfg(test)]
pub(crate) use encoding::array;
pub(crate) use encoding::{sent, typed};

/// Why statements cannot have names.
const SHARED: &str = "store.url says statements=named, but a pooler gives its connections to several askers in turn: leave statements=named \
    out, or let the pooler keep a connection for each (PgBouncer: pool_mode = session)";

/// How to make one that has.
const ENCODED: &str = "make another one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name that in store.url";

/// A database that is open.
pub struct Postgres {
    connections: Connections,
    batches: Batches,
    look_ups: LookUps,
    counters: Arc<Counters>,
}

impl Postgres {
    /// Opens the database and takes the steps of the schema that are missing.
    ///
    /// # Errors
    /// It cannot be reached, refuses the user, or is of a newer version.
    pub async fn open(address: &Address) -> Result<Self, OpenError> {
        let unreachable = |cause: String| OpenError::Unreachable { database: address.to_string(), cause };
        let connections = Connections::to(address).map_err(unreachable)?;
        let counters = Arc::new(Counters::default());
        let (batches, look_ups) = (Batches::over(&connections, &counters), LookUps::over(&connections));
        let own = Postgres { connections, batches, look_ups, counters };
        let cause = |error| match error {
            StoreError::Unavailable(cause) => unreachable(cause),
            other => OpenError::Store(other),
        };
        // It may be starting as well.
        own.now().await.map_err(cause)?;
        let encoding = own.connections.with_retries(&Encoding).await.map_err(cause)?.answer;
        if encoding != "UTF8" {
            return Err(unreachable(format!("its encoding is {encoding}, which has no room for everybody's name; {ENCODED}")));
        }
        if address.has_names() && own.connections.are_shared().await.map_err(cause)? {
            return Err(unreachable(SHARED.to_owned()));
        }
        let mut connection = own.connections.connection().await.map_err(cause)?;
        schema::bring_up_to_date(&mut connection, address).await?;
        Ok(own)
    }

    /// A connection for work of its own kind, which is not tried again.
    pub(crate) async fn connection(&self) -> Result<deadpool_postgres::Object, StoreError> {
        self.connections.connection().await
    }

    /// Writes `effects` together, or none of them, and returns when the database has committed them.
    ///
    /// # Errors
    /// They are not known to be committed. Nothing is half done.
    pub async fn commit(&self, effects: &[Effect], attempt: Attempt) -> Result<Outcome, StoreError> {
        let decision = Arc::new(Decision(writes(effects, attempt)));
        let was_in_doubt = match &*decision.0 {
            [_] => match self.batches.write(&decision).await {
                Batched::Written(outcome) => return Ok(outcome),
                Batched::TryAlone { is_in_doubt } => is_in_doubt,
            },
            _ => false,
        };
        // On its own, so that no connection is left in the middle of a transaction when the asker goes away.
        let connections = self.connections.clone();
        let work = tokio::spawn(async move { connections.with_retries(&*decision).await });
        let done = work.await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let Done { answer, is_in_doubt } = done.inspect_err(|_| self.counters.failed())?;
        self.counters.committed(1);
        match answer {
            // What is in the way may be what an earlier try has written.
            Outcome::Conflict if is_in_doubt || was_in_doubt => self.what_became_of(effects, attempt).await,
            known => Ok(known),
        }
    }

    /// What it was handed and has committed so far.
    #[must_use]
    pub fn report(&self) -> WriterReport {
        self.counters.report()
    }

    /// Looks whether an attempt, of which nothing was heard and that cannot be made again, was committed.
    async fn what_became_of(&self, effects: &[Effect], Attempt(attempt): Attempt) -> Result<Outcome, StoreError> {
        let unknown = || StoreError::Unavailable("the connection was lost before the database said what became of a write".to_owned());
        let id = marked(effects).ok_or_else(unknown)?;
        let found = self.query(&statement::WRITTEN_BY, &[id.0.as_slice().into(), attempt.into()]).await?;
        Ok(if found.is_empty() { Outcome::Conflict } else { Outcome::Committed })
    }

    /// Runs one statement outside of any decision; returns how many rows it touched. It may run twice.
    ///
    /// # Errors
    /// As [`Postgres::commit`].
    pub async fn execute(&self, statement: &'static Statement, values: &[Value]) -> Result<usize, StoreError> {
        let rows = self.connections.with_retries(&Execution(statement, values)).await?.answer;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    /// The rows a statement finds.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn query(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Columns>, StoreError> {
        self.connections.with_retries(&Query(statement, values)).await?.answer
    }

    /// The rows of a key, which are few and come in no order. Look-ups that wait at the same time are asked together.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn look_up(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Columns>, StoreError> {
        let deadline = Instant::now() + PATIENCE;
        match timeout_at(deadline, self.look_ups.ask(statement, values)).await {
            Ok(Some(found)) => found,
            Ok(None) => self.connections.with_retries_until(deadline, &Query(statement, values)).await?.answer,
            Err(_) => Err(connections::late()),
        }
    }

    /// The time by the database's clock.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.connections.with_retries(&Clock).await?.answer)
    }
}
