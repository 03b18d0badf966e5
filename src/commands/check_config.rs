//! `keyward check-config`.

use super::{ConfigFile, Failure};
use crate::{
    config::{self, Config},
    terminal::{remark, say},
};

/// Say whether a configuration file is valid, and a server could start with it.
///
/// What is wrong is named with line, column and setting, all of it at once, and the exit code is 1. The files and
/// environment variables that it names are looked at too: certificates, root key, the place of the store. Nothing is made.
/// Run it as the user the server runs as.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward check-config --config /etc/keyward/keyward.toml")]
pub struct CheckConfig {
    #[command(flatten)]
    config: ConfigFile,
}

impl CheckConfig {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let config = config::check(&self.config.path)?;
        for warning in &config.warnings {
            remark(format_args!("warning: {warning}"));
        }
        say(summary(&config));
        Ok(())
    }
}

fn summary(config: &Config) -> String {
    let counted = |number: usize, noun| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    format!(
        "{} is valid: {}, {}, {}",
        config.file.display(),
        counted(config.listeners.len(), "listener"),
        counted(config.clients.len(), "client"),
        counted(config.users.len(), "user")
    )
}
