//! Secrets that lie outside the file: in files of their own, in environment variables. No message shows one.

use std::{fs, path::Path};

use secrecy::SecretString;

use super::{format::check_secret, section::Section};

impl Section<'_> {
    /// The secret that is the only line of the file which the setting `key` names.
    pub fn secret_in_file(&self, key: &'static str, path: &Path) -> Option<SecretString> {
        let path = self.file().resolve(path);
        let content = match fs::read_to_string(&path) {
            Ok(content) => SecretLine(content),
            Err(cause) => {
                let mend = "a relative path starts at the folder of this file";
                self.problem(key, format!("expected a file with one line of text, found none at {}: {cause}; {mend}", path.display()));
                return None;
            }
        };
        self.checked(key, content.line(), &format!("the only line of {}", path.display()))
    }

    /// The secret in the environment variable which the setting `key` names.
    pub fn secret_in_variable(&self, key: &'static str, name: &str) -> Option<SecretString> {
        let Some(value) = self.file().variable(name) else {
            self.problem(key, format!("expected the secret in the environment variable {name}, found no such variable; set it"));
            return None;
        };
        let Ok(value) = value.into_string() else {
            self.problem(
                key,
                format!("expected the secret in the environment variable {name}, found bytes that are no UTF-8; set it anew"),
            );
            return None;
        };
        self.checked(key, &value, &format!("the environment variable {name}"))
    }

    fn checked(&self, key: &'static str, text: &str, place: &str) -> Option<SecretString> {
        let secret = check_secret(text);
        secret.map_err(|found| self.problem(key, format!("expected a secret as {place}, found {found}"))).ok()
    }
}

/// The content of a file with one line, which may end like a line.
struct SecretLine(String);

impl SecretLine {
    fn line(&self) -> &str {
        let text = self.0.strip_suffix('\n').unwrap_or(&self.0);
        text.strip_suffix('\r').unwrap_or(text)
    }
}
