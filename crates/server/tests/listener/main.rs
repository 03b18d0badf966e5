//! The listener on real sockets of 127.0.0.1: what well-behaved clients get, and what the others do not.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::string_slice, reason = "a test may stop at the first surprise")]

mod addresses;
mod answers;
mod drain;
mod http2;
mod server;
mod sizes;
mod slow_clients;
mod smuggling;
mod tls;
