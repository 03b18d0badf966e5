//! Look-ups that wait at the same time, asked together.
//!
//! 1. One that finds one of the [`LANES`] free is asked by itself ([`gathering`](super::gathering)).
//! 2. Of those that had to wait, each statement is asked once, for all their values: the database reads and plans it once. It begins after
//!    the last of them came, so each is told what holds now.
//! 3. If that fails or takes too long, each tries alone.

use std::{ptr, time::Duration};

use futures_util::future::try_join_all;
use tokio::sync::oneshot;
use tokio_postgres::Error;

use super::{
    connection::Connection,
    connections::Connections,
    encoding::{array, columns, sent},
    gathering::Gathering,
    work::{Query, Work},
};
use crate::{
    error::StoreError,
    statement::Statement,
    value::{Columns, Value},
};

/// How many sets of them are on their way at a time: more would only make them smaller.
const LANES: usize = 2;
/// How many look-ups are asked together at the most.
const MOST: usize = 128;

/// How long they are waited for together.
const WAIT: Duration = Duration::from_secs(2);
/// From how many on a statement that has a name is asked once for all: so long an array PostgreSQL expects when it makes a plan for good,
/// and it makes none for shorter ones.
const MANY: usize = 10;

/// The rows that were found, or why they cannot be read.
type Found = Result<Vec<Columns>, StoreError>;

struct Job {
    statement: &'static Statement,
    values: Vec<Value>,
    found: oneshot::Sender<Found>,
}

/// Where look-ups are handed in.
pub(super) struct LookUps(Gathering<Job>);

impl LookUps {
    /// Begins to ask what is handed in, over `connections`, until this is dropped.
    pub(super) fn over(connections: &Connections) -> Self {
        let connections = connections.clone();
        LookUps(Gathering::begin(LANES, MOST, move |jobs| ask_together(connections.clone(), jobs)))
    }

    /// Hands in a look-up; none if it has to be tried alone.
    pub(super) async fn ask(&self, statement: &'static Statement, values: &[Value]) -> Option<Found> {
        let (found, answer) = oneshot::channel();
        let is_asked = self.0.hand_in(Job { statement, values: values.to_vec(), found });
        if is_asked { answer.await.ok() } else { None }
    }
}

async fn ask_together(connections: Connections, mut jobs: Vec<Job>) {
    // Some have waited too long.
    jobs.retain(|job| !job.found.is_closed());
    if jobs.is_empty() {
        return;
    }
    jobs.sort_by_key(|job| ptr::from_ref(job.statement));
    // Whom nothing is sent tries alone.
    let Ok(found) = connections.without_retry(WAIT, &Together(&jobs)).await else { return };
    for (job, found) in jobs.into_iter().zip(found) {
        let _ = job.found.send(found);
    }
}

/// Jobs in the order of their statements.
struct Together<'j>(&'j [Job]);

impl Work for Together<'_> {
    type Answer = Vec<Found>;

    async fn run(&self, connection: &Connection) -> Result<Vec<Found>, Error> {
        let alike = self.0.chunk_by(|one, other| ptr::eq(one.statement, other.statement));
        let found = try_join_all(alike.map(|jobs| ask(connection, jobs))).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// Asks jobs of one statement.
async fn ask(connection: &Connection, jobs: &[Job]) -> Result<Vec<Found>, Error> {
    let Some(Job { statement, values, .. }) = jobs.first() else { return Ok(Vec::new()) };
    if jobs.len() < if connection.has_names() { MANY } else { 2 } {
        let alone: Vec<_> = jobs.iter().map(|job| Query(job.statement, &job.values)).collect();
        return try_join_all(alone.iter().map(|query| query.run(connection))).await;
    }
    let of_all = |place| jobs.iter().map(|job| job.values.get(place).unwrap_or(&Value::Null)).collect();
    let arrays: Vec<_> = (0..values.len()).map(|place| array(of_all(place))).collect();
    let rows = connection.query(statement.for_many(), &sent(&arrays)).await?;
    let mut found: Vec<Found> = jobs.iter().map(|_| Ok(Vec::new())).collect();
    for row in &rows {
        let place: i64 = row.try_get(0)?;
        let own = usize::try_from(place - 1).ok().and_then(|place| found.get_mut(place));
        match (own, columns(statement, row, 1)) {
            (Some(Ok(rows)), Ok(row)) => rows.push(row),
            (Some(own), Err(error)) => *own = Err(error),
            _ => {}
        }
    }
    Ok(found)
}
