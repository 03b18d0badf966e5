//! `cargo xtask crash`: servers and their database killed under load, servers that race, a disk that breaks; and what was
//! acknowledged is checked.

use std::env;

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
    with(&options.handed_on.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The same with these arguments. It is built with everything else, so that what the tests have built is not built another way once more.
pub fn with(arguments: &[&str]) -> Result<()> {
    command::run(&mut cargo(&["build", "--quiet", "--workspace", "--bin", "keyward", "--bin", "keyward-crash"]))?;
    let program = env::current_exe()?.with_file_name("keyward-crash");
    command::run(command::command(&program.to_string_lossy(), &[]).args(arguments))
}
