//! Databases that speak PostgreSQL's protocol do not know all of its SQL (docs/postgresql.md): nothing is said to one that is not
//! listed here. Whoever adds to a list looks first whether CockroachDB and YugabyteDB have it.

use std::collections::BTreeSet;

use super::*;
use crate::migrate::Tables;

/// What is read and written with.
const WORDS: &str = "SELECT FROM LEFT JOIN WHERE AND OR NOT IN IS NULL EXISTS ORDER BY DESC LIMIT COUNT \
    INSERT INTO VALUES ON CONFLICT DO NOTHING UPDATE SET DELETE";
/// What the schema is made with: these types, and no others.
const SCHEMA: &str = "BIGINT TEXT BYTEA CREATE TABLE IF INDEX PRIMARY KEY UNIQUE DEFAULT ALTER ADD DROP COLUMN";
/// What transactions, the clock and copies need besides. FOR UPDATE holds one row of the schema's version; `SET LOCAL` sets the one
/// setting that is named below.
const PROTOCOL: &str = "BEGIN COMMIT ROLLBACK ISOLATION LEVEL REPEATABLE READ ONLY LOCAL FOR CAST AS EXTRACT EPOCH UNNEST CONVERT_TO \
    WITH ORDINALITY CROSS LATERAL";
/// Names that are no table, column or index: aliases, a function, a setting.
const NAMES: &str = "excluded schema_version version clock_timestamp pg_backend_pid getdatabaseencoding idle_in_transaction_session_timeout sent given found place p1 p2 p3 a c k r s u";
/// With any of these a text in the source is SQL.
const VERBS: &str = "SELECT INSERT UPDATE DELETE CREATE ALTER DROP BEGIN COMMIT ROLLBACK SET RESET SHOW LOCK LISTEN NOTIFY WITH \
    CALL DO GRANT PREPARE EXECUTE DECLARE COPY TRUNCATE VACUUM ANALYZE SAVEPOINT RELEASE MERGE";

/// The SQL in the sources of what speaks to PostgreSQL.
const SOURCES: [&str; 9] = [
    include_str!("../../postgres.rs"),
    include_str!("../../postgres/batch.rs"),
    include_str!("../../postgres/connection.rs"),
    include_str!("../../postgres/connections.rs"),
    include_str!("../../postgres/gathering.rs"),
    include_str!("../../postgres/look_up.rs"),
    include_str!("../../postgres/schema.rs"),
    include_str!("../../postgres/work.rs"),
    include_str!("../../migrate/side/postgres.rs"),
];

fn set(words: &str) -> BTreeSet<&str> {
    words.split_whitespace().collect()
}

/// The words of a statement, without comments and texts.
fn words(sql: &str) -> impl Iterator<Item = &str> {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap());
    let parts = lines.flat_map(|line| line.split("/*").flat_map(|part| part.rsplit("*/").take(1)));
    let bare = parts.flat_map(|part| part.split('\'').step_by(2));
    let words = bare.flat_map(|part| part.split(|one: char| !(one.is_ascii_alphanumeric() || one == '_')));
    words.filter(|word| word.starts_with(|one: char| one.is_ascii_alphabetic()))
}

/// Everything that is ever said to a PostgreSQL database.
fn said() -> Vec<String> {
    let verbs = set(VERBS);
    let literals = SOURCES.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    let sql = literals.filter(|text| words(text).next().is_some_and(|first| verbs.contains(first)));
    let mut said: Vec<String> = sql.map(str::to_owned).collect();
    for known in ["clock_timestamp", "FOR UPDATE", "idle_in_transaction_session_timeout", "REPEATABLE READ"] {
        assert!(said.iter().any(|sql| sql.contains(known)), "{known}: {said:?}");
    }
    said.extend(EVERY.iter().map(|statement| statement.postgres().to_owned()));
    said.extend(EVERY.iter().filter(|statement| is_question(statement)).map(|statement| statement.for_many().to_owned()));
    said.extend(migrations::STEPS.iter().map(|step| (*step).to_owned()));
    let tables = Tables::read().unwrap();
    said.extend(tables.but_store().chain([&tables.store]).flat_map(crate::migrate::Table::said_to_postgres));
    said
}

/// What `sql` says beyond the lists.
fn beyond<'s>(sql: &'s str, names: &BTreeSet<&str>) -> Vec<&'s str> {
    let allowed: BTreeSet<&str> = [WORDS, SCHEMA, PROTOCOL].iter().flat_map(|words| set(words)).collect();
    words(sql).filter(|word| !allowed.contains(word) && !names.contains(word)).collect()
}

#[test]
fn nothing_is_said_that_a_database_of_another_make_would_not_know() {
    let columns = sqlite::found(
        &sqlite::database(),
        "SELECT name FROM sqlite_schema UNION SELECT c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c",
        &[],
    );
    // What a step removed has a name as well.
    let names = ["user_epoch"].into_iter().chain(columns.iter().map(|row| row[0].as_str())).chain(set(NAMES)).collect();
    for sql in said() {
        assert_eq!(beyond(&sql, &names), [""; 0], "{sql}");
    }
    for (other, found) in [
        ("SELECT pg_advisory_lock(1)", "pg_advisory_lock"),
        ("LISTEN clients", "LISTEN"),
        ("SELECT id FROM clients FOR UPDATE SKIP LOCKED", "SKIP"),
        ("CREATE TABLE clients (id SERIAL)", "SERIAL"),
        ("SET LOCAL search_path = store", "search_path"),
        ("SELECT id FROM clients WHERE registration ILIKE 'a'", "ILIKE"),
    ] {
        assert!(beyond(other, &names).contains(&found), "{other}");
    }
}
