//! The load: a fixed number of connections, each with one request at a time.
//!
//! 1. Every connection opens and works through a warm-up whose answers are judged but not counted.
//! 2. In the window that follows, right answers are counted with the time they took; a wrong one is an error that is shown.
//! 3. [`Figures`] says what came of it.

mod caller;
mod connection;
mod request;

pub use caller::{CHALLENGE, Caller, Chain, CodeFlow, Cycle, Drain, code, member, redeem_request, refresh_request};
pub use connection::{Answer, Connection};
pub use request::{Client, get, get_with_cookies, get_with_token, post, post_with_cookies};

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

/// When a load counts and when it ends.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Answers before this much time are not counted.
    pub warm_up: Duration,
    /// The time that counts; a caller with nothing left to send ends earlier.
    pub measured: Duration,
    /// Time from one request of a connection to its next; nothing: as fast as the answers come. The time of a paced request
    /// is counted from the moment it was due, so a server that stalls cannot hide it.
    pub pace: Option<Duration>,
}

impl Window {
    /// A window of `seconds` after a warm-up of a quarter of that.
    pub fn of(seconds: f64) -> Self {
        Self { warm_up: Duration::from_secs_f64(seconds / 4.0), measured: Duration::from_secs_f64(seconds), pace: None }
    }

    /// From the first request until the callers have nothing left to send.
    pub fn until_done() -> Self {
        Self { warm_up: Duration::ZERO, measured: Duration::from_secs(600), pace: None }
    }
}

/// What a load measured.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Right answers in the window.
    pub right: usize,
    /// Wrong answers, in the warm-up and in the window.
    pub wrong: usize,
    /// The first wrong answer: status and the beginning of its body.
    pub first_wrong: Option<String>,
    /// How long the window was.
    pub elapsed: Duration,
    /// The time of each right answer in microseconds, sorted.
    times: Vec<u32>,
}

impl Figures {
    /// Right answers a second.
    pub fn rate(&self) -> f64 {
        if self.elapsed.is_zero() { 0.0 } else { self.right as f64 / self.elapsed.as_secs_f64() }
    }

    /// The time in milliseconds within which `share` (0 to 1) of the right answers came.
    pub fn quantile(&self, share: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count is a count")]
        let index = (self.times.len() as f64 * share) as usize;
        let time = self.times.get(index.min(self.times.len().saturating_sub(1)));
        time.map_or(0.0, |&microseconds| f64::from(microseconds) / 1000.0)
    }

    /// Adds what was measured in another round of the same load.
    pub fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.elapsed += other.elapsed;
        self.first_wrong = self.first_wrong.take().or(other.first_wrong);
        self.times.extend(other.times);
        self.times.sort_unstable();
    }
}

/// Lets `callers` work against `addresses` in turn, one connection each, and answers what they measured together.
pub async fn run(addresses: &[SocketAddr], callers: Vec<Box<dyn Caller>>, window: Window) -> Result<Figures> {
    let mut connections = Vec::with_capacity(callers.len());
    for (caller, address) in callers.into_iter().zip(addresses.iter().cycle()) {
        connections.push((Connection::open(*address).await?, caller));
    }
    let begin = Instant::now() + window.warm_up;
    let mut working = JoinSet::new();
    for (connection, caller) in connections {
        working.spawn(work(connection, caller, window, begin));
    }
    let mut sum = Figures::default();
    while let Some(figures) = working.join_next().await {
        let figures = figures.context("a connection of the load panicked")??;
        let longest = sum.elapsed.max(figures.elapsed);
        sum.add(Figures { elapsed: Duration::ZERO, ..figures });
        sum.elapsed = longest;
    }
    Ok(sum)
}

/// One connection: request after request until the window closes or `caller` is done.
async fn work(mut connection: Connection, mut caller: Box<dyn Caller>, window: Window, begin: Instant) -> Result<Figures> {
    let mut figures = Figures::default();
    let end = begin + window.measured;
    let mut due = Instant::now();
    let mut begun = None;
    while let Some(request) = caller.next() {
        match window.pace {
            Some(pause) => {
                tokio::time::sleep_until(due.into()).await;
                due += pause;
            }
            None => due = Instant::now(),
        }
        let sent = begun.take().unwrap_or_else(|| window.pace.map_or(due, |pause| due - pause));
        let answer = connection.exchange(request).await?;
        let now = Instant::now();
        let right = caller.judge(&answer);
        if !right {
            figures.wrong += 1;
            figures.first_wrong.get_or_insert_with(|| describe(&answer));
        } else if !caller.is_complete() {
            begun = Some(sent);
        } else if now >= begin && now < end {
            figures.right += 1;
            figures.times.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
        }
        if now >= end {
            break;
        }
    }
    figures.elapsed = Instant::now().min(end).saturating_duration_since(begin);
    Ok(figures)
}

fn describe(answer: &Answer<'_>) -> String {
    let body: String = String::from_utf8_lossy(answer.body).chars().take(200).collect();
    format!("{} {body}", answer.status)
}
