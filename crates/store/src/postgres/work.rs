//! What is done on a connection: each kind of work is a type, so that it can be done again on another connection.

use futures_util::future::{join, join_all};
use keyward_rules::model::time::Timestamp;
use tokio_postgres::Error;

use super::{
    connection::Connection,
    encoding::{columns, typed},
};
use crate::{
    commit::Write,
    error::StoreError,
    statement::Statement,
    store::Outcome,
    value::{Columns, Value},
};

/// Begins a transaction. The database ends it, and lets go of the rows it holds, if this node goes silent in the middle.
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 4000";

/// Something to do, once or several times until it is answered.
pub(super) trait Work: Sync {
    /// What the database answers.
    type Answer: Send;

    /// Does it.
    fn run(&self, connection: &Connection) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
}

/// Look at the clock.
pub(super) struct Clock;

impl Work for Clock {
    type Answer = Timestamp;

    async fn run(&self, connection: &Connection) -> Result<Timestamp, Error> {
        let clock = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        connection.query_one(clock).await?.try_get(0).map(Timestamp)
    }
}

/// Look how texts are kept.
pub(super) struct Encoding;

impl Work for Encoding {
    type Answer = String;

    async fn run(&self, connection: &Connection) -> Result<String, Error> {
        connection.query_one("SELECT CAST(getdatabaseencoding() AS TEXT)").await?.try_get(0)
    }
}

/// Find rows.
pub(super) struct Query<'v>(pub &'static Statement, pub &'v [Value]);

impl Work for Query<'_> {
    type Answer = Result<Vec<Columns>, StoreError>;

    async fn run(&self, connection: &Connection) -> Result<Self::Answer, Error> {
        let Query(statement, values) = self;
        let rows = connection.query(statement.postgres(), &typed(values)).await?;
        Ok(rows.iter().map(|row| columns(statement, row, 0)).collect())
    }
}

/// Run one statement outside of any decision; the answer is how many rows it touched.
pub(super) struct Execution<'v>(pub &'static Statement, pub &'v [Value]);

impl Work for Execution<'_> {
    type Answer = u64;

    async fn run(&self, connection: &Connection) -> Result<u64, Error> {
        let Execution(statement, values) = self;
        connection.execute(statement.postgres(), &typed(values)).await
    }
}

/// Write a decision: all of it, or nothing if a precondition does not hold. Several writes go out together.
pub(super) struct Decision(pub Vec<Write>);

impl Work for Decision {
    type Answer = Outcome;

    async fn run(&self, connection: &Connection) -> Result<Outcome, Error> {
        let Decision(writes) = self;
        if let [only] = &**writes {
            let rows = connection.execute(only.statement.postgres(), &typed(&only.values)).await?;
            return Ok(outcome(only, rows));
        }
        let done = begin_with(connection, writes.iter()).await;
        let outcome = done.as_ref().map_or(Outcome::Conflict, |rows| together(writes, rows));
        let end = if outcome == Outcome::Committed { "COMMIT" } else { "ROLLBACK" };
        connection.say(end).await?;
        done.map(|_| outcome)
    }
}

/// Begins a transaction with these writes; they go out together. Returns how many rows each touched.
pub(super) async fn begin_with(connection: &Connection, writes: impl Iterator<Item = &Write>) -> Result<Vec<u64>, Error> {
    // Before it begins: what is prepared only then would fall behind.
    let mut ready = Vec::new();
    for Write { statement, values, .. } in writes {
        let values = typed(values);
        ready.push((connection.ready(statement.postgres(), &values).await?, values));
    }
    let run = ready.iter().map(|(statement, values)| connection.execute_ready(statement, values));
    let (begun, run) = join(connection.say(BEGIN), join_all(run)).await;
    begun?;
    run.into_iter().collect()
}

fn together(writes: &[Write], rows: &[u64]) -> Outcome {
    let holds = writes.iter().zip(rows).all(|(write, rows)| outcome(write, *rows) == Outcome::Committed);
    if holds { Outcome::Committed } else { Outcome::Conflict }
}

pub(super) fn outcome(write: &Write, rows: u64) -> Outcome {
    if !write.must_hold || rows == 1 { Outcome::Committed } else { Outcome::Conflict }
}
