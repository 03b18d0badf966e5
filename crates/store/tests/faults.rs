//! What is acknowledged survives whatever the disk does; what is not is there whole or not at all; and once the disk works
//! again, so does the store, without a hand.

use std::sync::Arc;

use keyward_rules::{effect::Effect, model::authorization::Authorization};
use keyward_store::{Outcome::Committed, Store, StoreError};
use tokio::task::JoinSet;

use crate::{
    disk::{Call, Disk, Fault, Part},
    fixture::*,
};

/// Decisions of two effects each, authorizations `n` and `n + HALF`, and which of them were acknowledged.
#[derive(Default)]
struct Ledger {
    next: u32,
    acknowledged: Vec<u32>,
    /// Answered with an error: there or not, but not by half.
    unknown: Vec<u32>,
}

const HALF: u32 = 1_000_000;

impl Ledger {
    /// Commits `count` decisions at once; returns how many were acknowledged.
    async fn write(&mut self, store: &Arc<Store>, count: u32) -> usize {
        let mut tasks = JoinSet::new();
        for n in self.next..self.next + count {
            let store = store.clone();
            tasks.spawn(async move { (n, store.commit(vec![authorize(n), authorize(n + HALF)]).await) });
        }
        self.next += count;
        let before = self.acknowledged.len();
        for (n, result) in tasks.join_all().await {
            match result {
                Ok(outcome) => {
                    assert_eq!(outcome, Committed);
                    self.acknowledged.push(n);
                }
                Err(error) => {
                    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
                    self.unknown.push(n);
                }
            }
        }
        self.acknowledged.len() - before
    }

    /// Every decision is as it was answered.
    async fn holds(&self, store: &Store) {
        let there = async |n| store.authorization(authorization_id(n)).await.unwrap();
        for n in &self.acknowledged {
            assert_eq!(there(*n).await.as_deref(), Some(&authorization(*n)), "acknowledged, and lost");
            assert_eq!(there(n + HALF).await.as_deref(), Some(&authorization(n + HALF)), "acknowledged, and half lost");
        }
        for n in &self.unknown {
            assert_eq!(there(*n).await.is_some(), there(n + HALF).await.is_some(), "written by half");
        }
    }

    /// The same, for whoever opens the database after a crash.
    async fn survives(&self, disk: &Disk) {
        self.holds(&open(disk.killed().path()).await).await;
        let mut random = 0x2545_F491_4F6C_DD1D_u64;
        for _ in 0..4 {
            let chance = || {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random & 1 == 1
            };
            self.holds(&open(disk.power_lost(chance).path()).await).await;
        }
        self.holds(&open(disk.power_lost(|| false).path()).await).await;
    }
}

/// One fault, struck while decisions are written: all that the module says must hold.
async fn endure(fault: Fault, spared: usize) {
    let disk = Disk::new();
    let store = Arc::new(open_with_cache(disk.folder(), 8).await);
    let mut ledger = Ledger::default();
    assert_eq!(ledger.write(&store, 40).await, 40);
    let before = store.report();

    disk.fail(fault, spared);
    for _ in 0..5 {
        ledger.write(&store, 40).await;
        ledger.holds(&store).await;
    }
    assert!(disk.failed() > 0, "{fault:?} after {spared} did not strike");
    assert!(!ledger.unknown.is_empty());
    assert!(store.report().failures > before.failures);
    ledger.survives(&disk).await;

    disk.heal();
    assert_eq!(ledger.write(&store, 40).await, 40, "the store did not recover from {fault:?}");
    ledger.holds(&store).await;
    ledger.survives(&disk).await;
    drop(store);
    ledger.survives(&disk).await;
    ledger.holds(&open(disk.folder()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_cannot_be_written_loses_nothing_that_was_acknowledged() {
    for fault in [Fault::Full(Part::Log), Fault::Write(Part::Log), Fault::Short(Part::Log)] {
        for spared in [0, 1, 7, 30] {
            endure(fault, spared).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_cannot_be_synced_loses_nothing_that_was_acknowledged() {
    for spared in [0, 1, 2] {
        endure(Fault::Sync(Part::Log), spared).await;
    }
}

/// The log keeps what a failed checkpoint could not bring into the database; commits go on meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_that_fails_loses_nothing_that_was_acknowledged() {
    let faults = [
        (Fault::Full(Part::Database), 0),
        (Fault::Write(Part::Database), 3),
        (Fault::Short(Part::Database), 1),
        (Fault::Sync(Part::Database), 0),
    ];
    for (fault, spared) in faults {
        let disk = Disk::new();
        let store = Arc::new(open_with_cache(disk.folder(), 8).await);
        let mut ledger = Ledger::default();
        disk.fail(fault, spared);
        while disk.failed() == 0 {
            assert_eq!(ledger.write(&store, 1).await, 1, "{fault:?} reached a commit");
            assert!(ledger.next < 10_000, "there was no checkpoint");
        }
        ledger.survives(&disk).await;
        assert_eq!(ledger.write(&store, 40).await, 40);
        ledger.survives(&disk).await;
        disk.heal();
        ledger.write(&store, 400).await;
        ledger.holds(&store).await;
        drop(store);
        ledger.survives(&disk).await;
        ledger.holds(&open(disk.folder()).await).await;
    }
}

/// A client whose row fills several pages, so that a batch of them does not fit into memory and is written to the log
/// before its COMMIT.
fn bulky_client(n: u32) -> Effect {
    let mut client = client(n);
    client.registration.name = "x".repeat(40_000);
    Effect::AddClient(client)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_in_the_middle_of_a_batch_fails_all_of_it_and_nothing_more() {
    const BATCH: u32 = 600;
    let disk = Disk::new();
    let store = Arc::new(open_with_cache(disk.folder(), 8).await);
    let mut ledger = Ledger::default();
    ledger.write(&store, 40).await;
    let before = store.report();

    let held = disk.hold(Call::Sync(Part::Log));
    let first = queue(&store, vec![authorize(HALF - 1)]);
    held.until_reached(1);
    let effects = |n: u32| if n.is_multiple_of(2) { vec![bulky_client(n)] } else { vec![bulky_client(n), revoke_token(n)] };
    let batch: Vec<_> = (0..BATCH).map(|n| queue(&store, effects(n))).collect();
    disk.fail(Fault::Full(Part::Log), 1000);
    drop(held);
    assert_eq!(first.await.unwrap(), Committed);
    let mut results = Vec::new();
    for job in batch {
        results.push(job.await);
    }
    assert!(disk.failed() > 0, "the batch did not reach the disk before its end");
    assert!(results.iter().all(unavailable), "{:?}", results.iter().find(|result| !unavailable(result)));
    assert_eq!(store.report().failures - before.failures, 1, "it was not one batch");
    assert_eq!(store.clients().await.unwrap(), []);
    assert!(!store.is_revoked(token_id(1)).await.unwrap());
    ledger.survives(&disk).await;

    disk.heal();
    commit(&store, vec![bulky_client(BATCH)]).await;
    assert_eq!(ledger.write(&store, 40).await, 40);
    ledger.survives(&disk).await;
}

/// Another process takes the database for itself for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_process_locks_is_unavailable_and_then_works_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open_with_cache(folder.path(), 8).await);
    let mut ledger = Ledger::default();
    assert_eq!(ledger.write(&store, 20).await, 20);
    let other = rusqlite::Connection::open(folder.path().join("keyward.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(ledger.write(&store, 20).await, 0);
    ledger.holds(&store).await;
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(ledger.write(&store, 20).await, 20);
    for n in &ledger.unknown {
        assert_eq!(store.authorization(authorization_id(*n)).await.unwrap(), None, "never begun, and written");
    }
    drop(store);
    ledger.holds(&open(folder.path()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_read_is_an_error_and_not_an_absence() {
    let disk = Disk::new();
    let store = open(disk.folder()).await;
    commit(&store, (0..2000).map(authorize).collect()).await;
    drop(store);
    let store = open(disk.folder()).await;
    disk.fail(Fault::Read(Part::Database), 0);
    let read = store.authorization(authorization_id(1234)).await;
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    assert!(disk.heal() > 0);
    let own: Option<Arc<Authorization>> = store.authorization(authorization_id(1234)).await.unwrap();
    assert_eq!(own.as_deref(), Some(&authorization(1234)));
}
