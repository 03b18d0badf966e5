//! What is served.
//!
//! 1. [`listener`] takes connections, [`routes`] shows every path there is.
//! 2. [`oauth`] has one file per endpoint. Each reads its request with `keyward_wire`, gathers proofs
//!    ([`authenticate`]), and lets [`settle`] load facts, decide and commit.
//! 3. [`refused`] is the one way a refusal goes out and into the log.
//! 4. [`hashing`] hashes passwords, [`throttle`] knows who tries too often, [`app`] holds what all requests share.
//! 5. [`pages`] renders what people see.
//! 6. [`provision`] brings the store in line with the configuration; [`control`] does what commands ask.

pub mod account;
pub mod app;
pub mod authenticate;
pub mod browser;
pub mod client_secret;
pub mod control;
pub mod cors;
pub mod device;
pub mod hashing;
pub mod health;
pub mod json;
pub mod listener;
pub mod metrics;
pub mod oauth;
pub mod pages;
pub mod provision;
pub mod random;
pub mod refused;
pub mod request_id;
pub mod routes;
pub mod secure;
pub mod settle;
pub mod shutdown;
pub mod throttle;
