//! What a hashing thread does all day.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use secrecy::ExposeSecret;

use super::{
    Shared,
    memory::Memory,
    queue::{Job, Next},
};

/// How long memory is kept for the next password.
const IDLE: Duration = Duration::from_millis(500);

/// Takes jobs until the queue is closed. `usual` is the number of blocks of the current parameters.
pub(super) fn run(shared: &Shared, usual: usize) {
    lower_priority();
    let mut memory = Memory::default();
    loop {
        let patience = (memory.held() > 0).then_some(IDLE);
        match shared.queue.next(patience) {
            Next::Job(job) => serve(shared, *job, &mut memory),
            Next::Idle => memory.release(),
            Next::Closed => return,
        }
        // An imported hash may want far more than ours; that is not kept even under load.
        if memory.held() > usual {
            memory.release();
        }
    }
}

/// Computes one hash. The password is wiped when the job is dropped.
fn serve(shared: &Shared, job: Job, memory: &mut Memory) {
    let started = Instant::now();
    let output = memory.blocks_for(&job.recipe).and_then(|blocks| job.recipe.compute(job.password.expose_secret().as_bytes(), blocks));
    let took = output.is_some().then(|| started.elapsed());
    shared.queue.finished(job.recipe.work(), took);
    let Some(output) = output else {
        let kib = job.recipe.blocks();
        tracing::error!("the system gave no memory for a password hash, expected {kib} KiB");
        return;
    };
    shared.computed.fetch_add(1, Ordering::Relaxed);
    if job.reply.send(output).is_err() {
        tracing::debug!("a caller went away while its password was being hashed");
    }
}

/// Lets every other thread go first, so that logins in plenty do not delay the answers of those
/// who have a token already.
#[cfg(target_os = "linux")]
pub(super) fn lower_priority() {
    // On Linux this concerns the calling thread only.
    if let Err(error) = rustix::process::nice(10) {
        tracing::warn!(%error, "password hashing runs at the priority of everything else, expected a lower one");
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn lower_priority() {}
