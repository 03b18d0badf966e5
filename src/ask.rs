//! How a command reaches a store: through the server that has it open, or by opening it itself.

use std::time::Duration;

use keyward_server::control::{
    self, Answer, Request,
    socket::{self, AskError},
};
use keyward_store::OpenError;
use tokio::{
    runtime,
    time::{Instant, sleep},
};

use crate::{
    commands::{ConfigFile, Failure},
    config::{self, Config},
    open,
};

/// How long a command waits for a store that somebody has open who listens to no commands: another command, or a server
/// that is just starting or stopping.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long until it looks again.
const PAUSE: Duration = Duration::from_millis(50);

/// Has `request` carried out on the store that the configuration names.
///
/// # Errors
/// The configuration is not valid, nobody can be reached, or the request was refused.
pub fn ask(config: &ConfigFile, request: Request) -> Result<Answer, Failure> {
    ask_store_of(&config::load(&config.path)?, request)
}

/// The same, where the configuration is at hand.
///
/// # Errors
/// Nobody can be reached, or the request was refused.
pub fn ask_store_of(config: &Config, request: Request) -> Result<Answer, Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(reach(config, request))
}

async fn reach(config: &Config, request: Request) -> Result<Answer, Failure> {
    let socket = socket::beside(&config.database);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match socket::ask(&socket, &request).await {
            Err(AskError::NoServer) => {}
            answered => return Ok(answered?),
        }
        match open::open(config).await {
            Ok(app) => return Ok(control::execute(&app, request).await?),
            Err(failure) if is_in_use(&failure) && Instant::now() < deadline => sleep(PAUSE).await,
            Err(failure) => return Err(failure),
        }
    }
}

fn is_in_use(failure: &Failure) -> bool {
    matches!(failure.downcast_ref(), Some(OpenError::InUse(_)))
}

/// What to say when an answer is none to the question: only a server of another version gives one.
pub fn unexpected() -> Failure {
    "the server answers another question than this one; use the version of keyward that it runs".into()
}
