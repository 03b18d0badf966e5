//! `keyward demo`.
//!
//! 1. The demo set-up is written to the folder, unless it has a configuration already.
//! 2. It is loaded like any other; it must be a demo, and not be reachable from other machines, since its passwords are public.
//! 3. It is served; once it is ready, what to try is printed. A temporary folder is removed at the end.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use keyward_server::listener::BindError;

use super::{Failure, init, serve};
use crate::{
    config::{self, Config},
    demo,
    terminal::remark,
};

/// Start a server to try, with users, clients and a database of its own.
///
/// It listens on 127.0.0.1:9191 and 127.0.0.1:8089, for this machine only. For other ports: keyward init --demo DIR, change
/// the addresses in DIR/keyward.toml, keyward demo --data DIR. Without --data everything is forgotten at the end.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward demo --data demo-data")]
pub struct Demo {
    /// Keep the database and the configuration file in this folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// With --data: keep the database there instead, which is empty: postgres://USER@HOST:PORT/DATABASE, or @FILE with a file whose
    /// only line is the URL, needed if there is a password in it
    #[arg(long, value_name = "URL", requires = "data")]
    store: Option<String>,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error("cannot make a temporary folder: {0}; name a folder with --data DIR")]
    NoFolder(io::Error),
    #[error("{file}: expected listeners on 127.0.0.1 only, since the demo's passwords are public, found {address}; use keyward serve")]
    Exposed { file: String, address: SocketAddr },
    #[error("{0} is another set-up than the demo's; serve it with: keyward serve --config {0}, or name an empty folder")]
    OtherSetUp(String),
    #[error("{0} holds other files and no demo; name an empty folder, or one that is not there yet")]
    OtherFiles(String),
    #[error("{0} already says where its store is; change store.url there, or name an empty folder")]
    StoreElsewhere(String),
    #[error("{cause}\n{mend}")]
    Taken { cause: Box<BindError>, mend: String },
}

impl Demo {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let store = self.store.as_deref();
        match self.data {
            Some(folder) => run_in(&folder, store).map_err(|failure| other_ports(failure, Some(&folder))),
            None => {
                let folder = tempfile::Builder::new().prefix("keyward-demo-").tempdir().map_err(DemoError::NoFolder)?;
                run_in(folder.path(), store).map_err(|failure| other_ports(failure, None))
            }
        }
    }
}

fn run_in(folder: &Path, store: Option<&str>) -> Result<(), Failure> {
    let file = folder.join(init::FILE_NAME);
    if !file.exists() {
        refuse_other_files(folder)?;
        init::write_demo(folder, store)?;
    } else if store.is_some() {
        return Err(DemoError::StoreElsewhere(file.display().to_string()).into());
    }
    let mut config = config::load(&file)?;
    refuse_other_set_up(&config)?;
    demo::app::register(&mut config);
    let hints = demo::what_to_try(&config.listeners);
    serve::run(config, demo::app::routes(), || remark(hints))
}

fn refuse_other_files(folder: &Path) -> Result<(), DemoError> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(DemoError::OtherFiles(folder.display().to_string())),
        // What is wrong with the folder shows when something is written to it.
        Ok(false) | Err(_) => Ok(()),
    }
}

fn refuse_other_set_up(config: &Config) -> Result<(), DemoError> {
    let file = || config.file.display().to_string();
    if !demo::is_one(config) {
        return Err(DemoError::OtherSetUp(file()));
    }
    match config.listeners.iter().find(|listener| !listener.settings.address.ip().is_loopback()) {
        Some(listener) => Err(DemoError::Exposed { file: file(), address: listener.settings.address }),
        None => Ok(()),
    }
}

/// Says how to choose other ports, where one is taken: a demo without a folder has no file to edit.
fn other_ports(failure: Failure, data: Option<&Path>) -> Failure {
    let mend = match data {
        Some(folder) => format!("To choose another port, edit {}.", folder.join(init::FILE_NAME).display()),
        None => "To choose other ports: keyward init --demo DIR, edit DIR/keyward.toml, keyward demo --data DIR".to_owned(),
    };
    match failure.downcast::<BindError>() {
        Ok(cause) if matches!(*cause, BindError::Address { .. }) => DemoError::Taken { cause, mend }.into(),
        Ok(other) => other,
        Err(other) => other,
    }
}
