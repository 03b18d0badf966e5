//! Databases that cannot be opened, and databases that are taken away while they are open.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    sync::Arc,
};

use keyward_rules::model::authorization::Authorization;
use keyward_store::{OpenError, Place, Store, StoreError, StoreSettings};
use rusqlite::Connection;

use crate::fixture::*;

mod older;

/// What refuses to open the database in `folder`.
async fn refusal(folder: &Path) -> OpenError {
    match Store::open(&settings(folder, 10)).await {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

fn sql(folder: &Path, statements: &str) {
    Connection::open(folder.join("keyward.db")).unwrap().execute_batch(statements).unwrap();
}

#[tokio::test]
async fn a_new_database_is_readable_by_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    commit(&store, vec![authorize(1)]).await;
    let mut files = 0;
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.file_name());
        files += 1;
    }
    assert!(files >= 3, "the log is not there");
}

#[tokio::test]
async fn what_was_written_is_there_when_the_database_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..3 {
        let store = open(folder.path()).await;
        commit(&store, vec![authorize(n)]).await;
        assert!(store.authorization(authorization_id(0)).await.unwrap().is_some());
    }
}

#[test]
fn a_store_answers_on_another_runtime_when_the_one_it_was_opened_in_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime().block_on(open(folder.path()));
    runtime().block_on(commit(&store, vec![authorize(1)]));
}

#[tokio::test]
async fn a_second_store_on_the_same_database_is_refused_until_the_first_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await;
    assert!(matches!(refusal(folder.path()).await, OpenError::InUse(path) if path == folder.path().join("keyward.db")));

    let elsewhere = tempfile::tempdir().unwrap();
    symlink(folder.path().join("keyward.db"), elsewhere.path().join("keyward.db")).unwrap();
    assert!(matches!(refusal(elsewhere.path()).await, OpenError::InUse(_)), "the same database under another name");
    drop(first);
    open(elsewhere.path()).await;
}

#[tokio::test]
async fn two_databases_in_one_folder_do_not_hinder_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path()).await;
    Store::open(&StoreSettings { place: Place::Sqlite(folder.path().join("keyward.sqlite")), cache: 10 }).await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_schema_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    commit(&open(folder.path()).await, vec![authorize(1)]).await;
    sql(folder.path(), "PRAGMA user_version = 99");
    let error = refusal(folder.path()).await;
    let OpenError::Newer { found: 99, known, .. } = error else { panic!("{error:?}") };
    assert!(error.to_string().contains("newer"), "{error}");
    sql(folder.path(), &format!("PRAGMA user_version = {known}"));
    assert!(open(folder.path()).await.authorization(authorization_id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    for text in ["no database at all\n".repeat(500), "short".to_owned()] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyward.db");
        fs::write(&path, &text).unwrap();
        let error = refusal(folder.path()).await;
        assert!(matches!(error, OpenError::Unreadable { .. }), "{error:?}");
        assert!(error.to_string().contains("keyward.db"), "{error}");
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    for version in [0, 1] {
        let folder = tempfile::tempdir().unwrap();
        sql(folder.path(), &format!("CREATE TABLE songs (title TEXT); PRAGMA user_version = {version}"));
        let error = refusal(folder.path()).await;
        assert!(error.to_string().contains("another program"), "{error}");
        let connection = Connection::open(folder.path().join("keyward.db")).unwrap();
        let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_master", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 1);
    }
}

#[tokio::test]
async fn an_empty_file_becomes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("keyward.db"), "").unwrap();
    commit(&open(folder.path()).await, vec![authorize(1)]).await;
}

#[tokio::test]
async fn a_folder_that_is_missing_or_takes_no_files_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for place in [folder.path().join("missing"), "/proc/self".into()] {
        let error = refusal(&place).await;
        assert!(matches!(error, OpenError::Unreadable { .. }), "{error:?}");
        assert!(error.to_string().contains(place.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_row_that_no_version_has_written_is_an_error_and_not_an_absence() {
    let folder = tempfile::tempdir().unwrap();
    commit(&open(folder.path()).await, vec![authorize(1)]).await;
    for (change, column) in
        [("grant_type = 'x'", 3), ("scope = '\"'", 4), ("created_at = 'x'", 6), ("generation = -1", 9), ("secret = x'00'", 12)]
    {
        let kept = tempfile::tempdir().unwrap();
        fs::copy(folder.path().join("keyward.db"), kept.path().join("keyward.db")).unwrap();
        sql(kept.path(), &format!("UPDATE authorizations SET {change}"));
        let read = open(kept.path()).await.authorization(authorization_id(1)).await;
        assert!(
            matches!(read, Err(StoreError::Corrupt { table: "authorizations", column: found }) if found == column),
            "{change}: {read:?}"
        );
    }
}

/// Reads while every connection that is open already is busy, so that a new one is needed.
async fn read_on_a_new_connection(store: &Store, n: u32) -> Result<Option<Arc<Authorization>>, StoreError> {
    let (busy, is_busy) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let occupied = sqlite(store).read(move |_| {
        let _ = busy.send(());
        let _ = released.recv();
        Ok(())
    });
    let read = async {
        is_busy.await.unwrap();
        let read = store.authorization(authorization_id(n)).await;
        drop(release);
        read
    };
    let (occupied, read) = tokio::join!(occupied, read);
    occupied.unwrap();
    read
}

#[tokio::test]
async fn a_database_that_is_moved_away_is_gone_until_it_is_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, aside) = (folder.path().join("keyward.db"), folder.path().join("aside"));
    let store = open_with_cache(folder.path(), 0).await;
    commit(&store, vec![authorize(1)]).await;
    fs::rename(&path, &aside).unwrap();
    for _ in 0..3 {
        let error = store.commit(vec![authorize(2)]).await.unwrap_err();
        assert!(matches!(&error, StoreError::Gone(gone) if *gone == path), "{error:?}");
        let read = read_on_a_new_connection(&store, 1).await;
        assert!(matches!(&read, Err(StoreError::Gone(_))), "{read:?}");
        assert!(!path.exists(), "an empty database was made in its place");
    }
    fs::rename(&aside, &path).unwrap();
    assert_eq!(read_on_a_new_connection(&store, 2).await.unwrap(), None);
    commit(&store, vec![authorize(2)]).await;
    assert!(read_on_a_new_connection(&store, 2).await.unwrap().is_some());
    drop(store);
    assert!(open(folder.path()).await.authorization(authorization_id(2)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_database_that_is_put_in_the_place_of_the_open_one_is_neither_written_nor_read() {
    let folder = tempfile::tempdir().unwrap();
    let (path, aside) = (folder.path().join("keyward.db"), folder.path().join("aside"));
    let store = open_with_cache(folder.path(), 0).await;
    commit(&store, vec![authorize(1)]).await;
    drop(store);
    let older = fs::read(&path).unwrap();
    let store = open_with_cache(folder.path(), 0).await;
    commit(&store, vec![revoke(1)]).await;

    fs::rename(&path, &aside).unwrap();
    fs::write(&path, &older).unwrap();
    assert!(matches!(store.commit(vec![authorize(2)]).await, Err(StoreError::Gone(_))));
    let read = read_on_a_new_connection(&store, 1).await;
    assert!(matches!(read, Err(StoreError::Gone(_))), "{read:?}");
    assert!(fs::read(&path).unwrap() == older, "the other database was changed");

    fs::rename(&aside, &path).unwrap();
    assert!(read_on_a_new_connection(&store, 1).await.unwrap().unwrap().revoked_at.is_some());
    commit(&store, vec![authorize(2)]).await;
}
