//! Devices: what is written reads back, each word and the redemption hold once, and what has ended goes.

use std::time::Instant;

use keyward_rules::{
    effect::Effect,
    model::{
        device::{Approval, Device, Progress},
        digest::SecretDigest,
        epoch::Epoch,
        id::SessionId,
        time::{Seconds, Timestamp},
    },
};
use keyward_store::{
    Outcome::{Committed, Conflict},
    Store,
    clean::Cleaner,
};
use keyward_wire::{scope::Scope, user_code::UserCode};
use tempfile::TempDir;

use crate::fixture::*;

fn device(n: u32) -> Device {
    let mut random = [0; 10];
    random[6..].copy_from_slice(&n.to_be_bytes());
    Device {
        id: authorization_id(n),
        digest: SecretDigest([n as u8; 32]),
        user_code: UserCode::from_random(random),
        client: client_id(n),
        client_epoch: Epoch(i64::from(n) + 1_000),
        scope: Scope::parse("read write").unwrap(),
        audience: authorization(n).audience,
        created_at: Timestamp(NOW.0 - 1),
        expires_at: NOW + Seconds(600),
        progress: Progress::Waiting,
    }
}

fn approval(n: u32) -> Approval {
    Approval {
        user: user_id(n),
        user_epoch: Epoch(11),
        consent_epoch: Epoch(12),
        session: SessionId([13; 16]),
        authenticated_at: Timestamp(NOW.0 - 14),
    }
}

fn ask(n: u32) -> Effect {
    Effect::NewDeviceCode(device(n))
}

fn approve(n: u32, at: Timestamp) -> Effect {
    Effect::ApproveDevice { id: authorization_id(n), approval: approval(n), at }
}

fn deny(n: u32, at: Timestamp) -> Effect {
    Effect::DenyDevice { id: authorization_id(n), at }
}

fn redeem(n: u32, at: Timestamp) -> Effect {
    Effect::RedeemDevice { id: authorization_id(n), at }
}

/// Devices 1 that waits, 2 that was denied, 3 that was approved and 4 that has its tokens.
async fn store() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for n in 1..=4 {
        commit(&store, vec![ask(n)]).await;
    }
    commit(&store, vec![deny(2, NOW), approve(3, NOW), approve(4, NOW)]).await;
    commit(&store, vec![redeem(4, NOW)]).await;
    (store, folder)
}

async fn progress(store: &Store, n: u32) -> Progress {
    store.device(authorization_id(n)).await.unwrap().unwrap().progress.clone()
}

#[tokio::test]
async fn a_device_reads_back_as_it_was_written_from_memory_and_from_disk() {
    let (store, folder) = store().await;
    let steps = [Progress::Waiting, Progress::Denied, Progress::Approved(approval(3)), Progress::Redeemed];
    let look = async |store: &Store| {
        for (n, progress) in (1..).zip(steps.clone()) {
            let expected = Device { progress, ..device(n) };
            assert_eq!(store.device(expected.id).await.unwrap().as_deref(), Some(&expected));
            assert_eq!(store.device_showing(&expected.user_code).await.unwrap().as_deref(), Some(&expected));
        }
        assert_eq!(store.device(authorization_id(5)).await.unwrap(), None);
        assert_eq!(store.device_showing(&device(5).user_code).await.unwrap(), None);
    };
    look(&store).await;
    drop(store);
    look(&open(folder.path()).await).await;
}

#[tokio::test]
async fn sec_k01_no_two_devices_that_are_kept_show_the_same_code() {
    let (store, _folder) = store().await;
    let same = Device { user_code: device(1).user_code, ..device(5) };
    assert_eq!(store.commit(vec![Effect::NewDeviceCode(same)]).await.unwrap(), Conflict);
    assert_eq!(store.commit(vec![ask(1)]).await.unwrap(), Conflict);
    assert_eq!(store.device(authorization_id(5)).await.unwrap(), None);
    assert_eq!(store.commit(vec![ask(5)]).await.unwrap(), Committed);
}

#[tokio::test]
async fn sec_k06_a_word_holds_once_and_only_while_the_device_waits() {
    let (store, _folder) = store().await;
    let over = device(1).expires_at;
    for n in 1..=4 {
        let before = progress(&store, n).await;
        let words = if n == 1 { [approve(1, over), deny(1, over)] } else { [approve(n, NOW), deny(n, NOW)] };
        for word in words {
            assert_eq!(store.commit(vec![word]).await.unwrap(), Conflict, "{n}");
            assert_eq!(progress(&store, n).await, before);
        }
    }
    let last = Timestamp(over.0 - 1);
    assert_eq!(store.commit(vec![approve(1, last)]).await.unwrap(), Committed);
    assert_eq!(progress(&store, 1).await, Progress::Approved(approval(1)));
}

#[tokio::test]
async fn sec_k06_a_code_is_redeemed_once_after_a_yes_in_time_and_with_its_authorization_or_not_at_all() {
    let (store, _folder) = store().await;
    for (n, at) in [(1, NOW), (2, NOW), (3, device(3).expires_at), (4, NOW), (5, NOW)] {
        assert_eq!(store.commit(vec![redeem(n, at), authorize(n)]).await.unwrap(), Conflict, "{n}");
        assert_eq!(store.authorization(authorization_id(n)).await.unwrap(), None, "{n}");
    }
    assert_eq!(store.commit(vec![redeem(3, NOW), authorize(3)]).await.unwrap(), Committed);
    assert_eq!(progress(&store, 3).await, Progress::Redeemed);
    assert!(store.authorization(authorization_id(3)).await.unwrap().is_some());
    assert_eq!(store.commit(vec![redeem(3, NOW), authorize(6)]).await.unwrap(), Conflict);
}

#[tokio::test]
async fn sec_k06_of_many_redemptions_at_once_one_is_written() {
    let (store, _folder) = store().await;
    let mut waiting: Vec<_> = (100..132).map(|n| queue(&store, vec![redeem(3, NOW), authorize(n)])).collect();
    let mut committed = 0;
    for one in &mut waiting {
        committed += usize::from(one.await.unwrap() == Committed);
    }
    assert_eq!(committed, 1);
}

#[tokio::test]
async fn a_device_goes_ten_minutes_after_its_end_and_its_code_may_be_shown_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_with_cache(folder.path(), 0).await;
    let last = NOW - Seconds(600);
    for (n, end) in [(1, last.0 - 1), (2, last.0), (3, NOW.0 + 1)] {
        commit(&store, vec![Effect::NewDeviceCode(Device { expires_at: Timestamp(end), ..device(n) })]).await;
    }
    let cleaned = Cleaner::default().round(&store, NOW, Instant::now()).await.unwrap();
    assert_eq!(cleaned.rows, 1);
    for (n, stays) in [(1, false), (2, true), (3, true)] {
        assert_eq!(store.device_showing(&device(n).user_code).await.unwrap().is_some(), stays, "{n}");
    }
    let again = Device { user_code: device(1).user_code, ..device(4) };
    assert_eq!(store.commit(vec![Effect::NewDeviceCode(again)]).await.unwrap(), Committed);
}
