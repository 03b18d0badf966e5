//! All open connections, and the one task that looks after them.
//!
//! 1. [`Connections::place`] waits for a free place; a listener asks before it accepts.
//! 2. [`Connections::open`] writes the connection down; its [`Ticket`] takes it out again.
//! 3. A few times a second one task looks at every [`Pulse`]: slow heads, idle connections and those that do not close
//!    are told to finish or are cut off. So an idle connection costs no timer and a request none either.
//! 4. When places run out, the longest idle connections make room.
//! 5. [`Connections::drain`] lets requests underway finish, closes everything else, and cuts off what takes too long.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::limits::{Limits, allow_open_files};
use super::pulse::{Moment, Order, Pulse};
use super::seldom::Seldom;
use crate::metrics::Metrics;
use crate::request_id::RequestIds;

/// The open connections of one process. Listeners share one, so that the limit is one.
#[derive(Debug)]
pub struct Connections {
    pub(super) limits: Limits,
    pub(super) metrics: Arc<Metrics>,
    pub(super) request_ids: RequestIds,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    open: Mutex<HashMap<u64, Arc<Pulse>>>,
    next: AtomicU64,
    clock: AtomicU64,
    draining: AtomicBool,
    emptied: Notify,
}

/// The place of one open connection, given back when dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    connections: Arc<Connections>,
    number: u64,
    _place: OwnedSemaphorePermit,
}

/// How a drain went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections cut off because their requests took longer than [`Limits::drain_time`].
    pub cut_off: usize,
}

impl Connections {
    /// None yet. Starts the task that looks after them, so call it inside the runtime; the task ends with its owner.
    pub fn new(limits: Limits, metrics: Arc<Metrics>) -> Arc<Self> {
        allow_open_files(limits.connections);
        let connections = Arc::new(Self {
            places: Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS))),
            limits,
            metrics,
            request_ids: RequestIds::default(),
            waiting: AtomicUsize::new(0),
            open: Mutex::default(),
            next: AtomicU64::new(0),
            clock: AtomicU64::new(0),
            draining: AtomicBool::new(false),
            emptied: Notify::new(),
        });
        tokio::spawn(look_after(Arc::downgrade(&connections), connections.limits.look_every()));
        connections
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.locked().len()
    }

    /// The moment it is, as of the last look.
    pub(super) fn now(&self) -> Moment {
        self.clock.load(Relaxed)
    }

    /// Waits for a place. `None` never comes while the process runs: the semaphore is not closed.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Some(place) = self.place_now() {
            return Some(place);
        }
        let _waiting = Waiting::new(&self.waiting);
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// A place, if one is free.
    pub(super) fn place_now(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Writes a connection down.
    pub(super) fn open(self: &Arc<Self>, place: OwnedSemaphorePermit) -> (Ticket, Arc<Pulse>) {
        let pulse = Arc::new(Pulse::new(self.now()));
        let number = self.next.fetch_add(1, Relaxed);
        self.locked().insert(number, Arc::clone(&pulse));
        self.metrics.connections_open.inc();
        (Ticket { connections: Arc::clone(self), number, _place: place }, pulse)
    }

    /// Lets requests underway finish within [`Limits::drain_time`], closes everything else. May be called twice at once.
    pub async fn drain(&self) -> Drained {
        self.draining.store(true, Relaxed);
        self.look();
        if timeout(self.limits.drain_time, self.empty()).await.is_ok() {
            return Drained { cut_off: 0 };
        }
        let cut_off = {
            let open = self.locked();
            open.values().for_each(|pulse| pulse.tell(Order::Abort, self.now()));
            open.len()
        };
        // They end at their next poll; a handler that blocks its thread must not hold the process.
        let _ = timeout(self.limits.closing_time, self.empty()).await;
        tracing::warn!(connections = cut_off, "requests took too long to finish and were cut off");
        Drained { cut_off }
    }

    async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.locked().is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Tells every connection what it has earned.
    fn look(&self) {
        let now = self.now();
        let draining = self.draining.load(Relaxed);
        for pulse in self.locked().values() {
            pulse.tell(pulse.deserves(now, draining, &self.limits), now);
        }
    }

    /// Closes the longest idle connections when places run out. Answers how many.
    fn make_room(&self) -> usize {
        let open = self.locked();
        let waiting = self.waiting.load(Relaxed) > 0;
        let spare = self.limits.connections.saturating_sub(usize::from(waiting));
        let excess = open.len().saturating_sub(self.limits.comfortable_connections().min(spare));
        if excess == 0 {
            return 0;
        }
        let now = self.now();
        let is_idle = |since: Moment| u128::from(now.saturating_sub(since)) >= self.limits.idle_when_full.as_millis();
        let mut idle: Vec<_> =
            open.values().filter_map(|pulse| Some((pulse.idle_since()?, pulse))).filter(|(since, _)| is_idle(*since)).collect();
        idle.sort_unstable_by_key(|(since, _)| *since);
        idle.truncate(excess);
        idle.iter().for_each(|(_, pulse)| pulse.tell(Order::Finish, now));
        self.metrics.connections_evicted.inc_by(idle.len() as u64);
        idle.len()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<u64, Arc<Pulse>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.connections.locked();
        open.remove(&self.number);
        self.connections.metrics.connections_open.dec();
        if open.is_empty() {
            drop(open);
            self.connections.emptied.notify_waiters();
        }
    }
}

/// Counts a listener that waits for a place, also when it stops waiting because it is told to stop.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Relaxed);
        Self(counter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

async fn look_after(connections: Weak<Connections>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looked = Instant::now();
    let said = Seldom::default();
    loop {
        ticks.tick().await;
        let Some(connections) = connections.upgrade() else { return };
        // After a pause of the whole process clients get the benefit of the doubt: the pause was ours.
        let passed = looked.elapsed().min(2 * every).as_millis();
        looked = Instant::now();
        connections.clock.fetch_add(u64::try_from(passed).unwrap_or(u64::MAX), Relaxed);
        connections.look();
        let closed = connections.make_room();
        if closed > 0 && said.is_due() {
            let limit = connections.limits.connections;
            tracing::warn!(closed, limit, "places for connections run out; the longest idle ones are closed");
        }
    }
}
