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
        return line_of(path, "a password");
    }
    if !io::stdin().is_terminal() {
        return line("a password");
    }
    let password: SecretString = rpassword::prompt_password("New password: ")?.into();
    let again: SecretString = rpassword::prompt_password("The same again: ")?.into();
    match password.expose_secret() == again.expose_secret() {
        true => Ok(password),
        false => Err("the two passwords are not the same, and nothing was done; try again".into()),
    }
}

/// The first line of `file`, which should be what is `expected`.
///
/// # Errors
/// It cannot be read.
pub fn line_of(file: &Path, expected: &str) -> Result<SecretString, Failure> {
    let text = fs::read_to_string(file).map(Zeroizing::new);
    let unreadable = |cause| format!("cannot read {expected} from {}: {cause}; name a file whose first line it is", file.display());
    Ok(first_line(&text.map_err(unreadable)?))
}

/// A token: asked for where somebody sits at a terminal, else a line of standard input. What stands before it in an
/// `Authorization` header may come with it.
///
/// # Errors
/// There is none.
pub fn token() -> Result<SecretString, Failure> {
    let text = match io::stdin().is_terminal() {
        true => rpassword::prompt_password("Token: ")?.into(),
        false => line("a token")?,
    };
    match bare(text.expose_secret()) {
        "" => Err("expected a token, found none".into()),
        token => Ok(token.into()),
    }
}

/// The token of a header line or a header, or the text itself.
fn bare(text: &str) -> &str {
    without("bearer ", without("authorization:", text.trim()))
}

fn without<'a>(head: &str, text: &'a str) -> &'a str {
    match text.split_at_checked(head.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(head) => rest.trim_start(),
        _ => text,
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

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn a_token_may_come_with_its_header() {
        for text in ["kw.a", " kw.a\n", "Bearer kw.a", "bearer  kw.a", "Authorization: Bearer kw.a", "authorization:kw.a"] {
            assert_eq!(bare(text), "kw.a", "{text:?}");
        }
        assert_eq!(bare("Bearerkw.a"), "Bearerkw.a");
    }
}
