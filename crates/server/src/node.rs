//! One node among several on one database: how it learns what the others have done.
//!
//! 1. Rows are never kept in memory, so what one node ends is over everywhere at once.
//! 2. Keys are. [`look`] reads them anew, lets go of what was made of all clients, and compares clocks; [`keep_looking`] does so
//!    all the time, so that what is done elsewhere shows within [`BOUND`].
//! 3. A node that could not look for so long looks before it answers anything that depends on keys or rows ([`current`]), or answers that it
//!    cannot; within [`DEADLINE`] in any case. Documents and health are answered without (`routes::routes`).
//! 4. A new key is used when every node has had time to learn of it ([`LEAD`]).

use std::{
    sync::Arc,
    sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    time::Duration,
};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use keyward_rules::model::time::{Seconds, Timestamp};
use keyward_store::{StoreError, keys::KeyError, lease::Lease};
use keyward_wire::error::{Code, Refusal};
use tokio::{
    sync::Mutex,
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use tracing::{info, warn};

use crate::{
    app::{App, Site},
    listener::Arrival,
    refused::refused,
    settle::STORE_PAUSE,
    shutdown::Shutdown,
};

/// After so long at the most, a node knows of the keys that others made or removed, and its metadata of the clients they changed.
pub const BOUND: Duration = Duration::from_secs(5);
/// How long a new key waits at least until it is used: all nodes know it then, and those that were told a little late.
pub const LEAD: Seconds = Seconds(10);
/// How long a request may take on a shared database, so that whoever asks has an answer within ten seconds.
pub const DEADLINE: Duration = Duration::from_secs(9);
/// How often a node looks.
const PAUSE: Duration = Duration::from_secs(2);
/// For how long a node says that it works on the store, each time it looks.
const SERVING: Seconds = Seconds(60);
/// How far the clocks of a node and of its database may be apart, in milliseconds.
const MOST_CLOCK_SKEW: i64 = 2000;

/// What a node knows of itself, and when it last learnt of the others.
#[derive(Debug)]
pub struct Node {
    /// When it last looked; at first, when it was opened.
    looked: ArcSwap<Instant>,
    /// When it has tried and failed, unless it has succeeded since.
    failed: ArcSwapOption<Instant>,
    /// Held by the one who looks, for all who need it.
    looking: Mutex<()>,
    /// How far the database's clock is ahead of its own, in milliseconds.
    ahead: AtomicI64,
    /// Whether it is about to stop, and no longer wants requests, though it still answers them.
    pub is_leaving: AtomicBool,
}

impl Default for Node {
    fn default() -> Self {
        let (ahead, is_leaving) = (AtomicI64::new(0), AtomicBool::new(false));
        Node { looked: ArcSwap::from_pointee(Instant::now()), failed: ArcSwapOption::empty(), looking: Mutex::new(()), ahead, is_leaving }
    }
}

impl Node {
    /// Whether it has looked lately.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.looked.load().elapsed() < BOUND
    }

    /// Whether its clock agrees with the database's.
    #[must_use]
    pub fn clocks_agree(&self) -> bool {
        self.ahead.load(Relaxed).abs() <= MOST_CLOCK_SKEW
    }
}

/// Learns what the others have done.
///
/// # Errors
/// The store does not work now, or holds keys that the root key at hand does not open.
pub async fn look(app: &App) -> Result<(), KeyError> {
    let _looking = app.node.looking.lock().await;
    look_alone(app).await
}

async fn look_alone(app: &App) -> Result<(), KeyError> {
    let begun = Instant::now();
    let seen = async {
        compare_clocks(app).await?;
        app.store.read_recovery().await?;
        app.reload_keys().await
    };
    let seen = seen.await;
    let before = app.node.failed.swap(seen.is_err().then(|| Arc::new(Instant::now())));
    seen?;
    if before.is_some() {
        info!("the database answers again");
    }
    app.store.clients_may_have_changed();
    app.node.looked.store(Arc::new(begun));
    Ok(())
}

/// Notes how far this node's clock is from the database's.
///
/// # Errors
/// The store does not work now.
pub async fn compare_clocks(app: &App) -> Result<(), StoreError> {
    let begun = (Instant::now(), app.now());
    let clock = app.store.now().await?;
    app.node.compare(begun, clock);
    Ok(())
}

/// Looks, unless that was done lately. Many may ask: one looks for all.
async fn see_to_being_current(app: &App) -> Result<(), KeyError> {
    if app.node.is_current() {
        return Ok(());
    }
    let _looking = app.node.looking.lock().await;
    match app.node.is_current() {
        true => Ok(()),
        // Who waited for one who failed need not fail by itself as well.
        false if app.node.failed.load().as_ref().is_some_and(|last| last.elapsed() < PAUSE) => Err(StoreError::Overloaded.into()),
        false => look_alone(app).await,
    }
}

impl Node {
    /// Notes how far the clocks are apart, by the moment in the middle between question and answer.
    fn compare(&self, begun: (Instant, Timestamp), clock: Timestamp) {
        let half = i64::try_from(begun.0.elapsed().as_millis() / 2).unwrap_or(i64::MAX);
        let ahead = clock.0.saturating_sub(begun.1.0.saturating_add(half));
        // No difference is known more exactly than the way there and back allows.
        let ahead = if ahead.abs() <= half { 0 } else { ahead };
        let before = self.ahead.swap(ahead, Relaxed);
        if ahead.abs() > MOST_CLOCK_SKEW && before.abs() <= MOST_CLOCK_SKEW {
            warn!(
                milliseconds = ahead,
                "the database's clock is ahead of this node's by so much, or behind it: the node is not ready until they agree; set the clocks by one source (NTP)"
            );
        }
    }
}

/// Looks all the time, until the server stops.
pub async fn keep_looking(app: &App, mut stopping: Shutdown) {
    let mut turns = interval(PAUSE);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = stopping.requested() => return,
        }
        if let Err(error) = look(app).await {
            warn!(%error, "looking for what other nodes have done failed; it is tried again");
        }
        if let Err(error) = Lease::Serving.take(&app.store, SERVING).await {
            warn!(%error, "the store could not be told that this node works on it; it is tried again");
        }
    }
}

/// Answers by `next` what may be answered with what this node knows, in time.
pub async fn current(State(site): State<Site>, arrival: Arrival, request: Request, next: Next) -> Response {
    let answered = async {
        match see_to_being_current(&site.app).await {
            Ok(()) if !site.app.node.clocks_agree() => Err("the clocks of this node and of the database differ".to_owned()),
            Ok(()) => Ok(next.run(request).await),
            Err(error) => Err(error.to_string()),
        }
    };
    let late = || format!("the store took more than {} seconds", DEADLINE.as_secs());
    match timeout(DEADLINE, answered).await.unwrap_or_else(|_| Err(late())) {
        Ok(response) => response,
        Err(reason) => refused(&site, &arrival, &Refusal::new(Code::StoreUnavailable(STORE_PAUSE), "store", reason)),
    }
}
