//! The writer: one thread, one connection, everything that waits in one transaction.
//!
//! 1. It takes all jobs that are waiting, and those that are likely to come at once, and begins a transaction.
//! 2. Several writes of one job run in a savepoint; one whose precondition does not hold undoes that job alone.
//! 3. COMMIT returns when the batch is on disk. Only then are the caches brought up to date and the jobs answered,
//!    winners, conflicts and all.
//! 4. An error, other than a precondition that does not hold, is the database's and not the job's: every job of the batch is
//!    answered so. Nobody can tell what of it is on disk, and nothing more is written until the database was opened anew
//!    and its log is safely there.

use std::{
    ptr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use keyward_rules::effect::Effect;
use rusqlite::{CachedStatement, Connection, ErrorCode};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use tracing::{error, info};

use super::{DatabaseFile, unavailable};
use crate::{
    caches::Caches,
    commit::{Attempt, Write, writes},
    error::StoreError,
    report::{Counters, WriterReport},
    statement::Statement,
    store::Outcome,
    value::Value,
};

/// How many jobs may wait; more are turned away.
const QUEUE: usize = 8192;
/// How many jobs share one transaction at the most.
const BATCH: usize = 1024;
/// How long a batch waits for jobs that are likely to come: well below what an `fsync` takes.
const GATHERING: Duration = Duration::from_micros(500);
/// How long between two looks whether they have come.
const LOOK_AGAIN: Duration = Duration::from_micros(20);
/// How long after a failed attempt to open the database anew the next one is made.
const REOPEN_PAUSE: Duration = Duration::from_millis(50);

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

/// The answers to a batch, which dropping this gives. That is left to the runtime: to wake a task takes a system call from the
/// writer's thread and none from there. Wherever they end up when there is no runtime any more, they are given.
struct Answers(Vec<(Job, Written)>);

impl Drop for Answers {
    fn drop(&mut self) {
        for (job, written) in self.0.drain(..) {
            let _ = job.done.send(Ok(written));
        }
    }
}

impl Writer {
    /// Starts the thread on `connection`.
    pub fn start(file: DatabaseFile, connection: Connection, caches: Arc<Caches>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let runtime = Handle::try_current().ok();
        let mut work = Work { file, connection: Some(connection), caches, counters: counters.clone(), runtime };
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || work.run(waiting))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread), counters })
    }

    /// Queues `effects` as one job and waits for its end.
    pub async fn commit(&self, effects: Vec<Effect>, attempt: Attempt) -> Result<Outcome, StoreError> {
        Ok(self.queue(writes(&effects, attempt), effects).await?.outcome)
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
        self.counters.report()
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
    runtime: Option<Handle>,
}

impl Work {
    fn run(&mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut last = 1;
        while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
            gather(&mut waiting, &mut batch, last);
            last = batch.len();
            let results = self.attempt(&batch);
            self.answer(&mut batch, results);
        }
        if let Some(connection) = self.connection.take() {
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    /// Runs a batch to its end; an error stands for all of it.
    fn attempt(&mut self, batch: &[Job]) -> Result<Vec<Written>, StoreError> {
        self.file.is_in_place()?;
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.reopen()?,
        };
        let done = transact(&connection, batch);
        let locked_by_others = |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        if connection.is_autocommit() && done.as_ref().err().is_none_or(locked_by_others) {
            self.connection = Some(connection);
        }
        done.map_err(|error| unavailable(&error))
    }

    fn answer(&self, batch: &mut Vec<Job>, results: Result<Vec<Written>, StoreError>) {
        match results {
            Ok(results) => {
                self.counters.committed(batch.len());
                for (job, written) in batch.iter_mut().zip(&results) {
                    if written.outcome == Outcome::Committed {
                        job.effects.drain(..).for_each(|effect| self.caches.apply(effect));
                    }
                }
                let answers = Answers(batch.drain(..).zip(results).collect());
                if let Some(runtime) = &self.runtime {
                    runtime.spawn(async move { drop(answers) });
                }
            }
            Err(failure) => {
                self.counters.failed();
                error!(jobs = batch.len(), %failure, "writing failed; nothing of this batch is acknowledged");
                for job in batch.drain(..) {
                    let _ = job.done.send(Err(failure.clone()));
                }
            }
        }
    }

    /// Opens the database anew. The log must get safely to disk before anything more is written: what a failed COMMIT
    /// left behind is then either in the database or cut off.
    fn reopen(&self) -> Result<Connection, StoreError> {
        let attempt = || -> Result<Connection, StoreError> {
            let connection = self.file.connect()?;
            let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            checkpoint.map_err(|error| unavailable(&error))?;
            Ok(connection)
        };
        let opened = attempt().inspect_err(|_| thread::sleep(REOPEN_PAUSE))?;
        self.caches.clear();
        info!("the database was opened anew after a failure");
        Ok(opened)
    }
}

/// Waits a moment until as many jobs are there as the last batch had: whoever was answered with it is likely to be back
/// soon, and then shares this `fsync` instead of waiting for the next. Alone, nobody waits.
fn gather(waiting: &mut mpsc::Receiver<Job>, batch: &mut Vec<Job>, last: usize) {
    let end = Instant::now() + GATHERING;
    while batch.len() < last && Instant::now() < end {
        match waiting.try_recv() {
            Ok(job) => batch.push(job),
            Err(mpsc::error::TryRecvError::Empty) => thread::sleep(LOOK_AGAIN),
            Err(mpsc::error::TryRecvError::Disconnected) => return,
        }
    }
}

fn transact(connection: &Connection, batch: &[Job]) -> rusqlite::Result<Vec<Written>> {
    run(connection, "BEGIN IMMEDIATE")?;
    let mut prepared = Prepared { connection, last: None };
    let mut results = Vec::with_capacity(batch.len());
    for job in batch {
        results.push(if let [only] = &*job.writes { prepared.execute(only)? } else { prepared.together(&job.writes)? });
    }
    run(connection, "COMMIT")?;
    Ok(results)
}

/// Runs writes; the statement of one is often that of the next.
struct Prepared<'c> {
    connection: &'c Connection,
    last: Option<(&'static Statement, CachedStatement<'c>)>,
}

impl Prepared<'_> {
    /// Several writes hold together or not at all.
    fn together(&mut self, writes: &[Write]) -> rusqlite::Result<Written> {
        run(self.connection, "SAVEPOINT decision")?;
        let mut all = Written { outcome: Outcome::Committed, rows: 0 };
        for write in writes {
            let one = self.execute(write)?;
            if one.outcome == Outcome::Conflict {
                run(self.connection, "ROLLBACK TO decision")?;
                all = one;
                break;
            }
            all.rows += one.rows;
        }
        run(self.connection, "RELEASE decision")?;
        Ok(all)
    }

    /// One write is a unit by itself.
    fn execute(&mut self, write: &Write) -> rusqlite::Result<Written> {
        let (_, prepared) = match self.last.take() {
            Some(last) if ptr::eq(last.0, write.statement) => self.last.insert(last),
            _ => self.last.insert((write.statement, self.connection.prepare_cached(write.statement.sqlite())?)),
        };
        let rows = prepared.execute(rusqlite::params_from_iter(&write.values))?;
        let holds = !write.must_hold || rows == 1;
        Ok(Written { outcome: if holds { Outcome::Committed } else { Outcome::Conflict }, rows })
    }
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
