//! Black-box tests: each starts the real program and speaks to it over HTTP and the command line.
//!
//! A test's path is the URL it tests: `POST /oauth/token` with a password is `oauth/token/password.rs`. What concerns
//! no single URL has a file here: `transcripts`, `answers` (every endpoint at once), `http` (malformed requests),
//! `operation` (starting, stopping, the command line), `nodes` (several servers on one database), `directory` (users kept elsewhere),
//! `in_browser` (pages in a real browser) and `clients` (clients that others wrote). Tests named `req_…` and `sec_…` carry the row of the
//! requirements or of the catalogue of attacks they prove; each refusal is tried with its positive twin first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test that meets the unexpected should stop there and say so"
)]

mod account;
mod answers;
mod api;
mod asking;
mod browser;
mod client;
mod clients;
mod command;
mod consent;
mod contention;
mod cross_site;
mod device;
mod directory;
mod fixture;
mod health;
mod home;
mod html;
mod http;
mod in_browser;
mod injection;
mod jose;
mod login;
mod logout;
mod nodes;
mod oauth;
mod operation;
mod pages;
mod person;
mod postgres;
mod real;
mod secure;
mod server;
mod session;
mod transcripts;
mod tv;
mod well_known;
