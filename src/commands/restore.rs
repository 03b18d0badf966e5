//! `keyward restore`.
//!
//! 1. The root key at hand must open the keys of the backup; else what is there now stays.
//! 2. The backup takes the place of the store, which nobody may have open.
//! 3. What that cannot bring back is said.

use std::path::PathBuf;

use aws_lc_rs::rand::SystemRandom;
use jiff::Timestamp as Instant;
use keyward_rules::model::time::Timestamp;
use keyward_store::{
    backup::{self, Restored},
    root_key::RootKeys,
};

use super::{ConfigFile, Failure};
use crate::{config, terminal::say};

/// Put a backup in the place of the store; no server may be running.
///
/// Access tokens made before are dead. What happened since the backup is forgotten, revocations among it; with
/// --end-authorizations everybody has to log in again instead.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward restore /var/backups/keyward.db --end-authorizations")]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// End every authorization, so that nothing that was revoked since the backup comes back
    #[arg(long)]
    end_authorizations: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Restore {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.config.path)?;
        let stored = backup::keys(&self.file)?;
        RootKeys::load_or_create(&config.keys.root_key, &stored, &SystemRandom::new())
            .map_err(|error| format!("{} is of no use with the root key at hand, and was not restored: {error}", self.file.display()))?;
        let now = Timestamp(Instant::now().as_millisecond());
        let restored = backup::restore(&self.file, &config.database, self.end_authorizations, now)?;
        say(format_args!("Restored {} from {}.\n", config.database.display(), self.file.display()));
        say(consequences(restored));
        Ok(())
    }
}

fn consequences(Restored { authorizations, ended }: Restored) -> String {
    let dead = "Access tokens made before are dead.";
    let lost = "What happened since the backup is forgotten: revocations, changed passwords, disabled users, removed clients, and \
                everything that was added. Do again what has to hold.";
    match ended {
        true => format!("{dead} Live authorizations that were ended: {authorizations}. Everybody has to log in again.\n{lost}"),
        false => format!(
            "{dead} Live authorizations that came back: {authorizations}. Their refresh tokens work, also where they were revoked since \
             the backup.\n{lost} To be sure that nothing lives which was revoked, end every authorization:\n  \
             keyward restore FILE --end-authorizations"
        ),
    }
}
