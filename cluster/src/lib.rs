#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should stop there and say so"
    )
)]
//! Starts what several nodes need, for tests, crash runs and measurements. Everything is a real program in a folder of its
//! own, on a loopback port of its own, and is ended by its process id when its value is dropped.
//!
//! 1. [`Postgres`] is the database; [`PgBouncer`] stands before it where connections are scarce.
//! 2. [`Link`] is the network between two of them, which can be cut and mended.
//! 3. [`Node`] is a started `keyward serve`.
//! 4. [`HaProxy`] spreads requests over nodes and takes out those that are not ready.

mod account;
mod haproxy;
mod link;
mod node;
mod pgbouncer;
mod port;
mod postgres;
mod process;

pub use haproxy::HaProxy;
pub use link::Link;
pub use node::{Node, NotReady};
pub use pgbouncer::PgBouncer;
pub use port::free_address;
pub use postgres::Postgres;
