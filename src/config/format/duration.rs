//! Lengths of time: `30s`, `10m`, `1h`, `30d`, `1h 30m`; also as KorAP writes them: `30S`, `10M`, `1H`, `1D`.

use keyward_rules::model::time::Seconds;
use toml::de::DeValue;

use super::{Faults, Format, found};

/// 60 seconds.
pub const MINUTE: Seconds = Seconds(60);
/// 60 minutes.
pub const HOUR: Seconds = Seconds(3_600);
/// 24 hours.
pub const DAY: Seconds = Seconds::DAY;
/// 365 days.
pub const YEAR: Seconds = Seconds(31_536_000);

/// A length of time within bounds.
pub struct Duration {
    least: Seconds,
    most: Seconds,
}

/// A length of time from `least` to `most`.
pub const fn duration(least: Seconds, most: Seconds) -> Duration {
    Duration { least, most }
}

impl Format for Duration {
    type Value = Seconds;

    fn expected(&self) -> String {
        format!("a duration from {} to {}", shown(self.least), shown(self.most))
    }

    fn read(&self, value: &DeValue<'_>) -> Result<Seconds, Faults> {
        let mismatch = |mend: &str| Faults::mismatch(&self.expected(), &found(value), mend);
        match value {
            DeValue::String(text) => {
                let seconds = parse(text).map_err(mismatch)?;
                if (self.least..=self.most).contains(&seconds) { Ok(seconds) } else { Err(mismatch("")) }
            }
            DeValue::Integer(number) => Err(mismatch(&format!("write it in quotes and with its unit, in seconds \"{number}s\""))),
            _ => Err(mismatch("write it like \"1h\"")),
        }
    }
}

#[cfg(test)]
impl super::Show for Duration {
    fn show(&self, value: &Seconds) -> String {
        format!("{:?}", shown(*value))
    }
}

/// A length of time in the largest unit that has no remainder.
pub fn shown(Seconds(seconds): Seconds) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m")];
    let whole = units.into_iter().find(|(unit, _)| seconds > 0 && seconds % unit.0 == 0);
    whole.map_or_else(|| format!("{seconds}s"), |(unit, letter)| format!("{}{letter}", seconds / unit.0))
}

fn parse(text: &str) -> Result<Seconds, &'static str> {
    if let Some(seconds) = parse_korap(text) {
        return Ok(seconds);
    }
    // What is left with capitals is either a mistake or a month of humantime's, which nobody means here.
    if text.contains(|c: char| c.is_ascii_uppercase()) {
        return Err("a capital unit stands alone: \"30S\", \"10M\" (minutes), \"1H\" or \"1D\"");
    }
    let duration = humantime::parse_duration(text).map_err(|_| "write a number and a unit: \"30s\", \"10m\", \"1h\" or \"30d\"")?;
    match u32::try_from(duration.as_secs()) {
        Ok(seconds) if duration.subsec_nanos() == 0 => Ok(Seconds(seconds)),
        Ok(_) => Err("write whole seconds"),
        Err(_) => Err("write a shorter one"),
    }
}

/// One number and one capital letter, where `M` means minutes.
fn parse_korap(text: &str) -> Option<Seconds> {
    let units = [('S', Seconds(1)), ('M', MINUTE), ('H', HOUR), ('D', DAY)];
    let (digits, unit) = units.iter().find_map(|(letter, unit)| Some((text.strip_suffix(*letter)?, unit)))?;
    let number: u32 = if digits.starts_with('+') { None } else { digits.parse().ok() }?;
    number.checked_mul(unit.0).map(Seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_z05_durations_are_read_in_both_spellings_and_a_capital_m_means_minutes() {
        let table = [
            ("30s", 30),
            ("10m", 600),
            ("1h", 3600),
            ("30d", 2_592_000),
            ("1h 30m", 5400),
            ("0s", 0),
            ("30S", 30),
            ("10M", 600),
            ("1H", 3600),
            ("1D", 86_400),
            ("365D", 31_536_000),
        ];
        for (text, seconds) in table {
            assert_eq!(parse(text), Ok(Seconds(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_number_of_seconds_is_refused() {
        for text in ["", "h", "1", "1x", "-1s", "+1S", "1500ms", "1H30M", "1M 2d", "1.5S", "99999999999999D", "200years", "1 D"] {
            assert!(parse(text).is_err(), "{text:?}: {:?}", parse(text));
        }
    }

    #[test]
    fn durations_are_shown_in_their_largest_whole_unit() {
        for (seconds, text) in [(0, "0s"), (59, "59s"), (60, "1m"), (5400, "90m"), (3600, "1h"), (259_200, "3d"), (31_536_000, "365d")] {
            assert_eq!(shown(Seconds(seconds)), text);
        }
    }
}
