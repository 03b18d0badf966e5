//! The project's own commands.
//!
//! - `cargo xtask test` passes every test, real parts included; it installs what it needs. `.ci/run` is this command.
//! - `cargo xtask fuzz` lets every parser meet hostile input for a while.
//! - `cargo xtask crash` kills servers and their database under load, lets servers race, or breaks a disk, as often as one likes.
//! - `cargo xtask guards` takes out what keeps the store right, and sees that `crash` notices.
//! - `cargo xtask bench` measures Keyward, its yardsticks and its peer side by side in one run.
//!
//! [`needs`] is the table of what a machine must have, [`mod@test`] the table of steps.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks on the terminal")]

mod bench;
mod command;
mod crash;
mod fuzz;
mod guards;
mod needs;
mod test;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
enum Task {
    /// Pass every test, real parts included; install what is missing
    Test(test::Options),
    /// Fuzz every parser for a while
    Fuzz(fuzz::Options),
    /// Kill servers and their database under load, let them race, or break a disk, and check that nothing acknowledged is lost
    Crash(crash::Options),
    /// Take out one guard of the store after the other, and see the crash test turn red
    Guards(guards::Options),
    /// Measure Keyward beside its yardsticks and its peer
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test(options) => test::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Crash(options) => crash::run(&options),
        Task::Guards(options) => guards::guards(&options),
        Task::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
