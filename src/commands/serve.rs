//! `keyward serve`.

use super::{ConfigFile, Failure};
use crate::config::{self, Config};

/// Start the server; `ready` is printed when every address answers.
///
/// SIGTERM lets requests under way end, then stops.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward serve --config /etc/keyward/keyward.toml")]
pub struct Serve {
    #[command(flatten)]
    config: ConfigFile,
}

impl Serve {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        run(config::load(&self.config.path)?)
    }
}

/// Serves `config` until it is told to stop.
pub fn run(config: Config) -> Result<(), Failure> {
    Err(format!("{}: this build does not serve yet", config.file.display()).into())
}
