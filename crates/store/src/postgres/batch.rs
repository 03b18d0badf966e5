//! Decisions of one write that wait at the same time, committed together.
//!
//! 1. A decision that finds one of the [`LANES`] free is written by itself: one round trip ([`gathering`](super::gathering)).
//! 2. Those that had to wait are written in one transaction, which goes out together. A precondition that does not hold touches no row,
//!    and is no reason to undo the others.
//! 3. Rows are written in the order of their keys, so that two transactions do not wait for each other. Whatever else goes wrong is not
//!    any one decision's fault: each is told to try alone.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_postgres::Error;

use super::{
    connection::Connection,
    connections::{Connections, PATIENCE},
    gathering::Gathering,
    work::{Decision, Work, begin_with, outcome},
};
use crate::{commit::Write, report::Counters, store::Outcome, value::Value};

/// How many batches are written at a time.
const LANES: usize = 4;
/// How many decisions share a transaction at the most.
const MOST: usize = 128;

/// What became of a decision in a batch.
pub(super) enum Batched {
    /// The database has said.
    Written(Outcome),
    /// It has to be tried alone.
    TryAlone {
        /// Whether it may have been written all the same.
        is_in_doubt: bool,
    },
}

struct Job {
    decision: Arc<Decision>,
    done: oneshot::Sender<Batched>,
}

/// Where decisions of one write are handed in.
pub(super) struct Batches(Gathering<Job>);

impl Batches {
    /// Begins to write what is handed in, over `connections`, until this is dropped.
    pub(super) fn over(connections: &Connections, counters: &Arc<Counters>) -> Self {
        let (connections, counters) = (connections.clone(), counters.clone());
        Batches(Gathering::begin(LANES, MOST, move |jobs| write_together(connections.clone(), jobs, counters.clone())))
    }

    /// Hands in a decision of one write.
    pub(super) async fn write(&self, decision: &Arc<Decision>) -> Batched {
        let (done, end) = oneshot::channel();
        if !self.0.hand_in(Job { decision: decision.clone(), done }) {
            return Batched::TryAlone { is_in_doubt: false };
        }
        end.await.unwrap_or(Batched::TryAlone { is_in_doubt: true })
    }
}

async fn write_together(connections: Connections, mut jobs: Vec<Job>, counters: Arc<Counters>) {
    jobs.sort_by(|one, other| key(one).cmp(&key(other)));
    let batch = Batch(jobs.iter().map(|job| job.decision.clone()).collect());
    let written = connections.without_retry(PATIENCE, &batch).await;
    if written.is_ok() {
        counters.committed(jobs.len());
    }
    for (place, job) in jobs.into_iter().enumerate() {
        let what = match &written {
            Ok(outcomes) => outcomes.get(place).map_or(Batched::TryAlone { is_in_doubt: true }, |known| Batched::Written(*known)),
            Err(is_in_doubt) => Batched::TryAlone { is_in_doubt: *is_in_doubt },
        };
        let _ = job.done.send(what);
    }
}

/// By what rows are put in order: the table and the key of the row, which is `$1` of the write, or begins there.
fn key(job: &Job) -> Option<(&'static str, &[u8])> {
    let Write { statement, values, .. } = job.decision.0.first()?;
    let key = match values.first() {
        Some(Value::Bytes(bytes)) => bytes.as_slice(),
        Some(Value::Text(text)) => text.as_bytes(),
        _ => &[],
    };
    Some((statement.table, key))
}

/// Decisions of one write each.
struct Batch(Vec<Arc<Decision>>);

impl Work for Batch {
    type Answer = Vec<Outcome>;

    async fn run(&self, connection: &Connection) -> Result<Vec<Outcome>, Error> {
        if let [only] = &*self.0 {
            return Ok(vec![only.run(connection).await?]);
        }
        let writes: Vec<&Write> = self.0.iter().filter_map(|decision| decision.0.first()).collect();
        let done = begin_with(connection, writes.iter().copied()).await;
        connection.say(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        Ok(writes.iter().zip(done?).map(|(write, rows)| outcome(write, rows)).collect())
    }
}
