//! The signs of life of one connection, and the order it may get: read and written without a lock or a timer by the
//! connection, looked at a few times a second by [`super::Connections`].

use std::sync::OnceLock;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
use std::task::{Context, Waker};

use super::limits::Limits;

/// A moment of the coarse clock of [`super::Connections`], in milliseconds.
pub(super) type Moment = u64;

/// What a connection is told. It only ever rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// Go on.
    Serve,
    /// Answer what is underway, then close.
    Finish,
    /// Close now.
    Abort,
}

/// One connection, as seen from outside.
#[derive(Debug)]
pub(super) struct Pulse {
    /// Requests whose handlers run.
    underway: AtomicU32,
    /// Whether a request ever began.
    begun: AtomicBool,
    /// When it was opened, a request began or ended, or bytes were written.
    since: AtomicU64,
    /// One more than the moment its current request head began; 0 when there is none.
    head_since: AtomicU64,
    /// When it was told to finish.
    told: AtomicU64,
    order: AtomicU8,
    waker: OnceLock<Waker>,
}

impl Pulse {
    pub(super) fn new(now: Moment) -> Self {
        Self {
            underway: AtomicU32::new(0),
            begun: AtomicBool::new(false),
            since: AtomicU64::new(now),
            head_since: AtomicU64::new(0),
            told: AtomicU64::new(0),
            order: AtomicU8::new(0),
            waker: OnceLock::new(),
        }
    }

    pub(super) fn request_began(&self, now: Moment) {
        self.underway.fetch_add(1, Relaxed);
        self.begun.store(true, Relaxed);
        self.head_since.store(0, Relaxed);
        self.since.store(now, Relaxed);
    }

    pub(super) fn request_ended(&self, now: Moment) {
        self.since.store(now, Relaxed);
        // Whoever sees that nothing is underway must see since when.
        self.underway.fetch_sub(1, Release);
    }

    pub(super) fn wrote(&self, now: Moment) {
        self.since.store(now, Relaxed);
    }

    /// Bytes were read; after them a request head is, or is not, underway.
    pub(super) fn read(&self, inside_head: bool, now: Moment) {
        match (inside_head, self.head_since.load(Relaxed)) {
            (true, 0) => self.head_since.store(now + 1, Relaxed),
            (false, begun) if begun != 0 => self.head_since.store(0, Relaxed),
            _ => {}
        }
    }

    /// The order in force. The first call remembers whom to wake when it changes: the task of the connection.
    pub(super) fn order(&self, cx: &Context<'_>) -> Order {
        self.waker.get_or_init(|| cx.waker().clone());
        self.order_in_force()
    }

    fn order_in_force(&self) -> Order {
        match self.order.load(Relaxed) {
            0 => Order::Serve,
            1 => Order::Finish,
            _ => Order::Abort,
        }
    }

    /// Gives an order.
    pub(super) fn tell(&self, order: Order, now: Moment) {
        if self.order.fetch_max(order as u8, Relaxed) < order as u8 {
            self.told.store(now, Relaxed);
            if let Some(waker) = self.waker.get() {
                waker.wake_by_ref();
            }
        }
    }

    /// The order this connection has earned by `now`.
    pub(super) fn deserves(&self, now: Moment, draining: bool, limits: &Limits) -> Order {
        let is_underway = self.underway.load(Acquire) > 0;
        let is_over = |since: u64, time: std::time::Duration| u128::from(now.saturating_sub(since)) >= time.as_millis();
        let told = self.told.load(Relaxed);
        let head_since = self.head_since.load(Relaxed);
        let since = self.since.load(Relaxed);
        if is_underway {
            return if draining { Order::Finish } else { Order::Serve };
        }
        match self.order_in_force() {
            Order::Finish if is_over(told.max(since), limits.closing_time) => return Order::Abort,
            Order::Serve => {}
            order => return order,
        }
        let begun = self.begun.load(Relaxed);
        let late = match (begun, head_since) {
            (false, _) if draining => is_over(since, limits.closing_time.min(limits.header_time)),
            (false, _) => is_over(since, limits.header_time),
            (true, 0) => draining || is_over(since, limits.idle_time),
            (true, head) => is_over(head - 1, limits.header_time),
        };
        if late { Order::Finish } else { Order::Serve }
    }

    /// Since when it could be closed to make room, if it could: nothing is underway.
    pub(super) fn idle_since(&self) -> Option<Moment> {
        let idle = self.underway.load(Acquire) == 0 && self.order_in_force() == Order::Serve;
        idle.then(|| self.since.load(Relaxed))
    }
}
