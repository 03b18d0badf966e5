//! Runs every statement on a real database, with a different value for each parameter, and compares cell by cell what
//! it changed or found with what is meant. A statement whose parameters are mixed up fails here. The trials are the same on
//! [`sqlite`] and [`postgres`].
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

mod authorizations;
mod clients_and_users;
mod devices;
mod invitations;
mod plugins;
mod postgres;
mod sessions_and_consents;
mod sqlite;
mod subset;

use super::*;
use crate::{migrations, value::Value};

/// Rows `a…`, `b…` and `c…` in each table that has several; no number occurs twice, but for 211: client b's secret needs key 211.
const ROWS: &str = "
    UPDATE store SET epoch = 11, recovered_at = 12;
    INSERT INTO keys VALUES
        (101, 'use a', x'a1', 102, 103, 104, 105),
        (111, 'use b', x'b1', 112, 113, 114, NULL),
        (211, 'use c', x'c1', 119, 120, 121, 122);
    INSERT INTO clients VALUES ('app a', 201, 202, x'a2', 203, 'origin a', 'reg a', 204, NULL, x'a0', 205),
        ('app b', 212, 211, x'b2', 213, 'origin b', 'reg b', 214, x'b3', NULL, NULL);
    INSERT INTO users VALUES
        (x'a3', 'account a', 'name a', 301, 'hash a', 302, 303, 304, 'origin a', 305, 306),
        (x'b3', 'account b', 'name b', 311, 'hash b', NULL, NULL, 314, 'origin b', 315, 316);
    INSERT INTO authorizations VALUES
        (x'a4', 'app a', x'a3', 'grant a', 'scope a', 'aud a', 401, 402, 403, 404, 405, 406, x'a5', 407, 408, NULL, 409, x'a7', 410, 'to a', x'a8', NULL, 441),
        (x'b4', 'app b', x'b3', 'grant b', 'scope b', 'aud b', 411, 412, 413, 414, 415, 416, x'b5', 417, 418, 419, 431, x'b7', 432, 'to b', x'b8', 433, 442),
        (x'c4', 'app c', x'c3', 'grant c', 'scope c', 'aud c', 421, 422, 423, 424, 425, 426, x'c5', 427, 428, NULL, 434, NULL, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO revoked_tokens VALUES (x'a6', 'app a', 501), (x'b6', 'app b', 511);
    INSERT INTO sessions VALUES
        (x'a7', x'a3', x'a9', 'agent a', 601, 602, 603, 605, NULL),
        (x'b7', x'b3', x'b9', 'agent b', 611, 612, 613, 615, 616),
        (x'c7', x'a3', x'c9', 'agent c', 621, 622, 623, 625, NULL);
    INSERT INTO consents VALUES
        (x'a3', 'app a', 701, 'scope a', 'aud a', 702, 703),
        (x'b3', 'app x', 711, 'scope b', 'aud b', 712, 713);
    INSERT INTO invitations VALUES (x'aa', 3, 901, 902), (x'bb', 1, 911, 912), (x'cc', 0, 921, 922);
    INSERT INTO installed_plugins VALUES (x'a3', 'app a', 'app c', 801), (x'b3', 'app c', 'app a', 811);
    INSERT INTO leases VALUES ('lease a', 1001, 1002);
";

const TABLES: [&str; 12] = [
    "store",
    "keys",
    "clients",
    "users",
    "authorizations",
    "revoked_tokens",
    "sessions",
    "consents",
    "device_codes",
    "installed_plugins",
    "invitations",
    "leases",
];

/// Every cell, by table, row and column.
type Cells = BTreeMap<String, String>;

/// The cells that came, went or changed, as `cell: before -> after`; of a row that went, only its name.
fn changes(before: &Cells, after: &Cells) -> Vec<String> {
    let mut changes = Vec::new();
    for cell in before.keys().chain(after.keys().filter(|cell| !before.contains_key(*cell))) {
        match (before.get(cell), after.get(cell)) {
            (Some(before), Some(after)) if before != after => changes.push(format!("{cell}: {before} -> {after}")),
            (None, Some(after)) => changes.push(format!("{cell} = {after}")),
            (Some(_), None) => changes.push(format!("{} is gone", cell.split_once('.').unwrap().0)),
            _ => (),
        }
    }
    changes.dedup();
    changes.sort_unstable();
    changes
}

/// What a statement did.
struct Done {
    before: Cells,
    after: Cells,
    /// The rows it found, if it is a question.
    found: Vec<String>,
    /// How many rows it touched, if it is none.
    touched: u64,
}

/// Runs a statement on a database with the rows, which has no others afterwards.
type Run = Box<dyn FnMut(&'static Statement, &[Value]) -> Done>;

struct Trial {
    tried: Vec<&'static Statement>,
    run: Run,
}

impl Trial {
    /// `statement` with `values` makes exactly these `changes`.
    fn changes(&mut self, statement: &'static Statement, values: &[Value], meant: &[&str]) {
        let done = (self.run)(statement, values);
        let mut meant: Vec<String> = meant.iter().map(|change| format!("{}{change}", statement.table)).collect();
        meant.sort_unstable();
        assert_eq!(changes(&done.before, &done.after), meant, "{statement:?}");
        self.tried.push(statement);
    }

    /// `statement` with `values` finds exactly these `rows` and changes nothing.
    fn finds(&mut self, statement: &'static Statement, values: &[Value], rows: &[&str]) {
        let done = (self.run)(statement, values);
        assert_eq!(done.found, rows, "{statement:?}");
        assert_eq!(done.before, done.after, "{statement:?}");
        self.tried.push(statement);
    }

    /// `statement` with `values` touches so many rows.
    fn touches(&mut self, statement: &'static Statement, values: &[Value], rows: u64) {
        assert_eq!((self.run)(statement, values).touched, rows, "{statement:?}");
    }

    fn every_statement(mut self) {
        authorizations::authorizations(&mut self);
        clients_and_users::clients_and_users(&mut self);
        sessions_and_consents::sessions_and_consents(&mut self);
        keys_tokens_and_standing(&mut self);
        devices::devices(&mut self);
        plugins::plugins(&mut self);
        invitations::invitations(&mut self);
        for statement in EVERY {
            assert!(self.tried.iter().any(|tried| std::ptr::eq(*tried, *statement)), "no trial for {statement:?}");
        }
    }
}

/// Whether a statement only looks.
fn is_question(statement: &Statement) -> bool {
    statement.sql.starts_with("SELECT")
}

fn id(byte: u8) -> Value {
    [byte].as_slice().into()
}

fn number(value: i64) -> Value {
    value.into()
}

#[test]
fn every_statement_does_what_is_meant_and_nothing_else() {
    Trial { tried: Vec::new(), run: Box::new(sqlite::run) }.every_statement();
}

#[test]
fn every_statement_does_the_same_on_postgresql() {
    if let Some(mut database) = postgres::Database::start() {
        Trial { tried: Vec::new(), run: Box::new(move |statement, values| database.run(statement, values)) }.every_statement();
    }
}

fn keys_tokens_and_standing(trial: &mut Trial) {
    let new = [number(1), "use n".into(), id(0xf1), number(2), number(3), number(4), number(5)];
    let inserted = [
        "[1].id = 1",
        "[1].usage = use n",
        "[1].wrapped = xf1",
        "[1].root_key = 2",
        "[1].created_at = 3",
        "[1].use_from = 4",
        "[1].keep_until = 5",
    ];
    trial.changes(&PUT_KEY, &new, &inserted);
    let replaced = ["[111].wrapped: xb1 -> xf1", "[111].root_key: 112 -> 2", "[111].keep_until: null -> 5"];
    trial.changes(&PUT_KEY, &[&[number(111)], &new[1..]].concat(), &replaced);
    trial.changes(&REMOVE_KEY, &[number(111)], &["[111] is gone"]);
    trial.finds(
        &KEYS,
        &[],
        &["101, use a, xa1, 102, 103, 104, 105", "111, use b, xb1, 112, 113, 114, null", "211, use c, xc1, 119, 120, 121, 122"],
    );
    trial.changes(&ENDED_KEYS, &[number(106)], &["[101] is gone"]);
    trial.changes(&ENDED_KEYS, &[number(105)], &[]);
    trial.changes(&ENDED_KEYS, &[number(123)], &["[101] is gone"]);

    trial.changes(
        &REVOKE_TOKEN,
        &[id(0xf6), "app n".into(), number(1)],
        &["[xf6].id = xf6", "[xf6].client = app n", "[xf6].expires_at = 1"],
    );
    trial.changes(&REVOKE_TOKEN, &[id(0xa6), "app n".into(), number(1)], &[]);
    trial.finds(&REVOKED_TOKEN, &[id(0xb6)], &["511"]);
    trial.changes(&ENDED_TOKENS, &[number(512), number(5)], &["[xa6] is gone", "[xb6] is gone"]);
    trial.changes(&ENDED_TOKENS, &[number(512), number(1)], &["[xa6] is gone"]);

    trial.finds(&STANDING, &[], &["11, 12"]);
    trial.changes(&RECOVERED, &[number(61), number(62)], &["[1].epoch: 11 -> 61", "[1].recovered_at: 12 -> 62"]);
    // It changes no cell, and makes others wait.
    trial.changes(&HOLD_STORE, &[], &[]);
    trial.changes(&HOLD_USER, &[id(0xa3)], &[]);
    trial.changes(&LEAVE_ROOM_OF_OWNER, &[id(0xa3), number(1)], &[]);
    trial.changes(&ENDED_LEASES, &[number(1003)], &["[lease a] is gone"]);
    trial.changes(&ENDED_LEASES, &[number(1002)], &[]);

    let taken = ["[lease a].holder: 1001 -> 63", "[lease a].expires_at: 1002 -> 64"];
    trial.changes(&TAKE_LEASE, &["lease a".into(), number(63), number(64), number(1002)], &taken);
    trial.changes(&TAKE_LEASE, &["lease a".into(), number(63), number(64), number(1001)], &[]);
    trial.changes(&TAKE_LEASE, &["lease a".into(), number(1001), number(64), number(65)], &["[lease a].expires_at: 1002 -> 64"]);
    let new = ["[lease n].name = lease n", "[lease n].holder = 63", "[lease n].expires_at = 64"];
    trial.changes(&TAKE_LEASE, &["lease n".into(), number(63), number(64), number(65)], &new);
    trial.changes(&RETURN_LEASE, &["lease a".into(), number(63)], &[]);
    trial.changes(&RETURN_LEASE, &["lease a".into(), number(1001)], &["[lease a] is gone"]);
}

#[test]
fn parameters_are_numbered_from_one_without_a_gap() {
    for statement in EVERY {
        let count = (1..=99).take_while(|n| statement.sql.contains(&format!("${n}"))).count();
        let used = statement.sql.matches('$').count();
        assert!(used >= count, "{statement:?}");
        assert!(!statement.sql.contains(&format!("${}", count + 1)), "{statement:?}");
        assert_eq!(statement.sqlite().matches('?').count(), used);
    }
}
