//! Secrets that a person or a program gives to a command. Never as an argument: those can be read by everyone on the
//! machine.

use std::{
    fs,
    io::{self, BufRead, IsTerminal, Read},
    path::Path,
};

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use crate::commands::Failure;

/// The most that is read, in bytes; more is refused later, by whoever knows the limit.
const MOST: u64 = 64 * 1024;

/// A new password: the only line of `file`; or asked for twice, where somebody sits at a terminal; or a line of standard
/// input.
///
/// # Errors
/// There is none, or the two differ.
pub fn new_password(file: Option<&Path>) -> Result<SecretString, Failure> {
    if let Some(path) = file {
        let text = fs::read_to_string(path).map(Zeroizing::new);
        let text = text.map_err(|cause| format!("expected a password in {}, found no text there: {cause}", path.display()))?;
        return Ok(first_line(&text));
    }
    if !io::stdin().is_terminal() {
        return line("a password");
    }
    let password: SecretString = rpassword::prompt_password("New password: ")?.into();
    let again: SecretString = rpassword::prompt_password("The same again: ")?.into();
    match password.expose_secret() == again.expose_secret() {
        true => Ok(password),
        false => Err("expected the same password twice, found two; try again".into()),
    }
}

/// A token: asked for where somebody sits at a terminal, else a line of standard input.
///
/// # Errors
/// There is none.
pub fn token() -> Result<SecretString, Failure> {
    match io::stdin().is_terminal() {
        true => Ok(rpassword::prompt_password("Token: ")?.trim().into()),
        false => Ok(line("a token")?.expose_secret().trim().into()),
    }
}

fn line(expected: &str) -> Result<SecretString, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = io::stdin().lock().take(MOST).read_line(&mut text);
    match read.map_err(|cause| format!("expected {expected} on standard input, found no text there: {cause}"))? {
        0 => Err(format!("expected {expected} as a line on standard input, found nothing").into()),
        _ => Ok(first_line(&text)),
    }
}

fn first_line(text: &str) -> SecretString {
    text.lines().next().unwrap_or_default().into()
}
