//! How a command reaches a store: through the server that has it open, or by opening it itself, as it always does with a shared one.

use std::{path::Path, time::Duration};

use keyward_server::control::{
    self, Answer, ControlError, Request,
    socket::{self, AskError},
};
use tokio::time::{Instant, sleep};

use crate::{
    commands::{ConfigFile, Failure, init::FILE_NAME},
    config::{self, Config},
    open::{self, PAUSE, is_in_use},
    runtime::runtime,
};

/// How long a command waits for a store that somebody has open who listens to no commands: another command, or a server
/// that is just starting or stopping.
const PATIENCE: Duration = Duration::from_secs(10);

/// Has `request` carried out on the store that the configuration names.
///
/// A server that runs is asked before the whole file is read: it goes by what it read itself.
///
/// # Errors
/// Nobody can be reached, the configuration is not valid, or the request was refused.
pub fn ask(config: &ConfigFile, request: Request) -> Result<Answer, Failure> {
    runtime()?.block_on(reach(&config.path, request))
}

/// What was refused, in words for who gave the command: another command that would help is for the same configuration.
#[derive(Debug, thiserror::Error)]
#[error("{refused}{config}")]
pub struct Refused {
    /// Why.
    #[source]
    pub refused: ControlError,
    config: String,
}

impl Refused {
    /// By a store of the configuration in `file`.
    #[must_use]
    pub fn by(file: &Path, refused: ControlError) -> Self {
        let text = refused.to_string();
        let ends_with_command = text.rsplit_once(": ").is_some_and(|(_, mend)| mend.starts_with("keyward "));
        let config =
            if ends_with_command && file != Path::new(FILE_NAME) { format!(" --config {}", file.display()) } else { String::new() };
        Refused { refused, config }
    }
}

async fn reach(file: &Path, request: Request) -> Result<Answer, Failure> {
    let socket = config::place(file).and_then(|place| place.file().map(socket::beside));
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(socket) = &socket {
            match socket::ask(socket, &request).await {
                Err(AskError::NoServer) => {}
                Err(AskError::Refused(refused)) => return Err(Refused::by(file, refused).into()),
                answered => return Ok(answered?),
            }
        }
        let config = config::load(file)?;
        refuse_to_make(&config, &request)?;
        match open::open(&config).await {
            Ok(app) => return Ok(control::execute(&app, request).await.map_err(|refused| Refused::by(file, refused))?),
            Err(failure) if is_in_use(&failure) && Instant::now() < deadline => sleep(PAUSE).await,
            Err(failure) => return Err(failure),
        }
    }
}

/// Whether there is no store yet where the configuration says, so that adding to it makes it.
///
/// # Errors
/// The configuration does not say where the store is.
pub fn makes_store(config: &ConfigFile) -> Result<bool, Failure> {
    let place = match config::place(&config.path) {
        Some(place) => place,
        None => config::load(&config.path)?.store,
    };
    Ok(place.file().is_some_and(|database| !database.exists()))
}

/// Only what adds to a store makes one: whoever looks for something in a store that is not there has the wrong file, or is
/// early.
fn refuse_to_make(config: &Config, request: &Request) -> Result<(), Failure> {
    let adds = matches!(request, Request::AddUser(_) | Request::AddClient(_));
    if adds || config.store.file().is_none_or(Path::exists) {
        return Ok(());
    }
    let (store, file) = (&config.store, config.file.display());
    Err(format!("there is no store at {store} yet; this makes it: keyward serve --config {file}").into())
}

/// What to say when an answer is none to the question: only a server of another version gives one.
pub fn unexpected() -> Failure {
    "the server answers another question than this one; use the version of keyward that it runs".into()
}
