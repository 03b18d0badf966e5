//! The yardsticks: what the machine could do at most, measured in the same run on the same core.
//!
//! Each is a role of this same program, started as a process of its own: [`null`] is a server that only answers, [`disk`]
//! a loop that only writes, [`argon`] a loop that only hashes.

pub mod argon;
pub mod disk;
pub mod null;

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::machine::{Cores, Place};

/// Runs a role that measures itself for a while and prints its figures as one JSON line.
pub fn figures<T: DeserializeOwned>(cores: Cores, arguments: &[&str]) -> Result<T> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let output = cores.spawn(Place::Server, &mut command)?.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "the yardstick {arguments:?} ended with {}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("the yardstick {arguments:?} printed no figures"))
}

/// Prints the figures of a role for [`figures`].
fn print(figures: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(figures)?);
    Ok(())
}
