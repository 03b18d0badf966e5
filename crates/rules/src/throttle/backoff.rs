//! Counting failures under one key, and what the count allows.

/// How many failures are free and how long the waits are after them. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Failures without any wait.
    pub free: u32,
    /// The wait after the last free failure; each further failure doubles it.
    pub first_ms: i64,
    /// The longest wait.
    pub cap_ms: i64,
    /// After this long without a failure the count starts afresh.
    pub quiet_ms: i64,
}

impl Backoff {
    /// The wait that follows the `failures`-th failure.
    #[must_use]
    pub fn delay_ms(&self, failures: u32) -> i64 {
        let Some(beyond) = failures.checked_sub(self.free) else {
            return 0;
        };
        let doubled = 1_i64.checked_shl(beyond.min(62)).and_then(|factor| self.first_ms.checked_mul(factor));
        doubled.map_or(self.cap_ms, |delay| delay.min(self.cap_ms))
    }
}

/// What a key's tally allows at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// An attempt may go ahead.
    Clear,
    /// Only attempts still in flight stand in the way: how they end decides.
    Occupied,
    /// Failures stand in the way.
    Blocked {
        /// Milliseconds until an attempt may go ahead; always positive.
        retry_after_ms: i64,
    },
}

impl Standing {
    /// The stricter of two; of two blocks, the longer.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Blocked { retry_after_ms: a }, Self::Blocked { retry_after_ms: b }) => Self::Blocked { retry_after_ms: a.max(b) },
            (blocked @ Self::Blocked { .. }, _) | (_, blocked @ Self::Blocked { .. }) => blocked,
            (Self::Occupied, _) | (_, Self::Occupied) => Self::Occupied,
            (Self::Clear, Self::Clear) => Self::Clear,
        }
    }
}

/// The failures and the attempts in flight under one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    failures: u32,
    in_flight: u32,
    last_failure_ms: i64,
}

impl Tally {
    /// What this tally allows at `now`.
    ///
    /// Below the free number there is room for as many attempts as are left of it; beyond it for
    /// one, once the wait after the last failure is over. Attempts in flight take up that room.
    #[must_use]
    pub fn standing(self, backoff: &Backoff, now: i64) -> Standing {
        let failures = self.failures_at(backoff, now);
        let room = match backoff.free.checked_sub(failures) {
            Some(left) if left > 0 => left,
            _ => {
                let until = self.last_failure_ms.saturating_add(backoff.delay_ms(failures));
                if now < until {
                    return Standing::Blocked { retry_after_ms: until.saturating_sub(now) };
                }
                1
            }
        };
        if self.in_flight < room { Standing::Clear } else { Standing::Occupied }
    }

    /// An attempt starts.
    #[must_use]
    pub fn reserved(self) -> Self {
        Self { in_flight: self.in_flight.saturating_add(1), ..self }
    }

    /// A reserved attempt ends without having failed: it succeeded or was given up.
    #[must_use]
    pub fn released(self) -> Self {
        Self { in_flight: self.in_flight.saturating_sub(1), ..self }
    }

    /// An attempt failed at `now`. A reserved one is [`released`](Self::released) as well.
    #[must_use]
    pub fn failed(self, backoff: &Backoff, now: i64) -> Self {
        Self {
            failures: self.failures_at(backoff, now).saturating_add(1),
            // Two threads may read the clock in one order and record in the other.
            last_failure_ms: self.last_failure_ms.max(now),
            ..self
        }
    }

    /// The failures are forgiven; what is in flight stays.
    #[must_use]
    pub fn cleared(self) -> Self {
        Self { failures: 0, last_failure_ms: 0, ..self }
    }

    /// Whether it says nothing any more, so that it need not be kept.
    #[must_use]
    pub fn is_blank(self, backoff: &Backoff, now: i64) -> bool {
        self.weight(backoff, now) == 0
    }

    /// What would be lost by forgetting it: failures and attempts in flight.
    #[must_use]
    pub fn weight(self, backoff: &Backoff, now: i64) -> u32 {
        self.failures_at(backoff, now).saturating_add(self.in_flight)
    }

    /// When the last failure was recorded, in the caller's milliseconds.
    #[must_use]
    pub fn last_failure_ms(self) -> i64 {
        self.last_failure_ms
    }

    fn failures_at(self, backoff: &Backoff, now: i64) -> u32 {
        if now.saturating_sub(self.last_failure_ms) >= backoff.quiet_ms { 0 } else { self.failures }
    }
}
