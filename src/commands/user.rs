//! `keyward user …`.

use std::path::PathBuf;

use comfy_table::Table;
use keyward_rules::model::user::check_username;
use keyward_server::control::{
    Answer, ControlError, KeptBy, Request,
    user::{Entry, NewUser},
};

use super::{ConfigFile, Failure};
use crate::{
    ask::{Refused, ask, makes_store, unexpected},
    input,
    listing::{self, Form, time, time_if_any, yes},
    terminal::say,
};

/// Add, look at, change and remove users.
///
/// A running server is asked to do it; where none runs, the store is opened itself. Users that the configuration file
/// names are changed only there; they can be disabled and enabled here, and a reload keeps that. Those of a directory are listed
/// from their first login on; their passwords are changed at the directory.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward user list")]
pub struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Add a user; the password is asked for, or read from standard input
    #[command(after_help = "Example: keyward user add alice --password-file alice.password")]
    Add {
        /// What they log in with
        #[arg(value_name = "NAME")]
        username: String,
        /// Let them administer
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        password: PasswordFrom,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// List all users
    List {
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Show one user
    Show {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        form: Form,
    },
    /// Keep a user out: end what speaks for them, and let them log in no more
    Disable(Who),
    /// Let a disabled user log in again; what was ended stays ended
    Enable(Who),
    /// Give a user another password, and end what speaks for them
    ///
    /// It is asked for, or read from standard input.
    Password {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Let a user administer, or with --revoke no more, which ends what speaks for them
    Admin {
        #[command(flatten)]
        who: Who,
        /// Let them administer no more
        #[arg(long)]
        revoke: bool,
    },
    /// Remove a user, and end what speaks for them
    Remove(Who),
}

#[derive(clap::Args, Debug)]
struct Who {
    /// What they log in with
    #[arg(value_name = "NAME")]
    username: String,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(clap::Args, Debug)]
struct PasswordFrom {
    /// Read the password from the first line of this file
    #[arg(long = "password-file", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl User {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::Add { username, admin, password, config } => {
                // Before a password is asked for in vain.
                check_username(&username).map_err(|mend| ControlError::IllegalUsername(mend.to_owned()))?;
                refuse_taken(&config, &username)?;
                let password = input::new_password(password.file.as_deref())?;
                let user = entry(ask(&config, Request::AddUser(NewUser { username, password, admin }))?)?;
                say(format_args!("Added {}.", user.username));
            }
            Action::List { form, config } => {
                let Answer::Users(users) = ask(&config, Request::ListUsers)? else { return Err(unexpected()) };
                form.show(&users, |users| table(users))?;
            }
            Action::Show { who, form } => {
                form.show(&entry(ask(&who.config, Request::ShowUser(who.username))?)?, properties)?;
            }
            Action::Disable(who) => {
                let user = entry(ask(&who.config, Request::DisableUser(who.username))?)?;
                say(format_args!("{} is disabled; what spoke for them is ended.", user.username));
            }
            Action::Enable(who) => {
                let user = entry(ask(&who.config, Request::EnableUser(who.username))?)?;
                say(format_args!("{} can log in.", user.username));
            }
            Action::Password { who: Who { username, config }, password } => {
                let known = entry(ask(&config, Request::ShowUser(username.clone()))?)?;
                let refused = |why: fn(String) -> ControlError| Err(Refused::by(&config.path, why(known.username.clone())).into());
                match known.kept_by {
                    KeptBy::Configuration => return refused(ControlError::ConfiguredUser),
                    KeptBy::Directory => return refused(ControlError::DirectoryUser),
                    KeptBy::Commands | KeptBy::Itself => {}
                }
                let password = input::new_password(password.file.as_deref())?;
                let user = entry(ask(&config, Request::SetPassword { username, password })?)?;
                say(format_args!("{} has another password; what spoke for them is ended.", user.username));
            }
            Action::Admin { who: Who { username, config }, revoke } => {
                let user = entry(ask(&config, Request::Administer { username, may: !revoke })?)?;
                match user.admin_since {
                    Some(_) => say(format_args!("{} may administer.", user.username)),
                    None => say(format_args!("{} may not administer; what spoke for them is ended.", user.username)),
                }
            }
            Action::Remove(who) => {
                let Answer::Done = ask(&who.config, Request::RemoveUser(who.username.clone()))? else { return Err(unexpected()) };
                say(format_args!("Removed {}.", who.username));
            }
        }
        Ok(())
    }
}

/// Refuses a name that somebody has.
fn refuse_taken(config: &ConfigFile, username: &str) -> Result<(), Failure> {
    if makes_store(config)? {
        return Ok(());
    }
    match ask(config, Request::ShowUser(username.to_owned())) {
        Ok(answer) => Err(ControlError::UserExists(entry(answer)?.username).into()),
        Err(failure) => match failure.downcast_ref::<Refused>() {
            Some(Refused { refused: ControlError::UnknownUser(_), .. }) => Ok(()),
            _ => Err(failure),
        },
    }
}

fn entry(answer: Answer) -> Result<Entry, Failure> {
    match answer {
        Answer::User(entry) => Ok(entry),
        _ => Err(unexpected()),
    }
}

fn table(users: &[Entry]) -> Table {
    let row = |user: &Entry| {
        let kept_by = user.kept_by.as_str().to_owned();
        [user.username.clone(), yes(user.admin_since.is_some()), time_if_any(user.disabled_since), kept_by, time(user.created_at)]
    };
    listing::rows(["NAME", "ADMIN", "DISABLED SINCE", "KEPT BY", "ADDED"], users.iter().map(row))
}

fn properties(user: &Entry) -> Table {
    listing::properties([
        ("name", user.username.clone()),
        ("subject", user.subject.clone()),
        ("admin since", time_if_any(user.admin_since)),
        ("disabled since", time_if_any(user.disabled_since)),
        ("added", time(user.created_at)),
        ("kept by", user.kept_by.as_str().to_owned()),
    ])
}
