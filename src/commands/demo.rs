//! `keyward demo`.
//!
//! 1. The demo set-up is written to the folder, unless it has a configuration already.
//! 2. It is loaded like any other; it must not be reachable from other machines, since its passwords are public.
//! 3. What to try is printed, then it is served. A temporary folder is removed at the end.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{Failure, init, serve};
use crate::{
    config::{self, Config},
    demo,
    terminal::remark,
};

/// Start a server to try, with users, clients and a database of its own.
///
/// It can be reached from this machine only. Without --data everything is forgotten at the end.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward demo --data demo-data")]
pub struct Demo {
    /// Keep the database and the configuration file in this folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error("cannot make a temporary folder: {0}; name a folder with --data DIR")]
    NoFolder(io::Error),
    #[error("{file}: expected listeners on 127.0.0.1 only, since the demo's passwords are public, found {address}; use keyward serve")]
    Exposed { file: String, address: std::net::SocketAddr },
}

impl Demo {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        match self.data {
            Some(folder) => run_in(&folder),
            None => {
                let folder = tempfile::Builder::new().prefix("keyward-demo-").tempdir().map_err(DemoError::NoFolder)?;
                run_in(folder.path())
            }
        }
    }
}

fn run_in(folder: &Path) -> Result<(), Failure> {
    let file = folder.join(init::FILE_NAME);
    if !file.exists() {
        init::write_demo(folder)?;
    }
    let config = config::load(&file)?;
    refuse_exposed(&config)?;
    remark(demo::what_to_try(&config.listeners));
    serve::run(config)
}

fn refuse_exposed(config: &Config) -> Result<(), DemoError> {
    match config.listeners.iter().find(|listener| !listener.settings.address.ip().is_loopback()) {
        Some(listener) => Err(DemoError::Exposed { file: config.file.display().to_string(), address: listener.settings.address }),
        None => Ok(()),
    }
}
