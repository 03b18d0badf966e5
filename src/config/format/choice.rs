//! One of a few words, or true and false.

use toml::de::DeValue;

use super::{Faults, Format, found, mend_untexted};
use crate::config::section::closest;

/// One of a few words.
#[derive(Clone, Copy)]
pub struct Choice<T: 'static>(&'static [(&'static str, T)]);

/// One of these words.
pub const fn choice<T>(words: &'static [(&'static str, T)]) -> Choice<T> {
    Choice(words)
}

impl<T: PartialEq> Choice<T> {
    /// The word for a value; every value there is has one.
    pub fn word(&self, value: &T) -> &'static str {
        self.0.iter().find(|(_, one)| one == value).map(|(word, _)| *word).unwrap_or_default()
    }
}

impl<T: Copy> Format for Choice<T> {
    type Value = T;

    fn expected(&self) -> String {
        let quoted: Vec<_> = self.0.iter().map(|(word, _)| format!("{word:?}")).collect();
        match &*quoted {
            [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => quoted.concat(),
        }
    }

    fn read(&self, value: &DeValue<'_>) -> Result<T, Faults> {
        let DeValue::String(text) = value else {
            return Err(Faults::mismatch(&self.expected(), &found(value), mend_untexted(value)));
        };
        if let Some((_, value)) = self.0.iter().find(|(word, _)| *word == text.as_ref()) {
            return Ok(*value);
        }
        let words: Vec<_> = self.0.iter().map(|(word, _)| *word).collect();
        let mend = closest(text, &words).map(|word| format!("did you mean {word:?}?")).unwrap_or_default();
        Err(Faults::mismatch(&self.expected(), &found(value), &mend))
    }
}

#[cfg(test)]
impl<T: Copy + PartialEq> super::Show for Choice<T> {
    fn show(&self, value: &T) -> String {
        format!("{:?}", self.word(value))
    }
}

/// `true` or `false`.
pub const FLAG: Flag = Flag;

/// `true` or `false`.
pub struct Flag;

impl Format for Flag {
    type Value = bool;

    fn expected(&self) -> String {
        "true or false".into()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<bool, Faults> {
        match value {
            DeValue::Boolean(flag) => Ok(*flag),
            DeValue::String(text) if matches!(text.as_ref(), "true" | "false") => {
                Err(Faults::mismatch(&self.expected(), &found(value), "write it without the quotes"))
            }
            _ => Err(Faults::mismatch(&self.expected(), &found(value), "")),
        }
    }
}

#[cfg(test)]
impl super::Show for Flag {
    fn show(&self, value: &bool) -> String {
        value.to_string()
    }
}
