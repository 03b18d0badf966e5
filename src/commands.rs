//! The command line. Each command is one file under `commands/`.

mod backup;
mod check_config;
mod client;
mod demo;
pub mod init;
mod key;
mod migrate_store;
mod restore;
mod serve;
mod token;
mod user;

use std::{error::Error, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// Why a command failed, in words for the person who gave it.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What `keyward` understands.
#[derive(Debug, Parser)]
#[command(
    name = "keyward",
    version,
    about = "An OAuth 2.0 authorization server: issues, checks and ends tokens",
    arg_required_else_help = true
)]
#[command(after_help = "Example: keyward demo")]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(demo::Demo),
    Init(init::Init),
    Serve(serve::Serve),
    CheckConfig(check_config::CheckConfig),
    User(user::User),
    Client(client::Client),
    Key(key::Key),
    Token(token::Token),
    Backup(backup::Backup),
    Restore(restore::Restore),
    MigrateStore(migrate_store::MigrateStore),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the person has to know; the process then exits with 1.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Command::Demo(demo) => demo.run(),
            Command::Init(init) => init.run(),
            Command::Serve(serve) => serve.run(),
            Command::CheckConfig(check) => check.run(),
            Command::User(user) => user.run(),
            Command::Client(client) => client.run(),
            Command::Key(key) => key.run(),
            Command::Token(token) => token.run(),
            Command::Backup(backup) => backup.run(),
            Command::Restore(restore) => restore.run(),
            Command::MigrateStore(migrate) => migrate.run(),
        }
    }
}

/// Which configuration file to use.
#[derive(Args, Debug)]
pub struct ConfigFile {
    /// The configuration file
    #[arg(long = "config", value_name = "FILE", default_value = init::FILE_NAME)]
    pub path: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::CommandLine;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does_and_gives_an_example_of_itself() {
        for command in CommandLine::command().get_subcommands() {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name}");
            let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let arguments = example.strip_prefix("Example: ").unwrap_or_default().split(' ');
            let parsed = CommandLine::command().try_get_matches_from(arguments);
            assert_eq!(parsed.ok().and_then(|matches| matches.subcommand_name().map(str::to_owned)).as_deref(), Some(name), "{example}");
        }
    }
}
