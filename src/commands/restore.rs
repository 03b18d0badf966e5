//! `keyward restore`.
//!
//! 1. The root key at hand must open the keys of the backup; else what is there now stays.
//! 2. The backup takes the place of the store, which nobody may have open, and which is kept beside it.
//! 3. What that cannot bring back is said.

use std::path::{Path, PathBuf};

use jiff::Timestamp as Instant;
use keyward_rules::model::time::Timestamp;
use keyward_store::{
    backup::{self, Restored},
    root_key::{RootKeySource, RootKeys},
};

use super::{ConfigFile, Failure, backup::own_file};
use crate::{config, terminal::say};

/// Put a backup in the place of the store; no server may be running.
///
/// The database that is there now is kept beside it, under another name. Access tokens made before are dead. What happened since the backup is forgotten, revocations among it; with
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
        check_root_key(&config.keys.root_key, &self.file)?;
        let now = Timestamp(Instant::now().as_millisecond());
        let restored = backup::restore(&self.file, own_file(&config.store)?, self.end_authorizations, now)?;
        say(format_args!("Restored {} from {}.", config.store, self.file.display()));
        if let Some(replaced) = &restored.replaced {
            say(format_args!("What was there before is kept as {}; remove it when nobody needs it any more.", replaced.display()));
        }
        say(format_args!("\n{}", consequences(&restored)));
        Ok(())
    }
}

/// Whether the root key at hand opens the keys of the backup in `file`. None is made: it would open nothing.
fn check_root_key(source: &RootKeySource, file: &Path) -> Result<(), Failure> {
    let stored = backup::keys(file)?;
    let wanted = "put the root key of this backup there, then restore it";
    let file = file.display();
    match RootKeys::load(source) {
        Ok(Some(root)) if root.opens(&stored) => Ok(()),
        Ok(Some(_)) => Err(format!(
            "{file} was not restored: its keys are encrypted with another root key than the one in {source}, which has been rotated since or belongs to another store; {wanted}"
        )
        .into()),
        Ok(None) => Err(format!("{file} was not restored: there is no root key in {source}; {wanted}").into()),
        Err(error) => Err(format!("{file} was not restored: {error}").into()),
    }
}

fn consequences(Restored { authorizations, ended, .. }: &Restored) -> String {
    let dead = "Access tokens made before are dead, and browser sessions have ended.";
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
