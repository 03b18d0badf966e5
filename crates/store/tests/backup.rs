//! Backups are whole whatever is written meanwhile, and a restore brings back what it says or leaves everything as it was.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use keyward_rules::model::{
    authorization::Authorization,
    time::{Seconds, Timestamp},
};
use keyward_store::{
    OpenError, Outcome,
    backup::{self, BackupError, Restored},
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    disk::{Call, Disk, Fault, Part},
    fixture::*,
};

const LATER: Timestamp = Timestamp(NOW.0 + 3_600_000);

/// A database with these authorizations, closed.
async fn database(authorizations: impl Iterator<Item = u32>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    commit(&open(folder.path()).await, authorizations.map(authorize).collect()).await;
    folder
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("keyward.db")
}

async fn found(folder: &Path, n: u32) -> Option<Arc<Authorization>> {
    open(folder).await.authorization(authorization_id(n)).await.unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_the_database_as_it_was_when_it_began_and_nobody_waits_for_it() {
    let folder = database(0..40_000).await;
    let store = open(folder.path()).await;
    commit(&store, vec![rotate(1, 1)]).await;

    let disk = Disk::new();
    let held = disk.hold(Call::Write(Part::Database));
    let (from, to) = (path(&folder), disk.folder().join("copy.db"));
    let target = to.clone();
    let taken = tokio::task::spawn_blocking(move || backup::take(&from, &target));
    held.until_reached(1);
    for n in 0..50 {
        commit(&store, vec![authorize(50_000 + n), rotate(n, if n == 1 { 2 } else { 1 })]).await;
    }
    drop(held);
    taken.await.unwrap().unwrap();
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);

    let place = tempfile::tempdir().unwrap();
    let restored = backup::restore(&to, &path(&place), false, NOW).unwrap();
    assert_eq!(restored, Restored { authorizations: 40_000, ended: false, replaced: None });
    let copy = open(place.path()).await;
    for n in 0..50 {
        assert_eq!(copy.authorization(authorization_id(50_000 + n)).await.unwrap(), None);
        assert_eq!(copy.authorization(authorization_id(n)).await.unwrap().unwrap().generation, if n == 1 { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_needs_a_database() {
    let folder = database(1..4).await;
    let (from, to) = (path(&folder), folder.path().join("copy.db"));
    fs::write(&to, "something else").unwrap();
    assert!(matches!(backup::take(&from, &to), Err(BackupError::Exists(_))));
    assert_eq!(fs::read_to_string(&to).unwrap(), "something else");
    fs::remove_file(&to).unwrap();
    assert!(matches!(backup::take(&folder.path().join("missing.db"), &to), Err(BackupError::NoStore(_))));
    assert!(!folder.path().join("missing.db").exists());
    assert!(!to.exists());
}

#[tokio::test]
async fn a_backup_that_cannot_be_finished_leaves_nothing_behind() {
    let folder = database(0..2000).await;
    let disk = Disk::new();
    for fault in [Fault::Full(Part::Database), Fault::Sync(Part::Database)] {
        disk.fail(fault, 0);
        let taken = backup::take(&path(&folder), &disk.folder().join("copy.db"));
        let Err(error @ BackupError::Database(..)) = taken else { panic!("{fault:?}: {taken:?}") };
        assert!(error.to_string().contains("copy.db") && error.to_string().contains("disk"), "{error}");
        assert!(disk.heal() > 0);
        assert_eq!(names(disk.folder()), Vec::<String>::new(), "{fault:?}");
    }
    backup::take(&path(&folder), &disk.folder().join("copy.db")).unwrap();
    assert_eq!(names(disk.folder()), ["copy.db"]);
}

#[tokio::test]
async fn the_keys_in_a_backup_can_be_looked_at_before_it_is_restored() {
    let folder = database(1..4).await;
    let keys = {
        let store = open(folder.path()).await;
        commit(&store, (1..4).map(|n| keyward_rules::effect::Effect::PutKey(key(n))).collect()).await;
        store.keys().await.unwrap()
    };
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    let before = fs::read(&copy).unwrap();
    assert_eq!(backup::keys(&copy).unwrap(), keys);
    assert!(fs::read(&copy).unwrap() == before, "looking changed the backup");
    fs::write(&copy, &before[..before.len() / 2]).unwrap();
    assert!(matches!(backup::keys(&copy), Err(BackupError::Unsound(..))));
}

#[tokio::test]
async fn a_restore_brings_back_what_was_there_and_raises_the_epoch_above_everything() {
    let (folder, place) = (database(1..4).await, database(7..9).await);
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    {
        let store = open(folder.path()).await;
        commit(&store, vec![revoke(1), authorize(5)]).await;
    }
    let mut epochs = vec![open(place.path()).await.recovery().epoch, open(folder.path()).await.recovery().epoch];
    // Once at a time, again at the same, and with a clock that is late.
    for now in [LATER, LATER, NOW] {
        let restored = backup::restore(&copy, &path(&place), false, now).unwrap();
        assert_eq!((restored.authorizations, restored.ended), (3, false));
        let store = open(place.path()).await;
        assert_eq!(store.recovery().recovered_at, now);
        assert!(store.recovery().epoch.0 >= now.0);
        assert!(epochs.iter().all(|before| before.0 < store.recovery().epoch.0), "{epochs:?} {:?}", store.recovery());
        epochs.push(store.recovery().epoch);
        drop(store);
        for (n, there) in [(1, true), (2, true), (3, true), (5, false), (7, false), (8, false)] {
            assert_eq!(found(place.path(), n).await.is_some(), there, "{n}");
        }
        assert_eq!(found(place.path(), 1).await.unwrap().revoked_at, None);
    }
    assert_eq!(fs::metadata(path(&place)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_restore_into_an_empty_place_works_as_well() {
    let folder = database(1..4).await;
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    let place = tempfile::tempdir().unwrap();
    backup::restore(&copy, &path(&place), false, NOW).unwrap();
    let store = open(place.path()).await;
    commit(&store, vec![authorize(9)]).await;
    assert!(store.authorization(authorization_id(2)).await.unwrap().is_some());
}

#[tokio::test]
async fn what_a_restore_replaces_is_kept_each_time_and_can_be_restored_itself() {
    let (folder, place) = (database(1..4).await, database(7..9).await);
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    for name in ["keyward.db.replaced", "keyward.db.replaced-2", "keyward.db.replaced-3"] {
        let restored = backup::restore(&copy, &path(&place), false, NOW).unwrap();
        assert_eq!(restored.replaced, Some(place.path().join(name)));
    }
    backup::restore(&place.path().join("keyward.db.replaced"), &path(&place), false, LATER).unwrap();
    assert!(found(place.path(), 7).await.is_some() && found(place.path(), 1).await.is_none());
}

#[tokio::test]
async fn a_database_is_not_restored_from_itself_by_any_name() {
    let folder = database(1..4).await;
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(path(&folder), &link).unwrap();
    for name in [path(&folder), link] {
        let refused = backup::restore(&name, &path(&folder), true, NOW);
        assert!(matches!(refused, Err(BackupError::Itself(_))), "{refused:?}");
    }
    assert_eq!(found(folder.path(), 1).await.unwrap().revoked_at, None);
}

#[tokio::test]
async fn a_restore_ends_every_authorization_when_told_to() {
    let folder = database(1..4).await;
    {
        let store = open(folder.path()).await;
        let ended = Authorization { expires_at: LATER, ..authorization(4) };
        commit(&store, vec![keyward_rules::effect::Effect::Authorize(ended), revoke(3)]).await;
    }
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    let restored = backup::restore(&copy, &path(&folder), true, LATER).unwrap();
    assert_eq!((restored.authorizations, restored.ended), (2, true));
    let store = open(folder.path()).await;
    for (n, revoked_at) in [(1, LATER), (2, LATER), (3, NOW), (4, LATER)] {
        assert_eq!(store.authorization(authorization_id(n)).await.unwrap().unwrap().revoked_at, Some(revoked_at));
        assert_eq!(outcome(&store, rotate(n, 1)).await, Outcome::Conflict);
    }
}

#[tokio::test]
async fn a_database_in_use_is_not_replaced() {
    let folder = database(1..4).await;
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    let store = open(folder.path()).await;
    commit(&store, vec![authorize(5)]).await;
    let refused = backup::restore(&copy, &path(&folder), false, LATER);
    assert!(matches!(refused, Err(BackupError::Open(OpenError::InUse(_)))), "{refused:?}");
    commit(&store, vec![rotate(5, 1)]).await;
    drop(store);
    assert_eq!(found(folder.path(), 5).await.unwrap().generation, 2);
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_the_database_left_as_it_was() {
    let folder = database(0..2000).await;
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    let sound = fs::read(&copy).unwrap();
    let altered = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at..at + 2000].fill(0xA5);
        bytes
    };
    let sql = |statements: &str| {
        let file = folder.path().join("changed.db");
        let _ = fs::remove_file(&file);
        fs::write(&file, if statements.starts_with("CREATE") { &[][..] } else { &sound }).unwrap();
        Connection::open(&file).unwrap().execute_batch(statements).unwrap();
        fs::read(&file).unwrap()
    };
    let damaged: [(&str, Vec<u8>); 9] = [
        ("a page altered", altered(40_000)),
        ("the last page altered", altered(sound.len() - 2000)),
        ("the head altered", altered(0)),
        ("cut short", sound[..sound.len() / 2].to_vec()),
        ("cut within a page", sound[..sound.len() - 1].to_vec()),
        ("empty", vec![]),
        ("text", b"this is no backup\n".repeat(1000)),
        ("newer", sql("PRAGMA user_version = 99")),
        ("of another program", sql("CREATE TABLE songs (title TEXT); PRAGMA user_version = 1")),
    ];
    let place = database(7..9).await;
    let before = fs::read(path(&place)).unwrap();
    for (what, bytes) in damaged {
        fs::write(&copy, bytes).unwrap();
        let refused = backup::restore(&copy, &path(&place), false, LATER);
        assert!(matches!(refused, Err(BackupError::Unsound(..))), "{what}: {refused:?}");
        assert!(fs::read(path(&place)).unwrap() == before, "{what}: the database was changed");
        assert_eq!(names(place.path()), ["keyward.db", "keyward.db.lock"], "{what}");
    }
    let missing = backup::restore(&folder.path().join("missing"), &path(&place), false, LATER);
    assert!(matches!(missing, Err(BackupError::NoFile(_))), "{missing:?}");
    let of_folder = backup::restore(folder.path(), &path(&place), false, LATER);
    assert!(matches!(of_folder, Err(BackupError::Unsound(..))), "{of_folder:?}");
    fs::write(&copy, &sound).unwrap();
    backup::restore(&copy, &path(&place), false, LATER).unwrap();
    assert!(found(place.path(), 1999).await.is_some());
}

#[tokio::test]
async fn a_restore_that_cannot_be_finished_leaves_the_database_as_it_was() {
    let folder = database(0..2000).await;
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    for fault in [Fault::Full(Part::Database), Fault::Write(Part::Database), Fault::Sync(Part::Database)] {
        let disk = Disk::new();
        commit(&open(disk.folder()).await, vec![authorize(7000)]).await;
        disk.fail(fault, 0);
        let refused = backup::restore(&copy, &disk.folder().join("keyward.db"), false, LATER);
        assert!(matches!(refused, Err(BackupError::Database(..))), "{fault:?}: {refused:?}");
        assert!(disk.heal() > 0);
        assert_eq!(names(disk.folder()), ["keyward.db", "keyward.db.lock"], "{fault:?}");
        assert!(found(disk.folder(), 7000).await.is_some());
        assert!(found(disk.folder(), 7).await.is_none());
    }
}

/// The log of a database that was killed lies beside it; it must not be taken for the log of the one that is put there.
#[tokio::test]
async fn the_log_of_the_replaced_database_is_not_applied_to_the_restored_one() {
    let folder = database(1..4).await;
    let copy = folder.path().join("copy.db");
    backup::take(&path(&folder), &copy).unwrap();
    let disk = Disk::new();
    let store = open(disk.folder()).await;
    commit(&store, (100..400).map(authorize).collect()).await;
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 3] = [
        ("whole", |_| ()),
        ("missing", |database| fs::remove_file(database).unwrap()),
        ("damaged", |database| fs::write(database, "damaged".repeat(1000)).unwrap()),
    ];
    for (what, damage) in damages {
        let killed = disk.killed();
        assert!(fs::metadata(killed.path().join("keyward.db-wal")).unwrap().len() > 30_000, "there is no log to be left over");
        damage(&path(&killed));
        let restored = backup::restore(&copy, &path(&killed), false, LATER).unwrap();
        let expected: &[&str] = match what {
            "missing" => &["keyward.db", "keyward.db.lock"],
            _ => &["keyward.db", "keyward.db.lock", "keyward.db.replaced"],
        };
        assert_eq!(names(killed.path()), expected, "{what}");
        assert_eq!(restored.replaced, expected.get(2).map(|name| killed.path().join(name)));
        let restored = open(killed.path()).await;
        for (n, there) in [(1, true), (2, true), (3, true), (100, false), (250, false), (399, false)] {
            assert_eq!(restored.authorization(authorization_id(n)).await.unwrap().is_some(), there, "{what}: {n}");
        }
        commit(&restored, vec![authorize(9)]).await;
        drop(restored);
        let connection = Connection::open(path(&killed)).unwrap();
        let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "{what}");
    }
}

#[tokio::test]
async fn the_log_of_a_database_that_was_killed_is_part_of_its_backup() {
    let disk = Disk::new();
    let store = open(disk.folder()).await;
    commit(&store, vec![authorize(1)]).await;
    let killed = disk.killed();
    let copy = killed.path().join("copy.db");
    backup::take(&path(&killed), &copy).unwrap();
    let place = tempfile::tempdir().unwrap();
    backup::restore(&copy, &path(&place), false, NOW + Seconds(1)).unwrap();
    assert!(found(place.path(), 1).await.is_some());
}
