//! `keyward restore`.
//!
//! 1. The root key at hand must open the keys of the backup; else what is there now stays.
//! 2. The backup takes the place of the store, which nobody may have open, and which is kept beside it.
//! 3. What that cannot bring back is said.
//!
//! Where something else has brought the database back, such as pg_restore, `--recovered` does what then remains.

use std::path::{Path, PathBuf};

use jiff::Timestamp as Instant;
use keyward_rules::model::time::Timestamp;
use keyward_store::{
    Place,
    backup::{self, Restored, shared},
    migrate::Into,
    root_key::{RootKeySource, RootKeys},
};

use super::{ConfigFile, Failure};
use crate::{config, progress::Shown, runtime::runtime, terminal::say};

/// Put a backup in the place of the store; no server may be running.
///
/// An SQLite database that is there now is kept beside it, under another name; one in PostgreSQL has to be empty, or is overwritten with --replace. Access tokens made before are dead. What happened since the backup is forgotten, revocations among it; with
/// --end-authorizations everybody has to log in again instead.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward restore /var/backups/keyward.db --end-authorizations")]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE", required_unless_present = "recovered")]
    file: Option<PathBuf>,
    /// The store was brought back already, by pg_restore, from a snapshot or to a point in time: end the access tokens and sessions made before
    #[arg(long, conflicts_with_all = ["file", "replace"])]
    recovered: bool,
    /// Overwrite a store in PostgreSQL; nothing of it is kept
    #[arg(long)]
    replace: bool,
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
        let restored = match &self.file {
            None => self.mark(&config.store)?,
            Some(file) => {
                check_root_key(&config.keys.root_key, file)?;
                let restored = self.put_back(file, &config.store)?;
                say(format_args!("Restored {} from {}.", config.store, file.display()));
                restored
            }
        };
        if let Some(replaced) = &restored.replaced {
            say(format_args!("What was there before is kept as {}; remove it when nobody needs it any more.", replaced.display()));
        }
        let again = match &self.file {
            None => "--recovered".to_owned(),
            Some(file) if config.store.is_shared() => format!("{} --replace", file.display()),
            Some(file) => file.display().to_string(),
        };
        say(consequences(&restored, &again));
        Ok(())
    }
}

impl Restore {
    fn put_back(&self, file: &Path, store: &Place) -> Result<Restored, Failure> {
        match store {
            Place::Sqlite(path) => Ok(backup::restore(file, path, self.end_authorizations, now())?),
            Place::Postgres(address) => {
                let into = if self.replace { Into::Anything } else { Into::Empty };
                let shown = Shown::new();
                let restored = shared::restore(file, address, into, self.end_authorizations, now(), |progress| shown.show(progress));
                Ok(runtime()?.block_on(restored)?)
            }
        }
    }

    /// Does what remains where something else has brought the store back.
    fn mark(&self, store: &Place) -> Result<Restored, Failure> {
        Ok(match store {
            Place::Sqlite(path) => backup::recovered(path, self.end_authorizations, now())?,
            Place::Postgres(address) => runtime()?.block_on(shared::recovered(address, self.end_authorizations, now()))?,
        })
    }
}

fn now() -> Timestamp {
    Timestamp(Instant::now().as_millisecond())
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

fn consequences(Restored { authorizations, ended, .. }: &Restored, again: &str) -> String {
    let dead = "Access tokens made before are dead, and browser sessions have ended.";
    let lost = "What happened since the backup is forgotten: revocations, changed passwords, disabled users, removed clients, and \
                everything that was added. Do again what has to hold.";
    match ended {
        true => format!("\n{dead} Live authorizations that were ended: {authorizations}. Everybody has to log in again.\n{lost}"),
        false => format!(
            "\n{dead} Live authorizations that came back: {authorizations}. Their refresh tokens work, also where they were revoked since \
             the backup.\n{lost} To be sure that nothing lives which was revoked, end every authorization:\n  \
             keyward restore {again} --end-authorizations"
        ),
    }
}
