//! The store as its users see it: what it writes, what it refuses, and what is left when the disk fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking, and its numbers are small"
)]

mod at_rest;
mod backup;
mod caches;
mod clean;
mod devices;
mod disk;
mod effects;
mod faults;
mod fixture;
mod keys;
mod migrate;
mod opening;
mod races;
mod rows;
