//! Texts that no message may show.

use secrecy::SecretString;
use toml::de::DeValue;

use super::{Faults, Format, kind, mend_untexted};

/// The longest secret or password, in bytes.
pub const LONGEST: usize = 4096;

/// A secret in the file itself.
pub struct Secret;

impl Format for Secret {
    type Value = SecretString;

    fn expected(&self) -> String {
        format!("a text of 1 to {LONGEST} bytes without control characters")
    }

    fn read(&self, value: &DeValue<'_>) -> Result<SecretString, Faults> {
        match value {
            DeValue::String(text) => check(text).map_err(|fault| Faults::mismatch(&self.expected(), fault, "")),
            other => Err(Faults::mismatch(&self.expected(), kind(other), mend_untexted(other))),
        }
    }
}

/// Takes a text as a secret.
///
/// # Errors
/// What was found instead of one; never the text.
pub fn check(text: &str) -> Result<SecretString, &'static str> {
    match text {
        "" => Err("an empty one"),
        _ if text.len() > LONGEST => Err("a longer one"),
        _ if text.contains(char::is_control) => Err("a line break or another control character in it"),
        _ => Ok(text.into()),
    }
}
