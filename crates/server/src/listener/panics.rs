//! A panic of a handler costs one answer, not a connection, and its message is never shown: it may hold a secret.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

thread_local! {
    /// Where the last panic of this thread began, for the log line that knows the request.
    static LAST: Cell<Option<String>> = const { Cell::new(None) };
}

/// A future that panicked, and where as far as the hook is installed.
#[derive(Debug)]
pub(super) struct Panicked {
    pub(super) place: String,
}

/// Replaces the panic hook of the process by one that logs where a panic happened and not what it said.
///
/// Call it once, before anything is served. With `RUST_BACKTRACE=1` the trace is logged too.
pub fn log_panics_without_payload() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "unknown".to_owned(), |at| format!("{}:{}", at.file(), at.line()));
        let trace = Backtrace::capture();
        let trace = (trace.status() == BacktraceStatus::Captured).then(|| trace.to_string());
        tracing::error!(place, thread = std::thread::current().name(), trace, "a panic: this is a bug in the program");
        LAST.set(Some(place));
    }));
}

/// Awaits `future`, or answers [`Panicked`] if it panics. It is not polled again then.
pub(super) async fn catch<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(_payload) => {
            let place = LAST.take().unwrap_or_else(|| "unknown".to_owned());
            Poll::Ready(Err(Panicked { place }))
        }
    })
    .await
}
