//! The writer: one thread, one connection, everything that waits in one transaction.
//!
//! 1. It takes all jobs that are waiting, and begins a transaction.
//! 2. Each job's writes run in a savepoint; one whose precondition does not hold undoes that job alone.
//! 3. COMMIT returns when the batch is on disk. Only then are the caches brought up to date and the jobs answered,
//!    winners, conflicts and all.
//! 4. When an error ends the whole transaction, or COMMIT fails, nothing is known to be written: every job of the batch is
//!    answered so, and nothing more is written until the database was opened anew and its log is safely on disk.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use keyward_rules::effect::Effect;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info};

use super::{DatabaseFile, unavailable};
use crate::{
    caches::Caches,
    commit::{Write, write},
    error::StoreError,
    statement::Statement,
    store::Outcome,
    value::Value,
};

/// How many jobs may wait; more are turned away.
const QUEUE: usize = 8192;
/// How many jobs share one transaction at the most.
const BATCH: usize = 1024;
/// How long after a failed attempt to open the database anew the next one is made.
const REOPEN_PAUSE: Duration = Duration::from_millis(50);

/// What the writer has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterReport {
    /// Transactions committed.
    pub commits: u64,
    /// Jobs in them.
    pub jobs: u64,
    /// Batches that failed.
    pub failures: u64,
}

#[derive(Default)]
struct Counters {
    commits: AtomicU64,
    jobs: AtomicU64,
    failures: AtomicU64,
}

/// The way to the writer thread, which ends when this is dropped.
pub struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
    counters: Arc<Counters>,
}

struct Job {
    writes: Vec<Write>,
    /// For the caches; empty for statements outside of any decision.
    effects: Vec<Effect>,
    done: oneshot::Sender<Result<Written, StoreError>>,
}

/// What became of a job: whether its preconditions held, and how many rows it touched.
#[derive(Clone, Copy)]
struct Written {
    outcome: Outcome,
    rows: usize,
}

impl Writer {
    /// Starts the thread on `connection`.
    pub fn start(file: DatabaseFile, connection: Connection, caches: Arc<Caches>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let mut work = Work { file, connection: Some(connection), caches, counters: counters.clone() };
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || work.run(waiting))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread), counters })
    }

    /// Queues `effects` as one job and waits for its end.
    pub async fn commit(&self, effects: Vec<Effect>) -> Result<Outcome, StoreError> {
        let writes = effects.iter().map(write).collect();
        Ok(self.queue(writes, effects).await?.outcome)
    }

    /// Queues one statement and waits for its end.
    pub async fn execute(&self, statement: &'static Statement, values: Vec<Value>) -> Result<usize, StoreError> {
        let writes = vec![Write { statement, values, must_hold: false }];
        Ok(self.queue(writes, Vec::new()).await?.rows)
    }

    async fn queue(&self, writes: Vec<Write>, effects: Vec<Effect>) -> Result<Written, StoreError> {
        let (done, end) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(StoreError::Overloaded)?;
        jobs.try_send(Job { writes, effects, done }).map_err(|_| StoreError::Overloaded)?;
        end.await.map_err(|_| StoreError::Unavailable("the writer has stopped".to_owned()))?
    }

    pub fn report(&self) -> WriterReport {
        WriterReport {
            commits: self.counters.commits.load(Ordering::Relaxed),
            jobs: self.counters.jobs.load(Ordering::Relaxed),
            failures: self.counters.failures.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    file: DatabaseFile,
    /// None after a failure, until the database was opened anew.
    connection: Option<Connection>,
    caches: Arc<Caches>,
    counters: Arc<Counters>,
}

impl Work {
    fn run(&mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(BATCH);
        while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
            let results = self.attempt(&batch);
            self.answer(&mut batch, results);
        }
        if let Some(connection) = self.connection.take() {
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    /// Runs a batch to its end; an error stands for all of it.
    fn attempt(&mut self, batch: &[Job]) -> Result<Vec<Result<Written, StoreError>>, StoreError> {
        self.file.is_in_place()?;
        if self.connection.is_none() {
            self.reopen()?;
        }
        let Some(connection) = &mut self.connection else { return Err(StoreError::Overloaded) };
        let done = transact(connection, batch);
        if done.is_err() && !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
            self.connection = None;
        }
        done.map_err(|failure| {
            if failure.on_commit {
                self.connection = None;
            }
            failure.error
        })
    }

    fn answer(&self, batch: &mut Vec<Job>, results: Result<Vec<Result<Written, StoreError>>, StoreError>) {
        match results {
            Ok(results) => {
                self.counters.commits.fetch_add(1, Ordering::Relaxed);
                self.counters.jobs.fetch_add(u64::try_from(batch.len()).unwrap_or(0), Ordering::Relaxed);
                for (job, result) in batch.drain(..).zip(results) {
                    if let Ok(Written { outcome: Outcome::Committed, .. }) = result {
                        job.effects.iter().for_each(|effect| self.caches.apply(effect));
                    }
                    let _ = job.done.send(result);
                }
            }
            Err(failure) => {
                self.counters.failures.fetch_add(1, Ordering::Relaxed);
                error!(jobs = batch.len(), %failure, "writing failed; nothing of this batch is acknowledged");
                for job in batch.drain(..) {
                    let _ = job.done.send(Err(failure.clone()));
                }
            }
        }
    }

    /// Opens the database anew. The log must get safely to disk before anything more is written: what a failed COMMIT
    /// left behind is then either in the database or cut off.
    fn reopen(&mut self) -> Result<(), StoreError> {
        let attempt = || -> Result<Connection, StoreError> {
            let connection = self.file.connect()?;
            let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            checkpoint.map_err(|error| unavailable(&error))?;
            Ok(connection)
        };
        let opened = attempt().inspect_err(|_| thread::sleep(REOPEN_PAUSE))?;
        self.caches.clear();
        self.connection = Some(opened);
        info!("the database was opened anew after a failure");
        Ok(())
    }
}

/// Why a batch failed, and whether that was at its end, where nobody can tell what is on disk.
struct Failure {
    error: StoreError,
    on_commit: bool,
}

impl Failure {
    fn before_commit(error: &rusqlite::Error) -> Self {
        Failure { error: unavailable(error), on_commit: false }
    }
}

fn transact(connection: &Connection, batch: &[Job]) -> Result<Vec<Result<Written, StoreError>>, Failure> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]).map(drop);
    run("BEGIN IMMEDIATE").map_err(|error| Failure::before_commit(&error))?;
    let mut results = Vec::with_capacity(batch.len());
    for job in batch {
        let result = if let [only] = &*job.writes { execute(connection, only) } else { in_savepoint(connection, &job.writes) };
        if let Err(error) = &result
            && connection.is_autocommit()
        {
            return Err(Failure::before_commit(error));
        }
        results.push(result.map_err(|error| unavailable(&error)));
    }
    run("COMMIT").map_err(|error| Failure { error: unavailable(&error), on_commit: true })?;
    Ok(results)
}

/// Several writes hold together or not at all.
fn in_savepoint(connection: &Connection, writes: &[Write]) -> rusqlite::Result<Written> {
    connection.execute_batch("SAVEPOINT decision")?;
    let mut together = Written { outcome: Outcome::Committed, rows: 0 };
    let mut failed = None;
    for write in writes {
        match execute(connection, write) {
            Ok(Written { outcome: Outcome::Committed, rows }) => together.rows += rows,
            Ok(Written { outcome: Outcome::Conflict, .. }) => together.outcome = Outcome::Conflict,
            Err(error) => failed = Some(error),
        }
        if failed.is_some() || together.outcome == Outcome::Conflict {
            break;
        }
    }
    if connection.is_autocommit() {
        return Err(failed.unwrap_or(rusqlite::Error::InvalidQuery));
    }
    if failed.is_some() || together.outcome == Outcome::Conflict {
        connection.execute_batch("ROLLBACK TO decision")?;
    }
    connection.execute_batch("RELEASE decision")?;
    failed.map_or(Ok(together), Err)
}

/// One write is a unit by itself.
fn execute(connection: &Connection, write: &Write) -> rusqlite::Result<Written> {
    let mut prepared = connection.prepare_cached(write.statement.sqlite())?;
    let rows = prepared.execute(rusqlite::params_from_iter(&write.values))?;
    let holds = !write.must_hold || rows == 1;
    Ok(Written { outcome: if holds { Outcome::Committed } else { Outcome::Conflict }, rows })
}
