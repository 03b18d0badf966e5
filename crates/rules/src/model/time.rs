//! Points in time and lengths of time.

use std::{
    fmt,
    ops::{Add, Sub},
};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A length of time in whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl Timestamp {
    /// The beginning of a second since 1970, as tokens write times.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Timestamp(seconds.saturating_mul(1000))
    }

    /// Whole seconds since 1970, as tokens and answers write times.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl Seconds {
    /// One day.
    pub const DAY: Seconds = Seconds(86_400);

    /// The same in milliseconds.
    #[must_use]
    pub fn millis(self) -> i64 {
        i64::from(self.0) * 1000
    }
}

impl Add<Seconds> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Seconds) -> Timestamp {
        Timestamp(self.0.saturating_add(span.millis()))
    }
}

impl Sub<Seconds> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Seconds) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.millis()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}
