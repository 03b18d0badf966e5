//! Texts, as they are or with a meaning of their own.

use std::path::PathBuf;

use toml::de::DeValue;

use super::{Faults, Format, found, mend_untexted};

/// A text that means something.
pub struct Parsed<T> {
    expected: &'static str,
    parse: fn(&str) -> Result<T, String>,
}

/// A text that `parse` understands, or says how to mend (which may be empty).
pub const fn parsed<T>(expected: &'static str, parse: fn(&str) -> Result<T, String>) -> Parsed<T> {
    Parsed { expected, parse }
}

impl<T> Format for Parsed<T> {
    type Value = T;

    fn expected(&self) -> String {
        self.expected.into()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<T, Faults> {
        let mismatch = |mend: &str| Faults::mismatch(self.expected, &found(value), mend);
        match value {
            DeValue::String(text) => (self.parse)(text).map_err(|mend| mismatch(&mend)),
            other => Err(mismatch(mend_untexted(other))),
        }
    }
}

#[cfg(test)]
impl<T: std::fmt::Display> super::Show for Parsed<T> {
    fn show(&self, value: &T) -> String {
        format!("{:?}", value.to_string())
    }
}

/// Any text that is not empty.
pub const TEXT: Parsed<String> =
    parsed("a text", |text| if text.is_empty() { Err("fill it, or leave it out".into()) } else { Ok(text.to_owned()) });

/// A path; a relative one starts at the folder of the configuration file.
pub const PATH: Parsed<PathBuf> =
    parsed("a path", |text| if text.is_empty() || text.contains('\0') { Err("name a file".into()) } else { Ok(text.into()) });
