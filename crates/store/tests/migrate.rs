//! A copy has every row of its source, is taken up where it was broken off, and is opened by no server before it is whole.

use std::path::{Path, PathBuf};

use keyward_rules::effect::Effect;
use keyward_store::{
    OpenError, Place, Store, StoreSettings,
    migrate::{Copied, MigrateError, Progress, Step, migrate},
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::fixture::*;

/// More than are written at once.
const MANY: u32 = 2500;

struct Move {
    folder: TempDir,
}

impl Move {
    async fn new() -> Self {
        let own = Move { folder: tempfile::tempdir().unwrap() };
        own.fill("from.db").await;
        own
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn place(&self, name: &str) -> Place {
        Place::Sqlite(self.path(name))
    }

    async fn open(&self, name: &str) -> Result<Store, OpenError> {
        Store::open(&StoreSettings { place: self.place(name), cache: 0 }).await
    }

    async fn fill(&self, name: &str) {
        let store = self.open(name).await.unwrap();
        commit(&store, (1..4).map(|n| Effect::PutKey(key(n))).collect()).await;
        commit(&store, (0..MANY).map(authorize).collect()).await;
        commit(&store, (0..3).flat_map(|n| [Effect::AddClient(client(n)), Effect::AddUser(user(n)), revoke_token(n)]).collect()).await;
        commit(&store, vec![rotate(1, 1), revoke(2), Effect::OpenSession(session(1))]).await;
    }

    async fn run(&self, report: impl FnMut(Progress<'_>)) -> Result<Vec<Copied>, MigrateError> {
        migrate(&self.place("from.db"), &self.place("to.db"), report).await
    }
}

/// Every cell of every table.
fn cells(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut cells = Vec::new();
    for table in tables {
        let mut all = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let width = all.column_count();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            cells.extend((0..width).map(|column| format!("{table}.{column}: {:?}", row.get_ref(column).unwrap())));
        }
    }
    cells
}

fn written(copied: &[Copied], name: &str) -> (u64, u64) {
    let found = copied.iter().find(|copied| copied.table == name).unwrap();
    (found.rows, found.written)
}

#[tokio::test]
async fn every_cell_is_copied_and_the_source_stays_as_it_was() {
    let own = Move::new().await;
    let before = cells(&own.path("from.db"));
    let mut steps = Vec::new();
    let copied = own.run(|progress| steps.push((progress.step, progress.table.to_owned(), progress.done))).await.unwrap();
    assert_eq!(written(&copied, "authorizations"), (MANY.into(), MANY.into()));
    assert_eq!((written(&copied, "clients"), written(&copied, "keys")), ((3, 3), (3, 3)));
    assert!(steps.contains(&(Step::Copying, "authorizations".to_owned(), 1000)), "{steps:?}");
    assert!(steps.contains(&(Step::Verifying, "authorizations".to_owned(), MANY.into())), "{steps:?}");
    assert_eq!(cells(&own.path("to.db")), before);
    assert_eq!(cells(&own.path("from.db")), before);
    assert_eq!(own.open("to.db").await.unwrap().recovery(), own.open("from.db").await.unwrap().recovery());
    assert!(matches!(own.run(|_| ()).await, Err(MigrateError::Taken(_))), "nothing is copied over a store");
}

#[tokio::test]
async fn a_copy_that_was_broken_off_is_opened_by_nobody_and_goes_on_where_it_ended() {
    let own = Move::new().await;
    let (from, to) = (own.place("from.db"), own.place("to.db"));
    let broken_off = tokio::task::LocalSet::new();
    let run = broken_off.spawn_local(async move {
        migrate(&from, &to, |progress| assert!(progress.table != "authorizations" || progress.done < 2000, "broken off")).await
    });
    assert!(broken_off.run_until(run).await.unwrap_err().is_panic());
    assert!(matches!(own.open("to.db").await, Err(OpenError::Unfinished(_))));
    let copied = own.run(|_| ()).await.unwrap();
    assert_eq!(written(&copied, "authorizations"), (MANY.into(), (MANY - 2000).into()));
    assert_eq!(written(&copied, "clients"), (3, 0));
    assert_eq!(cells(&own.path("to.db")), cells(&own.path("from.db")));
}

#[tokio::test]
async fn what_is_written_meanwhile_is_noticed_and_copied_by_another_run() {
    let own = Move::new().await;
    for (change, table) in [
        ("UPDATE authorizations SET generation = 99 WHERE id = (SELECT MAX(id) FROM authorizations)", "authorizations"),
        ("DELETE FROM clients WHERE id = 'client-1'", "clients"),
        // The one who comes has the name of the one who goes.
        ("UPDATE users SET id = CAST(x'ff' || id AS BLOB) WHERE id = (SELECT MAX(id) FROM users)", "users"),
    ] {
        let changing = Connection::open(own.path("from.db")).unwrap();
        let mut is_done = false;
        let ended = own.run(|progress| {
            if progress.step == Step::Verifying && !std::mem::replace(&mut is_done, true) {
                changing.execute(change, []).unwrap();
            }
        });
        match ended.await {
            Err(MigrateError::Changed { table: found, rows, .. }) => assert_eq!((found.as_str(), rows > 0), (table, true)),
            other => panic!("{change}: {other:?}"),
        }
        assert!(matches!(own.open("to.db").await, Err(OpenError::Unfinished(_))), "{change}");
    }
    own.run(|_| ()).await.unwrap();
    assert_eq!(cells(&own.path("to.db")), cells(&own.path("from.db")));
}

#[tokio::test]
async fn what_is_in_use_or_missing_or_somebody_elses_is_refused_and_stays() {
    let own = Move::new().await;
    let (from, to) = (own.place("from.db"), own.place("to.db"));
    assert!(matches!(migrate(&own.place("none.db"), &to, |_| ()).await, Err(MigrateError::NoStore(_))));
    assert!(!own.path("none.db").exists() && !own.path("to.db").exists());
    assert!(matches!(migrate(&from, &from, |_| ()).await, Err(MigrateError::Itself(_))));
    let served = own.open("from.db").await.unwrap();
    assert!(matches!(own.run(|_| ()).await, Err(MigrateError::Open(OpenError::InUse(_)))));
    drop(served);

    // Of another store: its beginning, and all of it.
    let store = own.open("to.db").await.unwrap();
    commit(&store, vec![Effect::PutKey(key(9))]).await;
    drop(store);
    let before = cells(&own.path("to.db"));
    assert!(matches!(own.run(|_| ()).await, Err(MigrateError::Taken(_))));
    assert_eq!(cells(&own.path("to.db")), before);
    Connection::open(own.path("to.db")).unwrap().execute("DELETE FROM store", []).unwrap();
    assert!(matches!(own.run(|_| ()).await, Err(MigrateError::OtherBegun(_))));
    assert!(matches!(migrate(&to, &own.place("third.db"), |_| ()).await, Err(MigrateError::Unfinished(_))));
}
