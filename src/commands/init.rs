//! `keyward init`.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use keyward_server::client_secret;
use secrecy::ExposeSecret;

use super::Failure;
use crate::{demo, store_argument, terminal::say};

/// What a configuration file is called unless its name is given.
pub const FILE_NAME: &str = "keyward.toml";

/// The set-up to begin with; `{secret}` stands for the client's secret.
const STARTER: &str = include_str!("starter.toml");

/// How the line begins that says where the store is, in what is written.
const STORE: &str = "url = ";

/// Write a configuration file to begin with.
///
/// It has one client, whose secret is printed, and no user. With --demo it is what `keyward demo` serves: the
/// users and clients of the examples. An existing file is never overwritten.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward init /etc/keyward")]
pub struct Init {
    /// Write the set-up of the demo, whose passwords are public
    #[arg(long)]
    demo: bool,
    /// Where the store is to be: sqlite:PATH, postgres://USER@HOST:PORT/DATABASE, or @FILE with a file whose only line is the URL,
    /// needed if there is a password in it [default: a file in the folder]
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The folder for keyward.toml; made if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is one already.
    #[error("{0} exists and is left as it is; remove it, or name another folder")]
    Exists(PathBuf),
    /// A file has the name of the folder.
    #[error("{0} is a file; name the folder that is to hold {FILE_NAME}")]
    NoFolder(PathBuf),
    /// The folder or the file cannot be made.
    #[error("cannot make {path}: {cause}; name a folder that this user may write to")]
    CannotMake {
        /// What was to be made.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The demo's passwords cannot be hashed.
    #[error(transparent)]
    NoDemo(#[from] demo::NoDemo),
    /// Secrets need randomness.
    #[error("the system has no randomness to give; try again")]
    NoRandomness,
}

impl Init {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        if self.demo {
            let file = write_demo(&self.folder, self.store.as_deref())?;
            say(format_args!(
                "Wrote {0}, the set-up of the demo. Start it with:\n  keyward serve --config {0}\nor, with the application at /demo/app: keyward demo --data {1}",
                file.display(),
                self.folder.display()
            ));
        } else {
            let secret = client_secret::generate().map_err(|_| InitError::NoRandomness)?;
            let file = write(&self.folder, &with_store(&STARTER.replace("{secret}", secret.expose_secret()), self.store.as_deref())?)?;
            say(what_next(&file, secret.expose_secret()));
        }
        Ok(())
    }
}

/// Writes the set-up of the demo to `folder`; answers with the file.
///
/// # Errors
/// See [`InitError`]; or there can be no store there.
pub fn write_demo(folder: &Path, store: Option<&str>) -> Result<PathBuf, Failure> {
    let set_up = demo::configuration().map_err(InitError::from)?;
    Ok(write(folder, &with_store(&set_up, store)?)?)
}

/// The set-up with its store where the argument says, if there is one.
fn with_store(set_up: &str, argument: Option<&str>) -> Result<String, Failure> {
    let Some(argument) = argument else { return Ok(set_up.to_owned()) };
    store_argument::place(argument).map_err(|failure| format!("--store: {failure}"))?;
    let lines = set_up.lines().map(|line| if line.starts_with(STORE) { store_argument::setting(argument) } else { line.to_owned() });
    Ok(lines.fold(String::new(), |text, line| text + &line + "\n"))
}

/// Writes the configuration file. Only this user may read it: it holds secrets.
fn write(folder: &Path, text: &str) -> Result<PathBuf, InitError> {
    let cannot_make = |path: &Path, cause| InitError::CannotMake { path: path.into(), cause };
    if folder.is_file() {
        return Err(InitError::NoFolder(folder.into()));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|cause| cannot_make(folder, cause))?;
    let path = folder.join(FILE_NAME);
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => return Err(InitError::Exists(path)),
        Err(cause) => return Err(cannot_make(&path, cause)),
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|cause| {
        // Half a file is worse than none: the next try would find it in the way.
        let _ = fs::remove_file(&path);
        cannot_make(&path, cause)
    })?;
    Ok(path)
}

fn what_next(file: &Path, secret: &str) -> String {
    let file = file.display();
    format!(
        "\
Wrote {file}. It has one client:

  client_id      my-service
  client_secret  {secret}

This is the only time the secret is printed; the file keeps it. Next:

  keyward serve --config {file}
  curl -u my-service -d grant_type=client_credentials http://127.0.0.1:8080/oauth/token

Before others use it, set issuer to the https URL they reach it under: {file} says how."
    )
}
