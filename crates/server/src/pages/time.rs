//! Times and durations, in words.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// A moment, taken apart for a text; in UTC.
pub(super) struct Moment {
    /// For machines (RFC 3339).
    pub iso: String,
    /// The year, the month and the day, each from 1.
    pub date: [i64; 3],
    /// Hours and minutes.
    pub clock: String,
}

/// The moment `seconds` after the beginning of 1970; none in years of more than four digits.
pub(super) fn moment(seconds: i64) -> Option<Moment> {
    let timestamp = Timestamp::from_second(seconds).ok()?;
    let zoned = timestamp.to_zoned(TimeZone::UTC);
    Some(Moment {
        iso: timestamp.to_string(),
        date: [i64::from(zoned.year()), i64::from(zoned.month()), i64::from(zoned.day())],
        clock: zoned.strftime("%H:%M").to_string(),
    })
}

const UNITS: [(&str, SignedDuration); 3] = [
    ("duration-days", SignedDuration::from_hours(24)),
    ("duration-hours", SignedDuration::from_hours(1)),
    ("duration-minutes", SignedDuration::from_mins(1)),
];

/// The text for a duration, and the number in it: in the largest unit that it has a whole number of, or two and more,
/// then rounded up.
pub(super) fn duration(seconds: i64) -> (&'static str, i64) {
    let fits = |unit: i64| seconds >= unit && (seconds % unit == 0 || seconds >= 2 * unit);
    let unit = UNITS.iter().map(|(text, length)| (*text, length.as_secs())).find(|(_, length)| fits(*length));
    unit.map_or(("duration-seconds", seconds), |(text, length)| (text, seconds / length + i64::from(seconds % length > 0)))
}

#[cfg(test)]
mod tests {
    use super::{duration, moment};

    #[test]
    fn durations_are_said_in_the_largest_unit_that_is_true_enough() {
        for (seconds, text, count) in [
            (0, "seconds", 0),
            (1, "seconds", 1),
            (60, "minutes", 1),
            (90, "seconds", 90),
            (121, "minutes", 3),
            (3600, "hours", 1),
            (5400, "minutes", 90),
            (86_400, "days", 1),
            (129_600, "hours", 36),
            (2_592_000, "days", 30),
            (i64::MAX, "days", 106_751_991_167_301),
        ] {
            assert_eq!(duration(seconds), (format!("duration-{text}").as_str(), count), "{seconds}");
        }
    }

    #[test]
    fn moments_are_in_utc() {
        let moment = moment(1_786_460_000).unwrap();
        assert_eq!((moment.iso.as_str(), moment.date, moment.clock.as_str()), ("2026-08-11T14:53:20Z", [2026, 8, 11], "14:53"));
        assert!(super::moment(i64::MAX).is_none());
    }
}
