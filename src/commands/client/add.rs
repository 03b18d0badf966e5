//! `keyward client add`.

use keyward_rules::model::client::ClientKind;
use keyward_server::control::{
    Answer, Request,
    client::{Credentials, NewClient},
};
use keyward_wire::{client_id::ClientId, profile::ProfileName};

use super::{flags::Flags, legacy};
use crate::{
    ask::{ask, unexpected},
    commands::{ConfigFile, Failure},
    config::{
        self,
        client::{ClientSettings, KIND},
        format::read_text,
    },
};

/// A client to register.
#[derive(clap::Args, Debug)]
pub struct NewClientFlags {
    /// What it sends as client_id; made if left out
    #[arg(value_name = "ID", value_parser = |text: &str| ClientId::parse(text))]
    id: Option<ClientId>,
    /// Whether it can keep a secret: confidential or public
    #[arg(long = "type", value_name = "TYPE", default_value = "confidential", value_parser = |text: &str| read_text(&KIND, text))]
    kind: ClientKind,
    #[command(flatten)]
    flags: Flags,
}

impl NewClientFlags {
    /// Registers it, with the configuration file's defaults where nothing is said.
    pub fn run(self, config: &ConfigFile) -> Result<Credentials, Failure> {
        let defaults = config::load(&config.path)?;
        let profiles = match self.flags.profiles() {
            [] => vec![ProfileName::Standard],
            given => given.to_vec(),
        };
        let mut registration = ClientSettings::new(self.kind, profiles).registration(&defaults.tokens, defaults.keys.algorithm);
        self.flags.apply(&mut registration, &defaults)?;
        match ask(config, Request::AddClient(Box::new(NewClient { id: self.id, registration: registration.clone() })))? {
            Answer::Credentials(made) => {
                legacy::warn(&registration);
                Ok(made)
            }
            _ => Err(unexpected()),
        }
    }
}
