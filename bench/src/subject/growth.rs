//! What becomes of looking up and refreshing as the store grows.
//!
//! 1. Some people log in, and their tokens are kept.
//! 2. With the server stopped, their authorizations are multiplied within the database: between any two of them there are as many
//!    others, with secrets, users and ends of their own. So the tokens at hand are spread evenly over all rows, as if they had been picked at random.
//! 3. The server is started again, and the tokens are presented in an order that jumps about. There are more of them than it
//!    keeps in memory, unless there are few rows in all.

use std::path::Path;

use anyhow::{Result, ensure};
use rusqlite::Connection;
use serde::Serialize;

use super::keyward::{CHEAP, LOGIN, OPAQUE, Stand, TOKEN, cycle, introspect, set_up, start};
use super::shared::Shared;
use crate::load::{Drain, Window, post, refresh_request};
use crate::machine::Place;
use crate::run::Bench;

/// How many authorizations there are in one step and the next.
pub const SIZES: [u64; 3] = [10_000, 1_000_000, 10_000_000];
/// How many tokens are looked up, and as many refreshed, at most.
const SAMPLE: u64 = 20_000;
/// Neighbours are so far apart in the order in which tokens are presented.
const STRIDE: usize = 7919;

/// What rows cost on disk.
#[derive(Clone, Debug, Serialize)]
pub struct Growth {
    /// Which store.
    pub server: String,
    /// How many authorizations it had.
    pub authorizations: u64,
    /// Bytes for each, indexes included.
    pub bytes_each: f64,
}

/// Measures `stand` with `rows` authorizations; `shared` is where its database is, if it is no file.
pub fn measure(bench: &mut Bench, stand: &Stand, shared: Option<&Shared>, rows: u64) -> Result<()> {
    let folder = set_up(bench, stand, &format!("growth-{rows}"), CHEAP)?;
    let server = start(bench, stand, &folder, Place::Server)?;
    let count = usize::try_from(SAMPLE.min(rows / 2))?;
    let logins = || vec![post(TOKEN, OPAQUE, LOGIN); count];
    let presented = jumping(&bench.collect(&server, logins(), "access_token")?);
    let refreshed = jumping(&bench.collect(&server, logins(), "refresh_token")?);
    drop(server);

    let bytes = match shared {
        None => multiply_in_file(&folder.join("keyward.db"), rows)?,
        Some(shared) => multiply_on_server(shared, stand, rows)?,
    };
    bench.growth.push(Growth { server: stand.name.to_owned(), authorizations: rows, bytes_each: bytes as f64 / rows as f64 });

    let server = start(bench, stand, &folder, Place::Server)?;
    let look_up = cycle(bench, introspect(&presented), "\"active\":true");
    bench.measure(&server, &format!("introspection, {rows} authorizations"), look_up)?;
    let requests = refreshed.iter().map(|token| refresh_request(TOKEN, OPAQUE, token)).collect();
    let once = Drain::callers(requests, "refresh_token", bench.options.waiting);
    bench.measure_within(&server, &format!("refresh, {rows} authorizations"), once, Window::until_done())
}

fn jumping(tokens: &[String]) -> Vec<String> {
    let places = (0..tokens.len()).map(|turn| turn.wrapping_mul(STRIDE) % tokens.len().max(1));
    places.filter_map(|place| tokens.get(place).cloned()).collect()
}

/// How a row differs from the one it was made of: for each column that does, what is in it.
type Differing = [(&'static str, &'static str); 4];

const IN_FILE: Differing = [
    ("id", "CAST(substr(id, 1, 8) || randomblob(8) AS BLOB)"),
    ("secret", "randomblob(length(secret))"),
    ("user_id", "randomblob(length(user_id))"),
    ("expires_at", "expires_at + abs(random() % 86400000)"),
];

const ON_SERVER: Differing = [
    ("id", "substring(id FROM 1 FOR 8) || substring(uuid_send(gen_random_uuid()) FROM 1 FOR 8)"),
    ("secret", "substring(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) FROM 1 FOR length(secret))"),
    ("user_id", "substring(uuid_send(gen_random_uuid()) FROM 1 FOR length(user_id))"),
    ("expires_at", "expires_at + floor(random() * 86400000)::bigint"),
];

/// The columns of a row; those that differ do so in all but copy 0.
fn columns(names: &[String], differing: &Differing) -> String {
    let column = |name: &String| match differing.iter().find(|(own, _)| own == name) {
        Some((_, other)) => format!("CASE WHEN n = 0 THEN {name} ELSE {other} END"),
        None => name.clone(),
    };
    names.iter().map(column).collect::<Vec<_>>().join(", ")
}

/// Multiplies the authorizations in the file to about `rows`; returns its length.
fn multiply_in_file(file: &Path, rows: u64) -> Result<u64> {
    let database = Connection::open(file)?;
    database.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA temp_store = MEMORY;",
    )?;
    let strings = |sql: &str| -> Result<Vec<String>> {
        let mut prepared = database.prepare(sql)?;
        Ok(prepared.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    };
    let names = strings("SELECT name FROM pragma_table_info('authorizations')")?;
    let indexes = strings("SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'authorizations' AND sql IS NOT NULL")?;
    let drops = strings(
        "SELECT 'DROP INDEX ' || name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'authorizations' AND sql IS NOT NULL",
    )?;
    let found: u64 = database.query_row("SELECT COUNT(*) FROM authorizations", [], |row| row.get::<_, u32>(0))?.into();
    let (copies, names, differing) = (rows / found.max(1), names.join(", "), columns(&names, &IN_FILE));
    ensure!(copies > 0, "expected at most {rows} authorizations to begin with, found {found}");
    database.execute_batch(&format!(
        "BEGIN; {drops};
         CREATE TEMP TABLE sample AS SELECT * FROM authorizations ORDER BY id;
         DELETE FROM authorizations;
         WITH RECURSIVE copy(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copy WHERE n + 1 < {copies})
         INSERT INTO authorizations ({names}) SELECT {differing} FROM sample CROSS JOIN copy;
         {indexes}; COMMIT; PRAGMA journal_mode = WAL; ANALYZE;",
        drops = drops.join("; "),
        indexes = indexes.join("; "),
    ))?;
    drop(database);
    Ok(std::fs::metadata(file)?.len())
}

/// The same on a server; returns what the table and its indexes take.
fn multiply_on_server(shared: &Shared, stand: &Stand, rows: u64) -> Result<u64> {
    let lines = |sql: &str| -> Result<Vec<String>> { Ok(shared.ask(stand, sql)?.lines().map(str::to_owned).collect()) };
    let names = lines("SELECT column_name FROM information_schema.columns WHERE table_name = 'authorizations' ORDER BY ordinal_position")?;
    let others = "FROM pg_indexes WHERE tablename = 'authorizations' AND indexname <> 'authorizations_pkey'";
    let indexes = lines(&format!("SELECT indexdef {others}"))?.join("; ");
    let drops = lines(&format!("SELECT 'DROP INDEX ' || indexname {others}"))?.join("; ");
    let found: u64 = shared.ask(stand, "SELECT COUNT(*) FROM authorizations")?.parse()?;
    let (copies, names, differing) = (rows / found.max(1), names.join(", "), columns(&names, &ON_SERVER));
    ensure!(copies > 0, "expected at most {rows} authorizations to begin with, found {found}");
    shared.ask(
        stand,
        &format!(
            "BEGIN; {drops}; CREATE TEMP TABLE sample AS SELECT * FROM authorizations; TRUNCATE authorizations;
             INSERT INTO authorizations ({names}) SELECT {differing}
             FROM (SELECT * FROM sample ORDER BY id) AS each CROSS JOIN LATERAL generate_series(0, {copies} - 1) AS copy(n);
             {indexes}; COMMIT"
        ),
    )?;
    shared.ask(stand, "VACUUM ANALYZE authorizations")?;
    shared.ask(stand, "CHECKPOINT")?;
    Ok(shared.ask(stand, "SELECT pg_total_relation_size('authorizations')")?.parse()?)
}
