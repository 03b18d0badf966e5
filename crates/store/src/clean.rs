//! Removing what has ended, and only that.
//!
//! A row goes once nothing made from it can be presented any more, by the database's clock and with a margin, in small
//! portions so that nobody waits. A key that client secrets are recognised with stays while a client needs it, whatever its
//! time: secrets do not end. If the clock has jumped since the last round, the round is left out.

use std::time::Instant;

use keyward_rules::model::time::{Seconds, Timestamp};
use tracing::warn;

use crate::{
    error::StoreError,
    statement::{self, Statement},
    store::Store,
    value::Value,
};

/// How long after its end a row is kept.
const MARGIN: Seconds = Seconds(600);
/// How many rows one statement removes.
const PORTION: i64 = 500;

/// Remembers the last round, to tell when the clock has jumped.
#[derive(Debug, Default)]
pub struct Cleaner {
    last: Option<(Timestamp, Instant)>,
}

/// What a round removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Rows in all.
    pub rows: usize,
    /// Whether the round was left out because the clock had jumped.
    pub left_out: bool,
}

impl Cleaner {
    /// Runs one round. `now` is by the database's clock, `steady` by one that does not jump.
    ///
    /// # Errors
    /// The database cannot be written now; the next round goes on where this one ended.
    pub async fn round(&mut self, store: &Store, now: Timestamp, steady: Instant) -> Result<Cleaned, StoreError> {
        let last = self.last.replace((now, steady));
        if last.is_some_and(|last| jumped(last, (now, steady))) {
            warn!("the clock has jumped; cleaning waits for the next round");
            return Ok(Cleaned { rows: 0, left_out: true });
        }
        let before = now - MARGIN;
        let mut rows = store.execute(&statement::ENDED_KEYS, vec![before.0.into()]).await?;
        rows += store.execute(&statement::ENDED_LEASES, vec![before.0.into()]).await?;
        let ended = [
            &statement::ENDED_AUTHORIZATIONS,
            &statement::ENDED_TOKENS,
            &statement::ENDED_SESSIONS,
            &statement::ENDED_DEVICE_CODES,
            &statement::ENDED_INVITATIONS,
        ];
        let values = [before.0.into(), PORTION.into()];
        for ended in ended {
            rows += remove(store, ended, &values).await?;
        }
        let consents = remove(store, &statement::ENDED_CONSENTS, &values).await;
        store.consents_were_removed();
        rows += consents?;
        Ok(Cleaned { rows, left_out: false })
    }
}

/// Removes the authorizations that have ended by `now`, by time or because they were revoked, without a margin; returns how many.
///
/// Nothing comes to life by that. What somebody allowed on a page stays until the page's form cannot be sent again: its row is what
/// says that it was. What else has ended waits for its round: a consent or the mark of a revoked token that goes too
/// early would give back what it ended, to a request under way or after the clock was set back.
///
/// # Errors
/// The database cannot be written now.
pub async fn at_once(store: &Store, now: Timestamp) -> Result<usize, StoreError> {
    let values = [now.0.into(), PORTION.into(), (now - MARGIN).0.into()];
    let rows = remove(store, &statement::OVER_AUTHORIZATIONS, &values).await;
    store.authorizations_were_removed();
    rows
}

/// Removes what a statement does until it is less than a portion.
async fn remove(store: &Store, ended: &'static Statement, values: &[Value]) -> Result<usize, StoreError> {
    let mut rows = 0;
    loop {
        let removed = store.execute(ended, values.to_vec()).await?;
        rows += removed;
        if i64::try_from(removed).unwrap_or(0) < PORTION {
            return Ok(rows);
        }
    }
}

/// Whether the wall clock went another way than the steady one by more than half the margin.
fn jumped(last: (Timestamp, Instant), this: (Timestamp, Instant)) -> bool {
    let walked = this.0.0.saturating_sub(last.0.0);
    let passed = this.1.saturating_duration_since(last.1);
    let passed = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
    walked.abs_diff(passed) > MARGIN.millis().unsigned_abs() / 2
}
