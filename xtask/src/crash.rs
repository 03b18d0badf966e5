//! `cargo xtask crash`: servers and their database killed under load, servers that race, a disk that breaks; and what was
//! acknowledged is checked.

use anyhow::Result;

use crate::command::{self, cargo};

/// Handed on as it is: `cargo xtask crash --help` is the help of the program that does it.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    handed_on: Vec<String>,
}

/// Runs `keyward-crash`.
pub fn run(options: &Options) -> Result<()> {
    command::run(cargo(&["run", "--quiet", "--package", "keyward-crash", "--"]).args(&options.handed_on))
}
