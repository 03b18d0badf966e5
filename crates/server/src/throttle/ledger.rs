//! Tallies by key: sharded, and never more than a fixed number.
//!
//! When a shard is full, the tally that says least makes room: an expired one, else the one of the
//! fewest failures, of these the oldest. To wash out a count of k failures a guesser must therefore
//! first cause k failures under every other key of its shard; and since it cannot tell which key
//! lies in which shard, k times as many as the ledger has keys. A first failure is cheaper to wash
//! out, but the other axes, in ledgers of their own, have counted it too.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use keyward_rules::{
    grant::device_code::Pace,
    throttle::{Backoff, Familiar, Rate, Tally, Used},
};

const SHARDS: usize = 64;

type Shards<T> = [Mutex<HashMap<u64, T>>; SHARDS];

/// The tallies of one axis.
pub(super) struct Ledger {
    shards: Box<Shards<Tally>>,
    backoff: Backoff,
    limit: usize,
}

/// One shard of a ledger, held.
pub(super) struct Shard<'a> {
    tallies: MutexGuard<'a, HashMap<u64, Tally>>,
    backoff: Backoff,
    limit: usize,
}

impl Ledger {
    /// For about `keys` keys.
    pub(super) fn new(backoff: Backoff, keys: usize) -> Self {
        Self { shards: Box::new(std::array::from_fn(|_| Mutex::default())), backoff, limit: keys.div_ceil(SHARDS) }
    }

    /// Holds the shard `key` lies in.
    pub(super) fn lock(&self, key: u64) -> Shard<'_> {
        Shard { tallies: hold(&self.shards, key), backoff: self.backoff, limit: self.limit }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        (0..SHARDS as u64).map(|shard| hold(&self.shards, shard).len()).sum()
    }
}

impl Shard<'_> {
    /// The tally of `key`, blank if there is none.
    pub(super) fn get(&self, key: u64) -> Tally {
        self.tallies.get(&key).copied().unwrap_or_default()
    }

    /// Keeps the tally of `key`, or forgets the key if its tally is blank.
    pub(super) fn put(&mut self, key: u64, tally: Tally, now: i64) {
        if tally.is_blank(&self.backoff, now) {
            self.tallies.remove(&key);
            return;
        }
        if self.tallies.len() >= self.limit && !self.tallies.contains_key(&key) {
            let says_least = |tally: &Tally| (tally.weight(&self.backoff, now), tally.last_failure_ms());
            evict(&mut self.tallies, says_least);
        }
        self.tallies.insert(key, tally);
    }
}

/// The addresses each account has been logged in to from. Only a right password adds to it, and
/// when it is full the account unused for longest makes room.
pub(super) struct Acquaintances {
    shards: Box<Shards<Familiar>>,
    limit: usize,
}

impl Acquaintances {
    /// For about `accounts` accounts.
    pub(super) fn new(accounts: usize) -> Self {
        Self { shards: Box::new(std::array::from_fn(|_| Mutex::default())), limit: accounts.div_ceil(SHARDS) }
    }

    /// Whether `account` has been logged in to from `address` lately.
    pub(super) fn know(&self, account: u64, address: u64, now: i64) -> bool {
        hold(&self.shards, account).get(&account).is_some_and(|familiar| familiar.knows(address, now))
    }

    /// `account` was logged in to from `address` at `now`.
    pub(super) fn make(&self, account: u64, address: u64, now: i64) {
        let mut shard = hold(&self.shards, account);
        if shard.len() >= self.limit && !shard.contains_key(&account) {
            evict(&mut shard, Familiar::latest_ms);
        }
        shard.entry(account).or_default().remember(address, now);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        (0..SHARDS as u64).map(|shard| hold(&self.shards, shard).len()).sum()
    }
}

/// How often devices ask for their tokens. When it is full the one that asked longest ago makes room.
pub(super) struct Paces {
    shards: Box<Shards<Pace>>,
    limit: usize,
}

impl Paces {
    /// For about `devices` devices.
    pub(super) fn new(devices: usize) -> Self {
        Self { shards: Box::new(std::array::from_fn(|_| Mutex::default())), limit: devices.div_ceil(SHARDS) }
    }

    /// `device` asks at `now`: whether it has waited.
    pub(super) fn asked(&self, device: u64, now: i64) -> bool {
        let mut shard = hold(&self.shards, device);
        if let Some(pace) = shard.get_mut(&device) {
            return pace.asked(now);
        }
        if shard.len() >= self.limit {
            evict(&mut shard, |pace| pace.last_ms());
        }
        shard.insert(device, Pace::begun(now));
        true
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        (0..SHARDS as u64).map(|shard| hold(&self.shards, shard).len()).sum()
    }
}

/// How much access tokens were used lately. When it is full the one that has most of it back makes room.
pub(super) struct Rates {
    shards: Box<Shards<Used>>,
    limit: usize,
}

impl Rates {
    /// For about `tokens` tokens.
    pub(super) fn new(tokens: usize) -> Self {
        Self { shards: Box::new(std::array::from_fn(|_| Mutex::default())), limit: tokens.div_ceil(SHARDS) }
    }

    /// `token` is used at `now`; else milliseconds until it may be.
    pub(super) fn one_more(&self, token: u64, rate: Rate, now: i64) -> Result<(), i64> {
        let mut shard = hold(&self.shards, token);
        let used = shard.get(&token).copied().unwrap_or_default().one_more(rate, now)?;
        if shard.len() >= self.limit && !shard.contains_key(&token) {
            evict(&mut shard, |used| *used);
        }
        shard.insert(token, used);
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        (0..SHARDS as u64).map(|shard| hold(&self.shards, shard).len()).sum()
    }
}

fn hold<T>(shards: &Shards<T>, key: u64) -> MutexGuard<'_, HashMap<u64, T>> {
    #[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a remainder of SHARDS is an index of SHARDS elements")]
    let shard = &shards[(key % SHARDS as u64) as usize];
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the entry with the smallest rank. A walk over some hundred entries: microseconds, and
/// only while the shard is full.
fn evict<T, R: Ord>(shard: &mut HashMap<u64, T>, rank: impl Fn(&T) -> R) {
    let least = shard.iter().min_by_key(|&(_, value)| rank(value)).map(|(&key, _)| key);
    if let Some(key) = least {
        shard.remove(&key);
    }
}
