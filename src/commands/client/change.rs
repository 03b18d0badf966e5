//! `keyward client change`.

use keyward_server::control::{
    Answer, Request,
    client::{Change, Entry},
};

use super::flags::Flags;
use crate::{
    ask::{ask, unexpected},
    commands::{ConfigFile, Failure},
    config,
};

/// What to change of a client.
#[derive(clap::Args, Debug)]
pub struct ChangeFlags {
    /// What it is registered under
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    flags: Flags,
}

impl ChangeFlags {
    /// Changes what is given and leaves the rest, unless somebody else changes the client at the same time.
    pub fn run(self, config: &ConfigFile) -> Result<Box<Entry>, Failure> {
        let defaults = config::load(&config.path)?;
        let Answer::Registration(seen) = ask(config, Request::Registration(self.id.clone()))? else { return Err(unexpected()) };
        let mut registration = seen.registration;
        self.flags.apply(&mut registration, &defaults)?;
        let change = Change { id: self.id, registration, seen: seen.revision };
        match ask(config, Request::ChangeClient(Box::new(change)))? {
            Answer::Client(client) => Ok(client),
            _ => Err(unexpected()),
        }
    }
}
