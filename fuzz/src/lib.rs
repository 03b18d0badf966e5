//! Fuzz targets for everything that reads what a stranger sent.
//!
//! 1. A target is a test that calls `bolero::check!`, and every test of this crate is one. It fails on a panic, and on more:
//!    what is accepted reads back, has one spelling where it is a token, holds no NUL, and no refusal goes out with
//!    characters that RFC 6749 §5.2 does not allow.
//! 2. `pieces` puts texts together from what parsers look for, and changes valid ones; `keys` has the keys and the
//!    tokens that were made with them.
//! 3. `cargo test -p keyward-fuzz` tries random input for a second per target; for a minute each, optimised:
//!
//!    ```sh
//!    BOLERO_RANDOM_TEST_TIME_MS=60000 cargo test --release -p keyward-fuzz
//!    ```
//!
//!    A failure names its seed; `BOLERO_RANDOM_SEED=… cargo test -p keyward-fuzz <target>` tries it again.
//! 4. With coverage, by libFuzzer and on the stable toolchain (`cargo install cargo-bolero`):
//!
//!    ```sh
//!    cargo bolero test --package keyward-fuzz --engine libfuzzer --sanitizer NONE -T 60s form::what_is_accepted_is_what_another_reader_reads
//!    ```
//!
//!    An input that makes a target fail is written below `src/__fuzz__`; kept there, plain `cargo test` tries it first.

#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a target fails by panicking"
)]

mod access_token;
mod authorization_code;
mod authorization_request;
mod bearer;
mod client_metadata;
mod device;
mod form;
mod keys;
mod korap;
mod pieces;
mod presented;
mod redirect_uri;
mod refresh_token;
mod refusal;
mod session;
mod ticket;
mod token_request;
mod words;
