//! Stub.
pub mod directory;
pub mod throttle;
