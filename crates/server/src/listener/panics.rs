//! A panic of a handler costs one answer, not a connection, and its message is never shown: it may hold a secret.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Where the last panic of this thread began, for the log line that knows the request.
    static LAST: Cell<Option<String>> = const { Cell::new(None) };
}

/// A handler panicked, and where as far as the hook is installed.
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

/// Calls `work`, or answers [`Panicked`] if it panics.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    // The payload may hold a secret: it is dropped unseen.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_payload| {
        let place = LAST.take().unwrap_or_else(|| "unknown".to_owned());
        Panicked { place }
    })
}
