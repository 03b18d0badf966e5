//! Keyward: an OAuth 2.0 authorization server.
//!
//! This program only wires: a command line ([`commands`]), a configuration ([`config`]) and a demo ([`demo`]) around the
//! libraries under `crates/`.

mod ask;
mod commands;
mod config;
mod demo;
mod input;
mod listing;
mod logging;
mod open;
mod progress;
mod runtime;
mod store_argument;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match commands::CommandLine::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::remark(failure);
            ExitCode::FAILURE
        }
    }
}
