//! How a command reaches a store: through the server that has it open, or by opening it itself.

use std::{path::Path, time::Duration};

use keyward_server::control::{
    self, Answer, Request,
    socket::{self, AskError},
};
use tokio::{
    runtime,
    time::{Instant, sleep},
};

use crate::{
    commands::{ConfigFile, Failure},
    config::{self, Config},
    open::{self, PAUSE, is_in_use},
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
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(reach(&config.path, request))
}

async fn reach(file: &Path, request: Request) -> Result<Answer, Failure> {
    let socket = config::database(file).map(|database| socket::beside(&database));
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(socket) = &socket {
            match socket::ask(socket, &request).await {
                Err(AskError::NoServer) => {}
                answered => return Ok(answered?),
            }
        }
        let config = config::load(file)?;
        refuse_to_make(&config, &request)?;
        match open::open(&config).await {
            Ok(app) => return Ok(control::execute(&app, request).await?),
            Err(failure) if is_in_use(&failure) && Instant::now() < deadline => sleep(PAUSE).await,
            Err(failure) => return Err(failure),
        }
    }
}

/// Only what adds to a store makes one: whoever looks for something in a store that is not there has the wrong file, or is
/// early.
fn refuse_to_make(config: &Config, request: &Request) -> Result<(), Failure> {
    let adds = matches!(request, Request::AddUser(_) | Request::AddClient(_));
    if adds || config.database.exists() {
        return Ok(());
    }
    let (database, file) = (config.database.display(), config.file.display());
    Err(format!("there is no store at {database} yet; this makes it: keyward serve --config {file}").into())
}

/// What to say when an answer is none to the question: only a server of another version gives one.
pub fn unexpected() -> Failure {
    "the server answers another question than this one; use the version of keyward that it runs".into()
}
