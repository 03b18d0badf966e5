//! `keyward backup`.

use std::path::{Path, PathBuf};

use keyward_store::{
    Place, backup,
    root_key::{RootKeyError, RootKeySource, RootKeys},
};

use super::{ConfigFile, Failure};
use crate::{
    config,
    terminal::{remark, say},
};

/// Copy the store to a new file; a server may be running meanwhile.
///
/// The copy holds everything but the root key, without which nobody can use it.
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
        backup::take(own_file(&config.store)?, &self.file)?;
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

/// The file of a store that is one.
///
/// # Errors
/// It is on a server, which has its own means.
pub(super) fn own_file(store: &Place) -> Result<&Path, Failure> {
    let refused = || format!("{store} is on a server of its own: back it up and restore it with pg_dump and pg_restore").into();
    store.file().ok_or_else(refused)
}
