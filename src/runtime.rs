//! What commands wait on.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// A runtime on this thread alone.
///
/// # Errors
/// The system has nothing left for it.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
