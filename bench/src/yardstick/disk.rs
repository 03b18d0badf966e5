//! The bare store: the rows Keyward writes, written by a loop that does nothing else.
//!
//! Every transaction holds one row for each waiting request, as Keyward's group commit does when all of them arrive at once;
//! it ends with a commit that is on disk (WAL, `synchronous=FULL`). Three kinds of rows:
//!
//! 1. inserts of new authorizations, as a password grant makes them;
//! 2. updates of the same few authorizations again and again, as refreshing in rotation makes them;
//! 3. updates of each authorization once, as revoking makes them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use aws_lc_rs::rand;
use rusqlite::{CachedStatement, Connection, params};
use serde::{Deserialize, Serialize};

/// What the disk can take, in durable rows a second.
#[derive(Debug, Serialize, Deserialize)]
pub struct Figures {
    /// New rows.
    pub inserts: f64,
    /// Conditional updates of as many rows as there are waiting requests.
    pub rotations: f64,
    /// Conditional updates of each row once.
    pub revocations: f64,
}

/// The store's own first step, read as the store reads it: the yardstick cannot drift from what it measures.
const SCHEMA: &str = include_str!("../../../crates/store/src/migrations/0001_first.sql");

const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8000;";

const INSERT: &str = "
    INSERT INTO authorizations (id, client, user_id, grant_type, scope, audience, created_at, authenticated_at, expires_at, generation,
        rotated_at, key_id, secret, client_epoch, user_epoch, revoked_at)
    VALUES (?1, 'bench-opaque', ?4, 'password', 'read write', 'https://api.example.com', ?2, ?2, ?3, 0, ?2, 1, ?5, 3, 7, NULL)
    ON CONFLICT DO NOTHING";

const ROTATE: &str = "
    UPDATE authorizations SET generation = generation + 1, rotated_at = ?2 WHERE id = ?1 AND revoked_at IS NULL AND expires_at > ?2";

const REVOKE: &str = "UPDATE authorizations SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";

type Id = [u8; 16];

/// The role: writes each kind of row for `time`, `waiting` to a transaction, in a database of its own in `folder`.
pub fn run(folder: &Path, waiting: usize, time: Duration) -> Result<()> {
    let database = Connection::open(folder.join("disk.db"))?;
    database.execute_batch(SETTINGS)?;
    database.execute_batch(&SCHEMA.replace("/* clustered */", "WITHOUT ROWID"))?;
    let user = random::<16>()?;

    let mut ids: Vec<Id> = Vec::new();
    let inserts = measure(&database, INSERT, waiting, time, |statement, number| {
        let id = time_ordered(number)?;
        ids.push(id);
        statement.execute(params![id, CREATED + number, CREATED + LIFETIME + number, user, random::<32>()?])?;
        Ok(true)
    })?;
    let rotations = measure(&database, ROTATE, waiting, time, |statement, number| {
        let hot = ids.get(usize::try_from(number)? % waiting);
        change(statement, hot)
    })?;
    let revocations = measure(&database, REVOKE, waiting, time, |statement, number| change(statement, ids.get(usize::try_from(number)?)))?;
    super::print(&Figures { inserts, rotations, revocations })
}

const CREATED: i64 = 1_800_000_000_000;
const LIFETIME: i64 = 30 * 24 * 3_600_000;

/// Rows a second: transactions of `waiting` rows until `time` is over or `write` has no row left.
fn measure(
    database: &Connection,
    sql: &str,
    waiting: usize,
    time: Duration,
    mut write: impl FnMut(&mut CachedStatement<'_>, i64) -> Result<bool>,
) -> Result<f64> {
    let begin = Instant::now();
    let (mut rows, mut more) = (0_u32, true);
    while more && begin.elapsed() < time {
        database.execute_batch("BEGIN IMMEDIATE")?;
        let mut statement = database.prepare_cached(sql)?;
        for _ in 0..waiting {
            more = more && write(&mut statement, i64::from(rows))?;
            rows += u32::from(more);
        }
        drop(statement);
        database.execute_batch("COMMIT")?;
    }
    Ok(f64::from(rows) / begin.elapsed().as_secs_f64())
}

/// Runs a conditional update on the row `id`; false where there is no row left to change.
fn change(statement: &mut CachedStatement<'_>, id: Option<&Id>) -> Result<bool> {
    let Some(id) = id else { return Ok(false) };
    let changed = statement.execute(params![id, CREATED + 60_000])?;
    ensure!(changed == 1, "a conditional update changed {changed} rows where it should change one");
    Ok(true)
}

/// An identifier as Keyward makes them: 48 bits of milliseconds, then random.
fn time_ordered(number: i64) -> Result<Id> {
    let mut id = random::<16>()?;
    let milliseconds = (CREATED + number / 50).to_be_bytes();
    for (place, byte) in id.iter_mut().zip(milliseconds.iter().skip(2)) {
        *place = *byte;
    }
    Ok(id)
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_made_later_sort_later() {
        assert!(time_ordered(0).unwrap() < time_ordered(50).unwrap());
        assert!(time_ordered(50).unwrap() < time_ordered(51_200).unwrap());
    }
}
