//! Whole numbers.

use std::fmt::Display;

use toml::de::DeValue;

use super::{Faults, Format, found};

/// A whole number within bounds.
pub struct Number<T> {
    least: T,
    most: T,
}

/// A whole number from `least` to `most`.
pub const fn number<T>(least: T, most: T) -> Number<T> {
    Number { least, most }
}

impl<T: TryFrom<i64> + PartialOrd + Display> Format for Number<T> {
    type Value = T;

    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.least, self.most)
    }

    fn read(&self, value: &DeValue<'_>) -> Result<T, Faults> {
        let mismatch = |mend: &str| Faults::mismatch(&self.expected(), &found(value), mend);
        let DeValue::Integer(integer) = value else {
            let quoted = matches!(value, DeValue::String(text) if text.parse::<i64>().is_ok());
            return Err(mismatch(if quoted { "write it without the quotes" } else { "" }));
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok().and_then(|number| T::try_from(number).ok());
        number.filter(|number| (&self.least..=&self.most).contains(&number)).ok_or_else(|| mismatch(""))
    }
}

#[cfg(test)]
impl<T: TryFrom<i64> + PartialOrd + Display> super::Show for Number<T> {
    fn show(&self, value: &T) -> String {
        value.to_string()
    }
}
