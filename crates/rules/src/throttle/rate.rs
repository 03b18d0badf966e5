//! How often something may be done: a burst at once, and then as much as comes back with time (a token bucket, kept as the
//! moment at which it is full again).

/// So many a minute; as many may come at once. At least 1, at most [`Rate::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(u32);

/// What was used up under one key: when all of it has come back, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used(i64);

impl Rate {
    /// One each millisecond.
    pub const MOST: u32 = 60_000;

    /// `per_minute`; none for 0.
    #[must_use]
    pub fn per_minute(per_minute: u32) -> Option<Self> {
        (per_minute > 0).then(|| Rate(per_minute.min(Self::MOST)))
    }

    /// Milliseconds until one more has come back.
    fn interval_ms(self) -> i64 {
        60_000 / i64::from(self.0)
    }
}

impl Used {
    /// Uses one more at `now`.
    ///
    /// # Errors
    /// Milliseconds until there is one to use, always positive; nothing is used then.
    pub fn one_more(self, rate: Rate, now: i64) -> Result<Self, i64> {
        let interval = rate.interval_ms();
        let full_again = self.0.max(now).saturating_add(interval);
        let wait = full_again.saturating_sub(now) - interval * i64::from(rate.0);
        if wait > 0 { Err(wait) } else { Ok(Used(full_again)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_one_for_each_that_has_come_back() {
        let rate = Rate::per_minute(60).unwrap();
        let mut used = Used::default();
        for _ in 0..60 {
            used = used.one_more(rate, 5_000).unwrap();
        }
        assert_eq!(used.one_more(rate, 5_000), Err(1_000));
        assert_eq!(used.one_more(rate, 5_999), Err(1));
        used = used.one_more(rate, 6_000).unwrap();
        assert_eq!(used.one_more(rate, 6_000), Err(1_000));
        // After a minute of rest there is a burst again, and no more than that after an hour.
        let later = 6_000 + 3_600_000;
        for _ in 0..60 {
            used = used.one_more(rate, later).unwrap();
        }
        assert!(used.one_more(rate, later).is_err());
    }

    #[test]
    fn no_rate_is_none_and_the_highest_is_one_each_millisecond() {
        assert_eq!(Rate::per_minute(0), None);
        let most = Rate::per_minute(u32::MAX).unwrap();
        assert_eq!((most.0, most.interval_ms()), (Rate::MOST, 1));
        assert!(Used::default().one_more(Rate::per_minute(1).unwrap(), i64::MAX).is_ok());
    }
}
