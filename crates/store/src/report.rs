//! What a database has committed so far, counted by who hands it the work.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What has been written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterReport {
    /// Transactions committed.
    pub commits: u64,
    /// Jobs in them.
    pub jobs: u64,
    /// Transactions that failed.
    pub failures: u64,
}

/// Counts.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    commits: AtomicU64,
    jobs: AtomicU64,
    failures: AtomicU64,
}

impl Counters {
    /// A transaction with so many jobs was committed.
    pub(crate) fn committed(&self, jobs: usize) {
        self.commits.fetch_add(1, Relaxed);
        self.jobs.fetch_add(u64::try_from(jobs).unwrap_or(0), Relaxed);
    }

    /// One failed.
    pub(crate) fn failed(&self) {
        self.failures.fetch_add(1, Relaxed);
    }

    /// All of it.
    pub(crate) fn report(&self) -> WriterReport {
        WriterReport { commits: self.commits.load(Relaxed), jobs: self.jobs.load(Relaxed), failures: self.failures.load(Relaxed) }
    }
}
