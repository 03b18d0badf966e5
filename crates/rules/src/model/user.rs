//! Users of the local directory.

use std::{fmt, sync::Arc};

use super::{
    epoch::{Epoch, Revision},
    id::UserId,
    time::Timestamp,
};
use crate::throttle::canonical_account;

/// A person who can log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Names them for good.
    pub id: UserId,
    /// What they log in with, as they wrote it.
    pub username: String,
    /// Raised whenever all that applications may do in their name must end.
    pub epoch: Epoch,
    /// Raised whenever they must sign in anew in every browser.
    pub sign_in_epoch: Epoch,
    /// How often their entry was changed.
    pub revision: Revision,
    /// How their password is recognised.
    pub password: PasswordHash,
    /// Since when they may administer.
    pub admin_since: Option<Timestamp>,
    /// Since when they may not log in.
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
    /// Who keeps this entry.
    pub origin: Origin,
}

impl User {
    /// The same user once nothing that was made before speaks for them: neither sessions nor applications.
    #[must_use]
    pub fn ended(&self) -> Self {
        User { epoch: self.epoch.next(), sign_in_epoch: self.sign_in_epoch.next(), ..self.clone() }
    }
}

/// Who keeps an entry: what the configuration file names, only the file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file; the entry goes when it is gone from there.
    Configured,
    /// A command or a registration.
    Registered,
    /// Another directory, which checks their password; the entry came with their first login.
    Directory,
}

/// The longest user name, in bytes.
pub const LONGEST_USERNAME: usize = 256;

/// Whether `text` can be a user name.
///
/// # Errors
/// How to mend it: it is empty or too long, or holds what nobody sees.
pub fn check_username(text: &str) -> Result<(), &'static str> {
    match text {
        "" => Err("give one"),
        _ if text.trim() != text => Err("leave out spaces around it"),
        _ if text.contains(char::is_control) => Err("leave out control characters"),
        _ if text.len() > LONGEST_USERNAME => Err("take a shorter one"),
        _ if canonical_account(text).is_empty() => Err("take one that can be seen"),
        _ => Ok(()),
    }
}

/// The fewest characters of a password that is chosen anew (NIST SP 800-63B §5.1.1.1).
pub const SHORTEST_PASSWORD: usize = 8;
/// The most bytes: beyond this nobody types, and hashing takes longer.
pub const LONGEST_PASSWORD: usize = 1024;

/// Why a text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnfitPassword {
    /// It has fewer than [`SHORTEST_PASSWORD`] characters.
    TooShort,
    /// It has more than [`LONGEST_PASSWORD`] bytes.
    TooLong,
    /// It has a control character, which not every way to sign in can send.
    Control,
}

/// Whether `text` can be chosen as a password, wherever that is.
///
/// # Errors
/// Why not.
pub fn check_password(text: &str) -> Result<(), UnfitPassword> {
    match text {
        _ if text.chars().count() < SHORTEST_PASSWORD => Err(UnfitPassword::TooShort),
        _ if text.len() > LONGEST_PASSWORD => Err(UnfitPassword::TooLong),
        _ if text.contains(char::is_control) => Err(UnfitPassword::Control),
        _ => Ok(()),
    }
}

impl fmt::Display for UnfitPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UnfitPassword::TooShort => "a shorter one",
            UnfitPassword::TooLong => "a longer one",
            UnfitPassword::Control => "one with a control character",
        })
    }
}

/// A password in the PHC form of argon2.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub Arc<str>);

impl PasswordHash {
    /// Of who has no password here: nothing matches it.
    #[must_use]
    pub fn none() -> Self {
        PasswordHash("".into())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_what_people_can_type_neither_short_nor_endless() {
        for password in ["dorypass", "  dory  ", "ドーリーの魚の名", &"x".repeat(LONGEST_PASSWORD)] {
            assert_eq!(check_password(password), Ok(()), "{password:?}");
        }
        for (password, why) in [
            ("", UnfitPassword::TooShort),
            ("ドーリーの魚の", UnfitPassword::TooShort),
            (&"x".repeat(LONGEST_PASSWORD + 1), UnfitPassword::TooLong),
            ("dory\0pass", UnfitPassword::Control),
        ] {
            assert_eq!(check_password(password), Err(why), "{password:?}");
        }
    }

    #[test]
    fn a_username_is_what_people_can_see_and_type() {
        for name in ["dory", "Dory Blue", "dory@example.com", "ドーリー", &"x".repeat(LONGEST_USERNAME)] {
            assert_eq!(check_username(name), Ok(()), "{name:?}");
        }
        for name in ["", " dory", "dory ", "do\nry", "dory\0", "\u{200b}", &"x".repeat(LONGEST_USERNAME + 1)] {
            assert!(check_username(name).is_err(), "{name:?}");
        }
    }
}
