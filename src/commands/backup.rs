//! `keyward backup`.

use std::path::PathBuf;

use keyward_store::{
    Place, backup,
    root_key::{RootKeyError, RootKeySource, RootKeys},
};

use super::{ConfigFile, Failure};
use crate::{
    config,
    progress::Shown,
    runtime::runtime,
    terminal::{remark, say},
};

/// Copy the store to a new file; a server may be running meanwhile.
///
/// It is an SQLite file, of a store in PostgreSQL too. The copy holds everything but the root key, without which nobody can use it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward backup /var/backups/keyward.db")]
pub struct Backup {
    /// The file to make
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    config: ConfigFile,
}

impl Backup {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.config.path)?;
        match &config.store {
            Place::Sqlite(path) => backup::take(path, &self.file)?,
            Place::Postgres(address) => {
                let shown = Shown::new();
                runtime()?.block_on(backup::shared::take(address, &self.file, |progress| shown.show(progress)))?;
            }
        }
        say(format_args!("Copied {} to {}.", config.store, self.file.display()));
        match RootKeys::load(&config.keys.root_key) {
            Ok(Some(_)) => {}
            Ok(None) => remark(format_args!("warning: {}", RootKeyError::Missing(config.keys.root_key.clone()))),
            Err(error) => remark(format_args!("warning: {error}")),
        }
        say(match &config.keys.root_key {
            RootKeySource::File(path) => format!("Its missing half is the root key in {}: keep a copy of that elsewhere.", path.display()),
            RootKeySource::Variable(name) => {
                format!("Its missing half is the root key in the environment variable {name}: keep that elsewhere.")
            }
        });
        Ok(())
    }
}
