//! Runs every statement on a real database, with a different value for each parameter, and compares cell by cell what
//! it changed or found with what is meant. A statement whose parameters are mixed up fails here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use rusqlite::{Connection, params_from_iter, types::ValueRef};

mod devices;

use super::*;
use crate::{migrations, value::Value};

/// Rows `a…`, `b…` and `c…` in each table that has several; no number occurs twice, but for 211: client b's secret needs key 211.
const ROWS: &str = "
    UPDATE store SET epoch = 11, recovered_at = 12;
    INSERT INTO keys VALUES
        (101, 'use a', x'a1', 102, 103, 104, 105),
        (111, 'use b', x'b1', 112, 113, 114, NULL),
        (211, 'use c', x'c1', 119, 120, 121, 122);
    INSERT INTO clients VALUES ('app a', 201, 202, x'a2', 203, 'origin a', 'reg a', 204), ('app b', 212, 211, x'b2', 213, 'origin b', 'reg b', 214);
    INSERT INTO users VALUES
        (x'a3', 'account a', 'name a', 301, 'hash a', 302, 303, 304, 'origin a', 305, 306),
        (x'b3', 'account b', 'name b', 311, 'hash b', NULL, NULL, 314, 'origin b', 315, 316);
    INSERT INTO authorizations VALUES
        (x'a4', 'app a', x'a3', 'grant a', 'scope a', 'aud a', 401, 402, 403, 404, 405, 406, x'a5', 407, 408, NULL, 409, x'a7', 410, 'to a', x'a8', NULL),
        (x'b4', 'app b', x'b3', 'grant b', 'scope b', 'aud b', 411, 412, 413, 414, 415, 416, x'b5', 417, 418, 419, 431, x'b7', 432, 'to b', x'b8', 433),
        (x'c4', 'app c', x'c3', 'grant c', 'scope c', 'aud c', 421, 422, 423, 424, 425, 426, x'c5', 427, 428, NULL, 434, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO revoked_tokens VALUES (x'a6', 'app a', 501), (x'b6', 'app b', 511);
    INSERT INTO sessions VALUES
        (x'a7', x'a3', x'a9', 'agent a', 601, 602, 603, 604, 605, NULL),
        (x'b7', x'b3', x'b9', 'agent b', 611, 612, 613, 614, 615, 616),
        (x'c7', x'a3', x'c9', 'agent c', 621, 622, 623, 624, 625, NULL);
    INSERT INTO consents VALUES
        (x'a3', 'app a', 701, 'scope a', 'aud a', 702, 703),
        (x'b3', 'app x', 711, 'scope b', 'aud b', 712, 713);
";

const TABLES: [&str; 9] = ["store", "keys", "clients", "users", "authorizations", "revoked_tokens", "sessions", "consents", "device_codes"];

/// Every cell, by table, row and column.
type Cells = BTreeMap<String, String>;

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for step in migrations::STEPS {
        connection.execute_batch(&migrations::for_sqlite(step)).unwrap();
    }
    connection.execute_batch(ROWS).unwrap();
    connection.execute_batch(devices::ROWS).unwrap();
    connection
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("real {number}"),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("x{byte:02x}")).collect(),
    }
}

fn found(connection: &Connection, sql: &str, values: &[Value]) -> Vec<Vec<String>> {
    let mut prepared = connection.prepare(sql).unwrap();
    let width = prepared.column_count();
    let rows = prepared.query_map(params_from_iter(values), |row| (0..width).map(|column| row.get_ref(column).map(shown)).collect());
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn cells(connection: &Connection) -> Cells {
    let mut cells = Cells::new();
    for table in TABLES {
        let columns = found(connection, "SELECT name FROM pragma_table_info($1)", &[table.into()]);
        for row in found(connection, &format!("SELECT * FROM {table}"), &[]) {
            for (name, cell) in columns.iter().zip(&row) {
                cells.insert(format!("{table}[{}].{}", row[0], name[0]), cell.clone());
            }
        }
    }
    cells
}

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

struct Trial {
    tried: Vec<&'static Statement>,
}

impl Trial {
    /// `statement` with `values` makes exactly these `changes`.
    fn changes(&mut self, statement: &'static Statement, values: &[Value], meant: &[&str]) {
        let connection = database();
        let before = cells(&connection);
        connection.execute(statement.sqlite(), params_from_iter(values)).unwrap();
        let mut meant: Vec<String> = meant.iter().map(|change| format!("{}{change}", statement.table)).collect();
        meant.sort_unstable();
        assert_eq!(changes(&before, &cells(&connection)), meant, "{statement:?}");
        self.tried.push(statement);
    }

    /// `statement` with `values` finds exactly these `rows` and changes nothing.
    fn finds(&mut self, statement: &'static Statement, values: &[Value], rows: &[&str]) {
        let connection = database();
        let before = cells(&connection);
        let found: Vec<String> = found(&connection, statement.sqlite(), values).iter().map(|row| row.join(", ")).collect();
        assert_eq!(found, rows, "{statement:?}");
        assert_eq!(before, cells(&connection), "{statement:?}");
        self.tried.push(statement);
    }
}

fn id(byte: u8) -> Value {
    [byte].as_slice().into()
}

fn number(value: i64) -> Value {
    value.into()
}

#[test]
fn every_statement_does_what_is_meant_and_nothing_else() {
    let mut trial = Trial { tried: Vec::new() };
    authorizations(&mut trial);
    clients_and_users(&mut trial);
    sessions_and_consents(&mut trial);
    keys_tokens_and_standing(&mut trial);
    devices::devices(&mut trial);
    for statement in EVERY {
        assert!(trial.tried.iter().any(|tried| std::ptr::eq(*tried, *statement)), "no trial for {statement:?}");
    }
}

fn authorizations(trial: &mut Trial) {
    let new: [Value; 22] = [
        id(0xd4),
        "app d".into(),
        id(0xd3),
        "grant d".into(),
        "scope d".into(),
        "aud d".into(),
        number(1),
        number(2),
        number(3),
        number(4),
        number(5),
        number(6),
        id(0xd5),
        number(7),
        number(8),
        number(9),
        id(0xd7),
        number(10),
        "to d".into(),
        id(0xd8),
        number(11),
        number(12),
    ];
    let inserted = [
        "[xd4].id = xd4",
        "[xd4].client = app d",
        "[xd4].user_id = xd3",
        "[xd4].grant_type = grant d",
        "[xd4].scope = scope d",
        "[xd4].audience = aud d",
        "[xd4].created_at = 1",
        "[xd4].authenticated_at = 2",
        "[xd4].expires_at = 3",
        "[xd4].generation = 4",
        "[xd4].rotated_at = 5",
        "[xd4].key_id = 6",
        "[xd4].secret = xd5",
        "[xd4].client_epoch = 7",
        "[xd4].user_epoch = 8",
        "[xd4].consent_epoch = 9",
        "[xd4].session = xd7",
        "[xd4].code_key = 10",
        "[xd4].redirect_uri = to d",
        "[xd4].code_challenge = xd8",
        "[xd4].redeemed_at = 11",
        "[xd4].revoked_at = 12",
    ];
    trial.changes(&AUTHORIZE, &new, &inserted);
    trial.changes(&AUTHORIZE, &[&[id(0xa4)], &new[1..]].concat(), &[]);

    let redeemed = ["[xa4].redeemed_at: null -> 402", "[xa4].rotated_at: 405 -> 402", "[xa4].expires_at: 403 -> 75"];
    trial.changes(&REDEEM, &[id(0xa4), number(402), number(75)], &redeemed);
    trial.changes(&REDEEM, &[id(0xa4), number(403), number(75)], &[]);
    trial.changes(&REDEEM, &[id(0xb4), number(402), number(75)], &[]);
    trial.changes(&REDEEM, &[id(0xc4), number(402), number(75)], &[]);

    trial.changes(
        &ROTATE,
        &[id(0xa4), number(404), number(71), number(72)],
        &["[xa4].generation: 404 -> 71", "[xa4].rotated_at: 405 -> 72"],
    );
    trial.changes(
        &ROTATE,
        &[id(0xa4), number(404), number(71), number(402)],
        &["[xa4].generation: 404 -> 71", "[xa4].rotated_at: 405 -> 402"],
    );
    trial.changes(&ROTATE, &[id(0xa4), number(404), number(71), number(403)], &[]);
    trial.changes(&ROTATE, &[id(0xa4), number(71), number(404), number(72)], &[]);
    trial.changes(&ROTATE, &[id(0xb4), number(414), number(71), number(72)], &[]);
    let rows_touched = |values: &[Value]| database().execute(CONFIRM.sqlite(), params_from_iter(values)).unwrap();
    assert_eq!(rows_touched(&[id(0xa4), number(404), number(402)]), 1);
    assert_eq!(rows_touched(&[id(0xa4), number(404), number(403)]), 0);
    assert_eq!(rows_touched(&[id(0xa4), number(403), number(402)]), 0);
    assert_eq!(rows_touched(&[id(0xb4), number(414), number(72)]), 0);
    trial.changes(&CONFIRM, &[id(0xa4), number(404), number(402)], &[]);

    trial.changes(&REVOKE, &[id(0xa4), number(73)], &["[xa4].revoked_at: null -> 73"]);
    trial.changes(&REVOKE, &[id(0xb4), number(73)], &[]);
    trial.changes(&REVOKE_EVERYTHING, &[number(74)], &["[xa4].revoked_at: null -> 74", "[xc4].revoked_at: null -> 74"]);
    trial.finds(&LIVE_AUTHORIZATIONS, &[number(402)], &["2"]);
    trial.finds(&LIVE_AUTHORIZATIONS, &[number(403)], &["1"]);
    let row = "xb4, app b, xb3, grant b, scope b, aud b, 411, 412, 413, 414, 415, 416, xb5, 417, 418, 431, xb7, 432, to b, xb8, 433, 419";
    trial.finds(&AUTHORIZATION, &[id(0xb4)], &[row]);
    let own =
        "xc4, app c, xc3, grant c, scope c, aud c, 421, 422, 423, 424, 425, 426, xc5, 427, 428, 434, null, null, null, null, null, null";
    trial.finds(&AUTHORIZATIONS_OF_USER, &[id(0xc3), number(422)], &[own]);
    trial.finds(&AUTHORIZATIONS_OF_USER, &[id(0xc3), number(423)], &[]);
    let unredeemed =
        "xa4, app a, xa3, grant a, scope a, aud a, 401, 402, 403, 404, 405, 406, xa5, 407, 408, 409, xa7, 410, to a, xa8, null, null";
    trial.finds(&AUTHORIZATIONS_OF_USER, &[id(0xa3), number(402)], &[unredeemed]);
    let revoked = id(0xb3);
    trial.finds(&AUTHORIZATIONS_OF_USER, &[revoked, number(402)], &[]);
    trial.changes(&ENDED_AUTHORIZATIONS, &[number(423), number(5)], &["[xa4] is gone", "[xb4] is gone"]);
    trial.changes(&ENDED_AUTHORIZATIONS, &[number(423), number(1)], &["[xa4] is gone"]);
}

fn clients_and_users(trial: &mut Trial) {
    let new = ["app n".into(), number(1), number(2), id(0xf2), number(3), "origin n".into(), "reg n".into()];
    let inserted = [
        "[app n].id = app n",
        "[app n].epoch = 1",
        "[app n].revision = 0",
        "[app n].secret_key = 2",
        "[app n].secret_mac = xf2",
        "[app n].created_at = 3",
        "[app n].origin = origin n",
        "[app n].registration = reg n",
    ];
    trial.changes(&ADD_CLIENT, &new, &inserted);
    trial.changes(&ADD_CLIENT, &[&["app a".into()], &new[1..]].concat(), &[]);
    let replaced = [
        "[app a].revision: 204 -> 205",
        "[app a].epoch: 201 -> 81",
        "[app a].secret_key: 202 -> 82",
        "[app a].secret_mac: xa2 -> xf2",
        "[app a].origin: origin a -> origin n",
        "[app a].registration: reg a -> reg n",
    ];
    let replace = ["app a".into(), number(204), number(81), number(82), id(0xf2), "origin n".into(), "reg n".into()];
    trial.changes(&REPLACE_CLIENT, &replace, &replaced);
    trial.changes(&REPLACE_CLIENT, &[&replace[..1], &[number(81), number(204)], &replace[3..]].concat(), &[]);
    trial.changes(&REMOVE_CLIENT, &["app b".into(), number(214)], &["[app b] is gone"]);
    trial.changes(&REMOVE_CLIENT, &["app b".into(), number(212)], &[]);
    trial.finds(&CLIENT, &["app b".into()], &["app b, 212, 214, 211, xb2, 213, origin b, reg b"]);
    let both = ["app a, 201, 204, 202, xa2, 203, origin a, reg a", "app b, 212, 214, 211, xb2, 213, origin b, reg b"];
    trial.finds(&CLIENTS, &[], &both);

    let new = [
        id(0xf3),
        "account n".into(),
        "name n".into(),
        number(1),
        number(5),
        "hash n".into(),
        number(2),
        number(3),
        number(4),
        "origin n".into(),
    ];
    let inserted = [
        "[xf3].id = xf3",
        "[xf3].account = account n",
        "[xf3].username = name n",
        "[xf3].epoch = 1",
        "[xf3].sign_in_epoch = 5",
        "[xf3].revision = 0",
        "[xf3].password = hash n",
        "[xf3].admin_since = 2",
        "[xf3].disabled_at = 3",
        "[xf3].created_at = 4",
        "[xf3].origin = origin n",
    ];
    trial.changes(&ADD_USER, &new, &inserted);
    trial.changes(&ADD_USER, &[&new[..1], &["account b".into()], &new[2..]].concat(), &[]);
    trial.changes(&ADD_USER, &[&[id(0xa3)], &new[1..]].concat(), &[]);
    let replaced = [
        "[xa3].revision: 305 -> 306",
        "[xa3].epoch: 301 -> 91",
        "[xa3].sign_in_epoch: 306 -> 94",
        "[xa3].password: hash a -> hash n",
        "[xa3].admin_since: 302 -> 92",
        "[xa3].disabled_at: 303 -> 93",
        "[xa3].origin: origin a -> origin n",
    ];
    let replace = [id(0xa3), number(305), number(91), number(94), "hash n".into(), number(92), number(93), "origin n".into()];
    trial.changes(&REPLACE_USER, &replace, &replaced);
    trial.changes(&REPLACE_USER, &[&replace[..1], &[number(91), number(305)], &replace[3..]].concat(), &[]);
    trial.changes(&REMOVE_USER, &[id(0xb3), number(315)], &["[xb3] is gone"]);
    trial.changes(&REMOVE_USER, &[id(0xb3), number(311)], &[]);
    let a = "xa3, name a, 301, 306, 305, hash a, 302, 303, 304, origin a";
    let b = "xb3, name b, 311, 316, 315, hash b, null, null, 314, origin b";
    trial.finds(&USER, &[id(0xb3)], &[b]);
    trial.finds(&USER_BY_ACCOUNT, &["account a".into()], &[a]);
    trial.finds(&USERS, &[], &[a, b]);
}

fn sessions_and_consents(trial: &mut Trial) {
    let new = [id(0xf7), id(0xf3), id(0xf9), "agent n".into(), number(1), number(2), number(3), number(4), number(5), number(6)];
    let inserted = [
        "[xf7].id = xf7",
        "[xf7].user_id = xf3",
        "[xf7].digest = xf9",
        "[xf7].agent = agent n",
        "[xf7].authenticated_at = 1",
        "[xf7].seen_at = 2",
        "[xf7].expires_at = 3",
        "[xf7].user_epoch = 4",
        "[xf7].sign_in_epoch = 5",
        "[xf7].ended_at = 6",
    ];
    trial.changes(&OPEN_SESSION, &new, &inserted);
    trial.changes(&OPEN_SESSION, &[&[id(0xa7)], &new[1..]].concat(), &[]);
    let renew = [id(0xa7), id(0xf9), "agent n".into(), number(1), number(2), number(3), number(4), number(5)];
    let renewed = [
        "[xa7].digest: xa9 -> xf9",
        "[xa7].agent: agent a -> agent n",
        "[xa7].authenticated_at: 601 -> 1",
        "[xa7].seen_at: 602 -> 2",
        "[xa7].expires_at: 603 -> 3",
        "[xa7].user_epoch: 604 -> 4",
        "[xa7].sign_in_epoch: 605 -> 5",
    ];
    trial.changes(&RENEW_SESSION, &renew, &renewed);
    trial.changes(&RENEW_SESSION, &[&[id(0xb7)], &renew[1..]].concat(), &[]);
    trial.changes(&SEE_SESSION, &[id(0xa7), number(606)], &["[xa7].seen_at: 602 -> 606"]);
    trial.changes(&SEE_SESSION, &[id(0xa7), number(602)], &[]);
    trial.changes(&SEE_SESSION, &[id(0xb7), number(619)], &[]);
    trial.changes(&END_SESSION, &[id(0xa7), number(607)], &["[xa7].ended_at: null -> 607"]);
    trial.changes(&END_SESSION, &[id(0xb7), number(607)], &[]);
    let a = "xa7, xa3, xa9, agent a, 601, 602, 603, 604, 605, null";
    let c = "xc7, xa3, xc9, agent c, 621, 622, 623, 624, 625, null";
    trial.finds(&SESSION, &[id(0xc7)], &[c]);
    trial.finds(&SESSIONS_OF_USER, &[id(0xa3), number(602)], &[c, a]);
    trial.finds(&SESSIONS_OF_USER, &[id(0xa3), number(603)], &[c]);
    trial.finds(&SESSIONS_OF_USER, &[id(0xb3), number(602)], &[]);
    // Of the two whose user and session an authorization names, none goes.
    trial.changes(&ENDED_SESSIONS, &[number(624), number(5)], &["[xc7] is gone"]);
    trial.changes(&ENDED_SESSIONS, &[number(623), number(5)], &[]);

    let new = [id(0xf3), "app n".into(), number(1), "scope n".into(), "aud n".into(), number(2), number(3)];
    let inserted = [
        "[xf3].user_id = xf3",
        "[xf3].client = app n",
        "[xf3].epoch = 1",
        "[xf3].scope = scope n",
        "[xf3].audience = aud n",
        "[xf3].granted_at = 2",
        "[xf3].expires_at = 3",
    ];
    trial.changes(&PUT_CONSENT, &new, &inserted);
    trial.changes(&PUT_CONSENT, &[&[id(0xa3), "app a".into()], &new[2..]].concat(), &[]);
    let replaced = [
        "[xa3].epoch: 701 -> 704",
        "[xa3].scope: scope a -> scope n",
        "[xa3].audience: aud a -> aud n",
        "[xa3].granted_at: 702 -> 705",
        "[xa3].expires_at: 703 -> 706",
    ];
    let replace = [id(0xa3), "app a".into(), number(701), number(704), "scope n".into(), "aud n".into(), number(705), number(706)];
    trial.changes(&REPLACE_CONSENT, &replace, &replaced);
    trial.changes(&REPLACE_CONSENT, &[&replace[..2], &[number(704), number(701)], &replace[4..]].concat(), &[]);
    trial.changes(&REPLACE_CONSENT, &[&[id(0xa3), "app x".into()], &replace[2..]].concat(), &[]);
    let own = "xa3, app a, 701, scope a, aud a, 702, 703";
    trial.finds(&CONSENT, &[id(0xa3), "app a".into()], &[own]);
    trial.finds(&CONSENT, &[id(0xa3), "app x".into()], &[]);
    trial.finds(&CONSENTS_OF_USER, &[id(0xa3), number(702)], &[own]);
    trial.finds(&CONSENTS_OF_USER, &[id(0xa3), number(703)], &[]);
    trial.changes(&ENDED_CONSENTS, &[number(714)], &["[xb3] is gone"]);
    trial.changes(&ENDED_CONSENTS, &[number(713)], &[]);
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
