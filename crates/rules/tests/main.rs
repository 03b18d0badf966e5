//! The rules without a server: tables of every branch, and properties over arbitrary requests and histories.
//!
//! 1. [`fixture`] has the parts: keys, clients, users, proofs.
//! 2. The modules mirror `src/`: one table per decision, each refusal with the step that makes it and with its positive twin.
//! 3. [`sequences`] runs arbitrary histories of several actors against a store in memory and checks what must hold in all of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking, and takes what is easiest to write at the call"
)]
#![allow(clippy::disallowed_methods, reason = "a test makes its own keys")]

mod account;
mod artefacts;
mod authorize;
mod check;
mod client_auth;
mod device;
mod directory;
mod fixture;
mod grant;
mod introspect;
mod key_ring;
mod mint;
mod model;
mod plugin;
mod privilege;
mod provision;
mod requested;
mod revoke;
mod self_registration;
mod sequences;
mod session;
mod user_auth;
