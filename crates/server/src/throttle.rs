//! Counts of failed attempts, in bounded memory (rules: [`keyward_rules::throttle`]).
//!
//! 1. [`Throttle::reserve`] before a password is looked at: refused, or an [`Attempt`] in flight. If
//!    nothing but other attempts in flight is in the way (a batch of one user's logins, say), it
//!    waits a moment for them to end.
//! 2. [`Attempt::failed`] or [`Attempt::succeeded`] says how it ended; one that is dropped, because
//!    the client hung up or the database was gone, leaves no trace.
//! 3. The same goes for codes that devices show ([`Throttle::user_code`]). Devices that ask for codes ([`Throttle::device`]) and
//!    clients that register themselves ([`Throttle::registration`]) are counted each time. How often a device asks for its tokens
//!    is [`Throttle::paced`]: here, since a durable write each time would be dear. A node that does not know of another's
//!    requests gives a hint less, and nothing else is lost.
//!    Requests with an access token are counted whatever becomes of them ([`Throttle::bearer`]).
//! 4. Client secrets are checked in one go by the thread that asks, so nothing is reserved for them:
//!    [`Throttle::secret`] before the check, [`SecretAttempt::failed`] after a wrong one. A burst
//!    gains one guess per core at most, and a busy client is never held up by its own requests.
//!
//! Names and addresses are not kept: keys are their SipHash under a random key of this process, so
//! nobody outside can aim at another's count. The counts die with the process.

mod ledger;
mod refused;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use keyward_rules::{
    model::id::{AuthorizationId, UserId},
    throttle::{Axis, CLIENT_SECRET, Rate, Standing, canonical_account, network},
};
use tokio::{sync::Notify, time};

use ledger::{Acquaintances, Ledger, Paces, Rates};
pub use refused::Refused;

/// How long an attempt waits for those in flight before it is refused.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How many attempts may wait at a time; more are refused at once.
const WAITING_ROOM: usize = 256;

/// How many keys each axis remembers. All full is about 12 MiB.
const PAIRS: usize = 40_960;
const ADDRESSES: usize = 20_480;
const ACCOUNTS: usize = 20_480;
const SECRETS: usize = 10_240;
const ACQUAINTANCES: usize = 20_480;
const DEVICES: usize = 10_240;
const TOKENS: usize = 40_960;
const REGISTRATIONS: usize = 10_240;

/// A clock that does not jump, in milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The counts of one server.
pub struct Throttle {
    enabled: bool,
    clock: Clock,
    keyed: RandomState,
    pairs: Ledger,
    addresses: Ledger,
    accounts: Ledger,
    codes_of_users: Ledger,
    codes_of_addresses: Ledger,
    devices_of_clients: Ledger,
    devices_of_addresses: Ledger,
    registrations_of_addresses: Ledger,
    paces: Paces,
    rates: Rates,
    secrets: Ledger,
    acquaintances: Acquaintances,
    /// Told whenever an attempt ends.
    ended: Notify,
    waiting: AtomicUsize,
    patience: Duration,
}

/// The keys an attempt is filed under.
#[derive(Clone, Copy)]
struct Keys {
    pair: u64,
    address: u64,
    account: u64,
}

impl Throttle {
    /// With the time since now as its clock. If not `enabled` it counts nothing and refuses nobody.
    #[must_use]
    pub fn new(enabled: bool) -> Self {
        let start = Instant::now();
        let since_start = move || i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
        Self::with_clock(enabled, Arc::new(since_start))
    }

    /// With a clock of the caller's.
    #[must_use]
    pub fn with_clock(enabled: bool, clock: Clock) -> Self {
        Self {
            enabled,
            clock,
            keyed: RandomState::new(),
            pairs: Ledger::new(Axis::Pair.backoff(), PAIRS),
            addresses: Ledger::new(Axis::Address.backoff(), ADDRESSES),
            accounts: Ledger::new(Axis::Account.backoff(), ACCOUNTS),
            codes_of_users: Ledger::new(Axis::CodesOfUser.backoff(), DEVICES),
            codes_of_addresses: Ledger::new(Axis::CodesOfAddress.backoff(), DEVICES),
            devices_of_clients: Ledger::new(Axis::DevicesOfClient.backoff(), DEVICES),
            devices_of_addresses: Ledger::new(Axis::DevicesOfAddress.backoff(), DEVICES),
            registrations_of_addresses: Ledger::new(Axis::RegistrationsOfAddress.backoff(), REGISTRATIONS),
            paces: Paces::new(DEVICES),
            rates: Rates::new(TOKENS),
            secrets: Ledger::new(CLIENT_SECRET, SECRETS),
            acquaintances: Acquaintances::new(ACQUAINTANCES),
            ended: Notify::new(),
            waiting: AtomicUsize::new(0),
            patience: LONGEST_WAIT,
        }
    }

    /// Reserves a password attempt on `account` (in any spelling) from `address`.
    ///
    /// # Errors
    /// [`Refused`], and nothing is counted.
    pub async fn reserve(&self, account: &str, address: IpAddr) -> Result<Attempt<'_>, Refused> {
        let keys = self.keys(("account", canonical_account(account)), address);
        // Asked again for each try: meanwhile the account may have been logged in to.
        self.reserve_on(keys, Axis::PASSWORD, || Axis::binding(self.acquaintances.know(keys.account, keys.address, self.now()))).await
    }

    /// Reserves the entering of a code by `user` at `address`. Only a wrong one needs to be reported.
    ///
    /// # Errors
    /// [`Refused`], and nothing is counted.
    pub async fn user_code(&self, user: UserId, address: IpAddr) -> Result<Attempt<'_>, Refused> {
        self.reserve_on(self.keys(("user", user), address), Axis::USER_CODE, || Axis::USER_CODE).await
    }

    /// Counts a device of `client` that asks for codes from `address`; `anonymous` if nothing proved that it is the client's.
    ///
    /// # Errors
    /// [`Refused`], and nothing is counted.
    pub async fn device(&self, client: &str, address: IpAddr, anonymous: bool) -> Result<(), Refused> {
        let axes = Axis::device(anonymous);
        self.reserve_on(self.keys(("client", client), address), axes, || axes).await?.failed();
        Ok(())
    }

    /// Counts a client that registers itself from `address`.
    ///
    /// # Errors
    /// [`Refused`], and nothing is counted.
    pub async fn registration(&self, address: IpAddr) -> Result<(), Refused> {
        self.reserve_on(self.keys("registration", address), Axis::REGISTRATION, || Axis::REGISTRATION).await?.failed();
        Ok(())
    }

    /// Whether a device that asks for its tokens now has waited since it asked last.
    #[must_use]
    pub fn paced(&self, device: AuthorizationId) -> bool {
        !self.enabled || self.paces.asked(self.keyed.hash_one(("device", device)), self.now())
    }

    /// Counts a request with an access token; at most `rate` of them are let through. Ask for live tokens only, or anybody fills
    /// the memory.
    ///
    /// # Errors
    /// [`Refused::Rate`], and nothing is counted.
    pub fn bearer(&self, token: &str, rate: Rate) -> Result<(), Refused> {
        if !self.enabled {
            return Ok(());
        }
        let used = self.rates.one_more(self.keyed.hash_one(("token", token)), rate, self.now());
        used.map_err(|wait| Refused::Rate { retry_after: milliseconds(wait) })
    }

    /// Waits until no attempt in flight is in the way on the axes that bind, and reserves there.
    async fn reserve_on(
        &self,
        keys: Keys,
        counted_on: &'static [Axis],
        binding: impl Fn() -> &'static [Axis],
    ) -> Result<Attempt<'_>, Refused> {
        let deadline = time::Instant::now() + self.patience;
        let mut seat = None;
        loop {
            let ended = self.ended.notified();
            if let Some(attempt) = self.try_reserve(keys, counted_on, binding())? {
                return Ok(attempt);
            }
            if seat.is_none() {
                seat = Some(self.sit_down()?);
            }
            time::timeout_at(deadline, ended).await.map_err(|_| Refused::Crowded)?;
        }
    }

    /// Asks whether a secret of `client` from `address` may be checked now. Do not await anything
    /// between this and [`SecretAttempt::failed`].
    ///
    /// # Errors
    /// [`Refused`], and nothing is counted.
    pub fn secret(&self, client: &str, address: IpAddr) -> Result<SecretAttempt<'_>, Refused> {
        let key = self.keyed.hash_one(("client", client, network(address)));
        if self.enabled {
            let tally = self.secrets.lock(key).get(key);
            if let Standing::Blocked { retry_after_ms } = tally.standing(&CLIENT_SECRET, self.now()) {
                return Err(Refused::Secret { retry_after: milliseconds(retry_after_ms) });
            }
        }
        Ok(SecretAttempt { throttle: self, key })
    }

    /// Looks at every axis that binds and reserves on all of them or on none: nobody else ever
    /// sees half a reservation. `None` means that attempts in flight are in the way.
    fn try_reserve(&self, keys: Keys, counted_on: &'static [Axis], axes: &'static [Axis]) -> Result<Option<Attempt<'_>>, Refused> {
        let mut attempt = Attempt { throttle: self, keys, counted_on, reserved_on: &[] };
        if !self.enabled {
            return Ok(Some(attempt));
        }
        let now = self.now();
        // Always in the order of their list, and no axis is on two lists: no two threads wait for each other.
        let mut shards: Vec<_> = axes.iter().map(|&axis| self.lock(axis, keys)).collect();

        let mut standing = Standing::Clear;
        let mut strictest = None;
        for (&axis, (shard, key)) in axes.iter().zip(&shards) {
            let both = standing.and(shard.get(*key).standing(&axis.backoff(), now));
            if both != standing {
                (standing, strictest) = (both, Some(axis));
            }
        }
        match standing {
            Standing::Occupied => return Ok(None),
            Standing::Blocked { retry_after_ms } => {
                let axis = strictest.unwrap_or(Axis::Pair);
                return Err(Refused::on(axis, milliseconds(retry_after_ms)));
            }
            Standing::Clear => {}
        }
        for (shard, key) in &mut shards {
            let tally = shard.get(*key).reserved();
            shard.put(*key, tally, now);
        }
        attempt.reserved_on = axes;
        Ok(Some(attempt))
    }

    fn lock(&self, axis: Axis, keys: Keys) -> (ledger::Shard<'_>, u64) {
        match axis {
            Axis::Pair => (self.pairs.lock(keys.pair), keys.pair),
            Axis::Address => (self.addresses.lock(keys.address), keys.address),
            Axis::Account => (self.accounts.lock(keys.account), keys.account),
            Axis::CodesOfUser => (self.codes_of_users.lock(keys.account), keys.account),
            Axis::CodesOfAddress => (self.codes_of_addresses.lock(keys.address), keys.address),
            Axis::DevicesOfClient => (self.devices_of_clients.lock(keys.account), keys.account),
            Axis::RegistrationsOfAddress => (self.registrations_of_addresses.lock(keys.address), keys.address),
            Axis::DevicesOfAddress => (self.devices_of_addresses.lock(keys.address), keys.address),
        }
    }

    fn sit_down(&self) -> Result<Seat<'_>, Refused> {
        let seat = Seat(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) < WAITING_ROOM { Ok(seat) } else { Err(Refused::Crowded) }
    }

    /// `account` is who tries or is tried: an account, a user, a client.
    fn keys(&self, account: impl Hash, address: IpAddr) -> Keys {
        let address = self.keyed.hash_one(("address", network(address)));
        let account = self.keyed.hash_one(account);
        Keys { pair: self.keyed.hash_one((account, address)), address, account }
    }

    fn now(&self) -> i64 {
        (self.clock)()
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// An attempt in flight. Dropping it without a word gives it up.
#[must_use]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    keys: Keys,
    counted_on: &'static [Axis],
    reserved_on: &'static [Axis],
}

impl Attempt<'_> {
    /// It was wrong: it counts on every axis of its kind.
    pub fn failed(self) {
        let throttle = self.throttle;
        if throttle.enabled {
            let now = throttle.now();
            for &axis in self.counted_on {
                let (mut shard, key) = throttle.lock(axis, self.keys);
                let tally = shard.get(key).failed(&axis.backoff(), now);
                shard.put(key, tally, now);
            }
        }
        // Dropping releases the reservation.
    }

    /// The password was right: the pair's failures are forgotten, and the pair is familiar.
    pub fn succeeded(self) {
        let throttle = self.throttle;
        if throttle.enabled {
            let now = throttle.now();
            let (mut shard, key) = throttle.lock(Axis::Pair, self.keys);
            let tally = shard.get(key).cleared();
            shard.put(key, tally, now);
            drop(shard);
            throttle.acquaintances.make(self.keys.account, self.keys.address, now);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.reserved_on.is_empty() {
            return;
        }
        let now = self.throttle.now();
        for &axis in self.reserved_on {
            let (mut shard, key) = self.throttle.lock(axis, self.keys);
            let tally = shard.get(key).released();
            shard.put(key, tally, now);
        }
        self.throttle.ended.notify_waiters();
    }
}

/// A client secret about to be checked. Only a wrong one needs to be reported.
#[must_use]
pub struct SecretAttempt<'a> {
    throttle: &'a Throttle,
    key: u64,
}

impl SecretAttempt<'_> {
    /// The secret was wrong, or the client unknown.
    pub fn failed(self) {
        if self.throttle.enabled {
            let now = self.throttle.now();
            let mut shard = self.throttle.secrets.lock(self.key);
            let tally = shard.get(self.key).failed(&CLIENT_SECRET, now);
            shard.put(self.key, tally, now);
        }
    }
}

/// A place in the waiting room.
struct Seat<'a>(&'a AtomicUsize);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn milliseconds(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}
