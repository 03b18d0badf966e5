//! What waits at the same time, done together.
//!
//! 1. While one of the lanes is free, a job is done at once, by itself.
//! 2. When all are taken, jobs gather, and the next free lane does all that wait.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

/// How many jobs wait at the most.
const QUEUE: usize = 4096;

/// Where jobs are handed in.
pub(super) struct Gathering<J>(mpsc::Sender<J>);

impl<J: Send + 'static> Gathering<J> {
    /// Begins to do what is handed in, up to `most` jobs together in each of `lanes`, until this is dropped.
    pub(super) fn begin<D: Future<Output = ()> + Send + 'static>(
        lanes: usize,
        most: usize,
        together: impl Fn(Vec<J>) -> D + Send + 'static,
    ) -> Self {
        let (jobs, mut waiting) = mpsc::channel(QUEUE);
        let lanes = Arc::new(Semaphore::new(lanes));
        tokio::spawn(async move {
            while let Ok(lane) = lanes.clone().acquire_owned().await {
                let mut jobs = Vec::new();
                if waiting.recv_many(&mut jobs, most).await == 0 {
                    return;
                }
                let done = together(jobs);
                tokio::spawn(async move {
                    done.await;
                    drop(lane);
                });
            }
        });
        Gathering(jobs)
    }

    /// Hands in a job; returns whether it will be done. It is not if too many wait.
    pub(super) fn hand_in(&self, job: J) -> bool {
        self.0.try_send(job).is_ok()
    }
}
