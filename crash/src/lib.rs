#![cfg_attr(test, allow(clippy::indexing_slicing, reason = "a test that reads past its own journal shall fail loudly"))]
//! Kills servers and their database under load, lets them race, breaks a disk, and proves from a client's journal that nothing
//! acknowledged was lost.
//!
//! 1. [`scenario`] writes folders with configurations; [`launch`] starts the real program in one, [`fleet`] several on one
//!    [`database`].
//! 2. [`load`] sends mixed requests from several workers through [`caller`], which writes down each one in the [`journal`].
//! 3. [`kill`] kills servers and the database at random moments and restarts them; [`race`] presents the same code or token to all
//!    servers at once; [`fault`] lets a disk fail and heals it.
//! 4. [`probe`] asks about every token that could be in doubt: more lines in the same journal.
//! 5. [`checker`] reads the journal in order and keeps, for each authorization, session and user, every state it may be in. An
//!    answer that fits none of them is a violation.

pub mod book;
pub mod caller;
pub mod checker;
pub mod database;
pub mod fault;
pub mod fleet;
pub mod journal;
pub mod kill;
pub mod launch;
pub mod load;
pub mod probe;
pub mod race;
pub mod scenario;
pub mod summary;

/// What stops a run: a test tool only reports it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A result whose error stops the run.
pub type Result<T> = std::result::Result<T, Failure>;
