//! `cargo xtask bench`: builds the program and the measuring program as they are shipped, and measures.

use anyhow::Result;

use crate::command::{self, cargo};

/// Handed on as it is: `cargo xtask bench --help` is the measuring program's own help.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    handed_on: Vec<String>,
}

/// Builds both programs in release mode and measures.
pub fn run(options: &Options) -> Result<()> {
    command::run(&mut cargo(&["build", "--release", "--package", "keyward"]))?;
    let mut bench = cargo(&["run", "--release", "--quiet", "--package", "keyward-bench", "--"]);
    command::run(bench.args(&options.handed_on))
}
