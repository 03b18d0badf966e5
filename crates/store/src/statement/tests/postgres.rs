//! The trials on a real PostgreSQL: each in a transaction that is undone.

use std::{
    env, fs,
    io::{Write, stderr},
    os::unix::fs::PermissionsExt,
};

use keyward_cluster::Postgres;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, Row, types::Type};

use super::*;
use crate::postgres::{array, sent, typed};

pub struct Database {
    runtime: Runtime,
    client: Client,
    before: Cells,
    _server: Postgres,
    _folder: TempDir,
}

impl Database {
    /// One with the rows; none where real parts are left out.
    pub fn start() -> Option<Self> {
        if env::var_os("KEYWARD_REAL").is_none() {
            // Written past the capturing of test output: whoever reads it should know.
            let _ = writeln!(stderr(), "left out: every statement on a real PostgreSQL; `cargo xtask test` passes it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let server = Postgres::start(&folder.path().join("postgres"), &[("fsync", "off")]).unwrap();
        server.create("trials").unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (client, connection) = runtime.block_on(tokio_postgres::connect(&server.url("trials"), NoTls)).unwrap();
        runtime.spawn(connection);
        for sql in migrations::STEPS.iter().copied().chain([&*with_bytes(ROWS), &*with_bytes(devices::ROWS)]) {
            runtime.block_on(client.batch_execute(sql)).unwrap();
        }
        let before = runtime.block_on(cells(&client));
        Some(Database { runtime, client, before, _server: server, _folder: folder })
    }

    pub fn run(&mut self, statement: &'static Statement, values: &[Value]) -> Done {
        let client = &self.client;
        let (after, found, touched) = self.runtime.block_on(async {
            client.batch_execute("BEGIN").await.unwrap();
            let (mut found, mut touched) = (Vec::new(), 0);
            if is_question(statement) {
                let rows = client.query_typed(statement.postgres(), &typed(values)).await.unwrap();
                found = rows.iter().map(|row| shown(row).join(", ")).collect();
                asked_for_many(client, statement, values, &found).await;
            } else {
                touched = client.execute_typed(statement.postgres(), &typed(values)).await.unwrap();
            }
            let after = cells(client).await;
            client.batch_execute("ROLLBACK").await.unwrap();
            (after, found, touched)
        });
        Done { before: self.before.clone(), after, found, touched }
    }
}

/// Asked for the same values twice at once, it finds the same rows for each.
async fn asked_for_many(client: &Client, statement: &Statement, values: &[Value], found: &[String]) {
    if values.is_empty() {
        return;
    }
    let arrays: Vec<_> = values.iter().map(|value| array(vec![value, value])).collect();
    let rows = client.query_typed(statement.for_many(), &sent(&arrays)).await.unwrap();
    for place in 1..=2 {
        let own = rows.iter().filter(|row| row.get::<_, i64>(0) == place);
        let mut own: Vec<String> = own.map(|row| shown(row)[1..].join(", ")).collect();
        let mut found = found.to_vec();
        own.sort_unstable();
        found.sort_unstable();
        assert_eq!(own, found, "{statement:?} for many");
    }
}

async fn cells(client: &Client) -> Cells {
    let mut cells = Cells::new();
    for table in TABLES {
        for row in client.query_typed(&format!("SELECT * FROM {table}"), &[]).await.unwrap() {
            let shown = shown(&row);
            for (column, cell) in row.columns().iter().zip(&shown) {
                cells.insert(format!("{table}[{}].{}", shown[0], column.name()), cell.clone());
            }
        }
    }
    cells
}

fn shown(row: &Row) -> Vec<String> {
    let cell = |place: usize| match *row.columns()[place].type_() {
        Type::INT8 => row.get::<_, Option<i64>>(place).map(|number| number.to_string()),
        Type::TEXT => row.get(place),
        _ => row.get::<_, Option<Vec<u8>>>(place).map(|bytes| bytes.iter().map(|byte| format!("x{byte:02x}")).collect()),
    };
    (0..row.len()).map(|place| cell(place).unwrap_or_else(|| "null".to_owned())).collect()
}

/// The same with bytes as PostgreSQL writes them: `x'a1'` is `'\\xa1'`.
fn with_bytes(sql: &str) -> String {
    let mut parts = sql.split("x'");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        let digits = part.split('\'').next().unwrap();
        let is_bytes = digits.len() == 2 && u8::from_str_radix(digits, 16).is_ok();
        text + if is_bytes { "'\\x" } else { "x'" } + part
    })
}
