//! Decisions of one write that wait at the same time, committed together.
//!
//! 1. While there is a free [`LANES`], a decision is written at once, by itself: one round trip.
//! 2. When all are taken, decisions gather, and the next free one writes all that wait in one transaction, which goes out together. A
//!    precondition that does not hold touches no row, and is no reason to undo the others.
//! 3. Rows are written in the order of their keys, so that two transactions do not wait for each other. Whatever else goes wrong is not
//!    any one decision's fault: each is told to try alone.

use std::sync::Arc;

use deadpool_postgres::Object;
use futures_util::future::{join, join_all};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_postgres::Error;

use super::{
    connections::Connections,
    encoding::typed,
    work::{BEGIN, Decision, Work, outcome},
};
use crate::{commit::Write, store::Outcome, value::Value};

/// How many batches are written at a time.
const LANES: usize = 4;
/// How many decisions share a transaction at the most.
const MOST: usize = 128;
/// How many decisions wait at the most; further ones go alone.
const QUEUE: usize = 4096;

/// What became of a decision in a batch.
pub(super) enum Batched {
    /// The database has said.
    Written(Outcome),
    /// It has to be tried alone; it may have been written already.
    TryAlone {
        /// Whether that is so.
        is_in_doubt: bool,
    },
}

struct Job {
    decision: Arc<Decision>,
    done: oneshot::Sender<Batched>,
}

/// The way into a batch.
pub(super) struct Batches(mpsc::Sender<Job>);

impl Batches {
    /// Begins to write what is handed in, over `connections`, until this is dropped.
    pub(super) fn over(connections: Connections) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(connections, waiting));
        Batches(jobs)
    }

    /// Hands in a decision of one write.
    pub(super) async fn write(&self, decision: &Arc<Decision>) -> Batched {
        let (done, end) = oneshot::channel();
        let handed_in = self.0.try_send(Job { decision: decision.clone(), done });
        if handed_in.is_err() {
            return Batched::TryAlone { is_in_doubt: false };
        }
        end.await.unwrap_or(Batched::TryAlone { is_in_doubt: true })
    }
}

async fn write_all(connections: Connections, mut waiting: mpsc::Receiver<Job>) {
    let lanes = Arc::new(Semaphore::new(LANES));
    while let Ok(lane) = lanes.clone().acquire_owned().await {
        let mut jobs = Vec::with_capacity(MOST);
        if waiting.recv_many(&mut jobs, MOST).await == 0 {
            return;
        }
        let connections = connections.clone();
        tokio::spawn(async move {
            write_together(&connections, jobs).await;
            drop(lane);
        });
    }
}

async fn write_together(connections: &Connections, mut jobs: Vec<Job>) {
    jobs.sort_by(|one, other| key(one).cmp(&key(other)));
    let batch = Batch(jobs.iter().map(|job| job.decision.clone()).collect());
    let written = connections.at_once(&batch).await;
    for (place, job) in jobs.into_iter().enumerate() {
        let what = match &written {
            Ok(outcomes) => outcomes.get(place).map_or(Batched::TryAlone { is_in_doubt: true }, |known| Batched::Written(*known)),
            Err(is_in_doubt) => Batched::TryAlone { is_in_doubt: *is_in_doubt },
        };
        let _ = job.done.send(what);
    }
}

/// By what rows are put in order: the table and the key, which is every statement's first value.
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

    async fn run(&self, connection: &Object) -> Result<Vec<Outcome>, Error> {
        if let [only] = &*self.0 {
            return Ok(vec![only.run(connection).await?]);
        }
        let writes: Vec<&Write> = self.0.iter().filter_map(|decision| decision.0.first()).collect();
        let parameters: Vec<_> = writes.iter().map(|write| typed(&write.values)).collect();
        let run = writes.iter().zip(&parameters).map(|(write, values)| connection.execute_typed(write.statement.postgres(), values));
        let (begun, run) = join(connection.batch_execute(BEGIN), join_all(run)).await;
        let done = begun.and_then(|()| run.into_iter().collect::<Result<Vec<u64>, Error>>());
        connection.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        Ok(writes.iter().zip(done?).map(|(write, rows)| outcome(write, rows)).collect())
    }
}
