//! A store that is named by an argument of a command: a URL as in `[store] url`, or `@FILE` for a file whose only line is one. Everybody on
//! the machine can read arguments, so one with a password has to be in a file.

use std::path::{Path, absolute};

use keyward_store::Place;
use secrecy::ExposeSecret;

use crate::{commands::Failure, config::store, input};

/// What the argument names; relative paths start at the current folder. No message shows a password.
///
/// # Errors
/// It names no store, or holds a password.
pub fn place(argument: &str) -> Result<Place, Failure> {
    let in_file = argument.strip_prefix('@').map(|file| input::line_of(Path::new(file), "a URL")).transpose()?;
    let text = in_file.as_ref().map_or(argument, |text| text.expose_secret());
    let expected = "expected sqlite:PATH, postgres://USER@HOST:PORT/DATABASE, or @FILE with a file that holds one";
    let place = store::place(text, Path::to_owned).map_err(|mend| format!("{expected}; {mend}"))?;
    match &place {
        Place::Postgres(address) if in_file.is_none() && address.has_password() => {
            let mend = format!("write the URL of {place} into a file that only you can read, and name it as @FILE");
            Err(format!("everybody on this machine can read the password in an argument; {mend}, and change the password").into())
        }
        _ => Ok(place),
    }
}

/// The line under `[store]` that says the same; a URL stands in it as it is.
pub fn setting(argument: &str) -> String {
    match argument.strip_prefix('@') {
        Some(file) => {
            let file = absolute(file).unwrap_or_else(|_| file.into());
            format!("url_file = {}", toml::Value::from(file.to_string_lossy().as_ref()))
        }
        None => format!("url = {}", toml::Value::from(argument)),
    }
}
