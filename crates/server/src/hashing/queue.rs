//! The jobs that wait for a hashing thread: few enough to be answered in good time.
//!
//! Cost is counted in blocks to fill, since a stored hash may want a multiple of the usual work;
//! time per block is learnt from the hashes just computed.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use argon2::password_hash::phc::Output;
use secrecy::SecretString;
use tokio::sync::oneshot;

use super::{Busy, recipe::Recipe};

/// A job that would start later than this is refused: its caller would give up before.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Before anything has been measured: a hash of 19 MiB and two passes takes 20 to 40 ms.
const FIRST_GUESS_PS_PER_BLOCK: u64 = 1_000_000;

/// The answer where no wait can be estimated.
pub(super) const LATER: Busy = Busy { retry_after: Duration::from_secs(1) };

/// One password to hash.
pub(super) struct Job {
    pub(super) password: SecretString,
    pub(super) recipe: Recipe,
    pub(super) reply: oneshot::Sender<Output>,
}

/// What a thread is to do next.
pub(super) enum Next {
    Job(Box<Job>),
    /// Nothing came for as long as the thread was willing to wait.
    Idle,
    Closed,
}

/// The queue, shared by callers and threads.
pub(super) struct Queue {
    line: Mutex<Line>,
    ready: Condvar,
    limit: usize,
    threads: u64,
}

/// Who waits and who is served, in order of arrival.
#[derive(Default)]
struct Line {
    jobs: VecDeque<Job>,
    /// Blocks of the jobs waiting and of those being computed.
    work_ahead: u64,
    pace: Pace,
    refused: u64,
    abandoned: u64,
    closed: bool,
}

impl Queue {
    /// At most `limit` jobs wait, for one of `threads` threads.
    pub(super) fn new(limit: usize, threads: usize) -> Self {
        Self { line: Mutex::default(), ready: Condvar::new(), limit, threads: threads.max(1) as u64 }
    }

    /// Puts a job in the line or refuses it.
    pub(super) fn submit(&self, job: Job) -> Result<(), Busy> {
        let mut line = self.lock();
        if line.closed {
            return Err(LATER);
        }
        if self.is_full(&line) {
            line.drop_abandoned();
        }
        if self.is_full(&line) {
            line.refused += 1;
            let seconds = self.expected_wait(&line).as_secs().clamp(1, 60);
            return Err(Busy { retry_after: Duration::from_secs(seconds) });
        }
        line.work_ahead = line.work_ahead.saturating_add(job.recipe.work());
        line.jobs.push_back(job);
        drop(line);
        self.ready.notify_one();
        Ok(())
    }

    /// Waits for a job that somebody still wants; for ever if there is no `patience`.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next {
        let mut line = self.lock();
        loop {
            if line.closed {
                return Next::Closed;
            }
            while let Some(job) = line.jobs.pop_front() {
                if !job.reply.is_closed() {
                    return Next::Job(Box::new(job));
                }
                line.abandon(&job);
            }
            line = match patience {
                None => self.ready.wait(line).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let (line, waited) = self.ready.wait_timeout(line, patience).unwrap_or_else(PoisonError::into_inner);
                    if waited.timed_out() && line.jobs.is_empty() && !line.closed {
                        return Next::Idle;
                    }
                    line
                }
            };
        }
    }

    /// A job of so much work has ended; `took` is how long it computed, if it did.
    pub(super) fn finished(&self, work: u64, took: Option<Duration>) {
        let mut line = self.lock();
        line.work_ahead = line.work_ahead.saturating_sub(work);
        if let Some(took) = took {
            line.pace.learn(work, took);
        }
    }

    /// Refuses every job from now on and forgets those that wait.
    pub(super) fn close(&self) {
        let mut line = self.lock();
        line.closed = true;
        line.jobs.clear();
        drop(line);
        self.ready.notify_all();
    }

    pub(super) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Jobs refused and jobs abandoned by their callers so far.
    pub(super) fn counts(&self) -> (u64, u64) {
        let line = self.lock();
        (line.refused, line.abandoned)
    }

    fn is_full(&self, line: &Line) -> bool {
        line.jobs.len() >= self.limit || self.expected_wait(line) > LONGEST_WAIT
    }

    /// How long a job that comes now waits before it is started.
    fn expected_wait(&self, line: &Line) -> Duration {
        line.pace.time_for(line.work_ahead / self.threads)
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Makes room: whoever hung up keeps no place.
    fn drop_abandoned(&mut self) {
        for job in std::mem::take(&mut self.jobs) {
            if job.reply.is_closed() {
                self.abandon(&job);
            } else {
                self.jobs.push_back(job);
            }
        }
    }

    fn abandon(&mut self, job: &Job) {
        self.abandoned += 1;
        self.work_ahead = self.work_ahead.saturating_sub(job.recipe.work());
    }
}

/// Time per block: a moving average over the last few hashes, in picoseconds.
struct Pace(u64);

impl Default for Pace {
    fn default() -> Self {
        Self(FIRST_GUESS_PS_PER_BLOCK)
    }
}

impl Pace {
    fn learn(&mut self, work: u64, took: Duration) {
        let picoseconds = took.as_nanos().saturating_mul(1000) / u128::from(work.max(1));
        let sample = u64::try_from(picoseconds).unwrap_or(u64::MAX / 8);
        self.0 = (self.0 / 8).saturating_mul(7).saturating_add(sample / 8).max(1);
    }

    fn time_for(&self, work: u64) -> Duration {
        Duration::from_nanos(work.saturating_mul(self.0) / 1000)
    }
}
