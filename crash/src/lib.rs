#![cfg_attr(test, allow(clippy::indexing_slicing, reason = "a test that reads past its own journal shall fail loudly"))]
//! Kills the server under load and breaks its disk, then proves from a client's journal that nothing acknowledged was lost.
//!
//! 1. [`scenario`] writes a folder with a configuration; [`process`] starts the real program in it.
//! 2. [`load`] sends mixed requests from several workers through [`caller`], which writes down each one in the [`journal`].
//! 3. [`kill`] kills the server at random moments and restarts it; [`fault`] lets its disk fail and heals it.
//! 4. After each restart [`probe`] asks about every token that could be in doubt: more lines in the same journal.
//! 5. [`checker`] reads the journal in order and keeps, for each authorization, every state it may be in. An answer that fits
//!    none of them is a violation.

pub mod book;
pub mod caller;
pub mod checker;
pub mod fault;
pub mod journal;
pub mod kill;
pub mod load;
pub mod probe;
pub mod process;
pub mod scenario;
pub mod summary;

/// What stops a run: a test tool only reports it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A result whose error stops the run.
pub type Result<T> = std::result::Result<T, Failure>;
