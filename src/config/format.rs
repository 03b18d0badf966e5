//! The forms a setting can have: what is expected, how it is read, how it is shown.

mod choice;
mod duration;
mod list;
mod number;
mod secret;
mod text;
mod translated;

pub use choice::{Choice, FLAG, choice};
pub use duration::{DAY, Duration, HOUR, MINUTE, YEAR, duration, shown as shown_duration};
pub use list::{Scopes, WORD, list};
pub use number::number;
pub use secret::{Secret, check as check_secret};
pub use text::{PATH, Parsed, TEXT, parsed};
pub use translated::{LANGUAGE, PageTexts, Translated};

use std::ops::Range;

use toml::{Spanned, de::DeValue};

/// How one kind of setting is written.
pub trait Format {
    /// What it becomes.
    type Value;

    /// What is expected, to follow that word: `a duration from 1s to 365d`.
    fn expected(&self) -> String;

    /// Reads a value.
    ///
    /// # Errors
    /// What does not fit; more than one in a list.
    fn read(&self, value: &DeValue<'_>) -> Result<Self::Value, Faults>;
}

/// Reads a value that stands elsewhere than in the file, on a command line for example.
///
/// # Errors
/// What was expected and found, and how to mend it.
pub fn read_text<F: Format>(format: &F, text: &str) -> Result<F::Value, String> {
    let read = format.read(&DeValue::String(text.into()));
    read.map_err(|faults| faults.0.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; "))
}

/// Shows a value as the file would have it, for the reference page.
#[cfg(test)]
pub trait Show: Format {
    /// The value as TOML.
    fn show(&self, value: &Self::Value) -> String;
}

/// What does not fit in one value.
#[derive(Debug)]
pub struct Faults(pub Vec<Fault>);

/// Something that does not fit.
#[derive(Debug)]
pub struct Fault {
    /// Where, if not the whole value.
    pub at: Option<Range<usize>>,
    /// What was expected and found, and how to mend it.
    pub message: String,
}

impl Faults {
    /// Another value than expected; `mend` says how to mend it, if there is more to say.
    pub fn mismatch(expected: &str, found: &str, mend: &str) -> Self {
        let semicolon = if mend.is_empty() { "" } else { "; " };
        Faults(vec![Fault { at: None, message: format!("expected {expected}, found {found}{semicolon}{mend}") }])
    }

    /// The faults of a value that is part of another.
    fn at(self, value: &Spanned<DeValue<'_>>) -> Vec<Fault> {
        self.0.into_iter().map(|fault| Fault { at: fault.at.or_else(|| Some(value.span())), ..fault }).collect()
    }
}

/// The most of a value that a message shows.
const LONGEST_FOUND: usize = 60;

/// A value as a message shows it. Not for secrets.
fn found(value: &DeValue<'_>) -> String {
    match value {
        // Both are places where people put passwords.
        DeValue::String(text) if text.contains("://") && text.contains(['@', '?']) => "a URL with a user name or a query".into(),
        DeValue::String(text) if text.chars().count() > LONGEST_FOUND => {
            let start: String = text.chars().take(LONGEST_FOUND).collect();
            format!("{:?}", start + "…")
        }
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        other => kind(other).into(),
    }
}

/// What kind of value it is.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// How to mend a value that should be a text and is not.
fn mend_untexted(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Array(_) => "write one value, without brackets",
        DeValue::Table(_) => "write one value",
        _ => "write it in quotes",
    }
}
