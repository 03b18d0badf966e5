//! The addresses from which an account has been logged in to.

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// The most recent addresses of successful logins to one account.
///
/// Few and per account, so that somebody with one password and many addresses can crowd out
/// nobody's addresses but their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Familiar {
    /// Address key and time of the last success, in milliseconds.
    seen: Vec<(u64, i64)>,
}

impl Familiar {
    /// Addresses kept per account.
    pub const KEPT: usize = 8;
    /// How long an address stays familiar after its last success, in milliseconds.
    pub const LASTS_MS: i64 = 30 * DAY;

    /// Whether there was a success from `address` lately.
    #[must_use]
    pub fn knows(&self, address: u64, now: i64) -> bool {
        self.seen.iter().any(|&(key, at)| key == address && now.saturating_sub(at) < Self::LASTS_MS)
    }

    /// There was a success from `address` at `now`.
    pub fn remember(&mut self, address: u64, now: i64) {
        self.seen.retain(|&(key, _)| key != address);
        if self.seen.len() >= Self::KEPT {
            let oldest = self.seen.iter().enumerate().min_by_key(|&(_, &(_, at))| at);
            if let Some((index, _)) = oldest {
                self.seen.swap_remove(index);
            }
        }
        self.seen.push((address, now));
    }

    /// Time of the latest success in milliseconds, if there was any.
    #[must_use]
    pub fn latest_ms(&self) -> Option<i64> {
        self.seen.iter().map(|&(_, at)| at).max()
    }
}
