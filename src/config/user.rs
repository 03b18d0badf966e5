//! The users that the file names.

use std::path::PathBuf;

use keyward_rules::model::user::{PasswordHash, check_username};
use keyward_server::{
    hashing::{HashFault, check_stored},
    provision::{ConfiguredPassword, ConfiguredUser},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    format::{FLAG, PATH, Secret, parsed},
    section::Section,
    setting::settings,
};

settings! {
    /// A user; one such section for each. What is written here, only this file changes; other users are added
    /// with `keyward user add`.
    pub struct UserSettings in "[[user]]" {
        /// What they log in with.
        username: String, parsed("a name of 1 to 256 bytes", parse_name), required(), example "alice";
        /// Their password as an argon2 hash (PHC). Exactly one of the three is needed.
        password_hash: SecretString, Secret, optional("none"), example "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$7xx2Yh3vF5sbfeXbBNVZVQ";
        /// A file that holds their password in its only line.
        password_file: PathBuf, PATH, optional("none"), example "alice.password";
        /// Their password itself; better is one of the others.
        password: SecretString, Secret, optional("none"), example "correct horse battery staple";
        /// Whether they may administer.
        admin: bool, FLAG, default(false), example true;
    }
}

/// A user from their section; none where they cannot be made of what was read.
pub fn resolve(section: &Section<'_>, settings: UserSettings) -> Option<ConfiguredUser> {
    let given = section.only_one_of(&["password_hash", "password_file", "password"]);
    let password = match given {
        Some("password_hash") => settings.password_hash.and_then(|hash| hashed(section, &hash)),
        Some("password_file") => {
            settings.password_file.and_then(|path| section.secret_in_file("password_file", &path)).map(ConfiguredPassword::Plain)
        }
        Some(_) => settings.password.map(ConfiguredPassword::Plain),
        None => {
            let message = "expected one of password_hash, password_file, password, found none; add one".into();
            section.problem("username", message);
            None
        }
    };
    let username = settings.username?;
    if given == Some("password") {
        section.warning(
            "password",
            format!("the password of {username} can be read in this file; put it into a file of its own instead, as password_file"),
        );
    }
    Some(ConfiguredUser { username, password: password?, admin: settings.admin })
}

fn parse_name(text: &str) -> Result<String, String> {
    check_username(text).map(|()| text.to_owned()).map_err(str::to_owned)
}

/// Checks that logins can be compared with `hash`, so that a typing error shows now and not at the first login.
fn hashed(section: &Section<'_>, hash: &SecretString) -> Option<ConfiguredPassword> {
    let found = match check_stored(hash.expose_secret()) {
        Ok(()) => return Some(ConfiguredPassword::Hashed(PasswordHash(hash.expose_secret().into()))),
        Err(HashFault::Malformed) => "something else".to_owned(),
        Err(HashFault::Algorithm) => "the hash of another algorithm".to_owned(),
        Err(HashFault::Cost { memory_kib, iterations }) => format!("one that takes {memory_kib} KiB and {iterations} passes"),
    };
    let expected = "an argon2 hash in PHC form: $argon2id$v=19$m=…,t=…,p=…$salt$hash";
    section.problem("password_hash", format!("expected {expected}, found {found}; a password itself goes to password_file"));
    None
}
