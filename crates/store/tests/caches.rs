//! Reads are never behind what was acknowledged, whatever the size of the caches.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

use keyward_rules::effect::Effect;
use tokio::task::JoinSet;

use crate::fixture::*;

const SIZES: [usize; 4] = [0, 1, 64, 10_000];

/// Writers raise generations and epochs one by one; readers never find one lower than what was acknowledged before they
/// looked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_read_after_an_acknowledged_commit_sees_it() {
    const ROWS: u32 = 6;
    const STEPS: u32 = 150;
    for size in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(open_with_cache(folder.path(), size).await);
        for n in 0..ROWS {
            commit(&store, vec![authorize(n), Effect::AddClient(client(n)), Effect::AddUser(user(n))]).await;
        }
        let acknowledged: Arc<Vec<AtomicU32>> = Arc::new((0..ROWS).map(|_| AtomicU32::new(0)).collect());
        let (done, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));

        let mut readers = JoinSet::new();
        for reader in 0..4 {
            let (store, acknowledged, done, reads) = (store.clone(), acknowledged.clone(), done.clone(), reads.clone());
            readers.spawn(async move {
                let mut n = reader;
                while !done.load(Ordering::SeqCst) {
                    n = (n + 1) % ROWS;
                    let steps = acknowledged[n as usize].load(Ordering::SeqCst);
                    let own = store.authorization(authorization_id(n)).await.unwrap().unwrap();
                    assert!(own.generation > steps, "size {size}: generation {} after {steps} steps", own.generation);
                    let epoch = store.client(&client_id(n)).await.unwrap().unwrap().epoch;
                    assert!(epoch.0 >= client(n).epoch.0 + i64::from(steps), "size {size}: an old client");
                    let epoch = store.user_by_name(&user(n).username).await.unwrap().unwrap().epoch;
                    assert!(epoch.0 >= user(n).epoch.0 + i64::from(steps), "size {size}: an old user");
                    if steps > 0 {
                        assert!(store.is_revoked(token_id(n * STEPS + steps)).await.unwrap(), "size {size}: a live token");
                    }
                    assert!(!store.is_revoked(token_id(n * STEPS + STEPS + 1_000_000)).await.unwrap());
                    reads.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            });
        }
        let mut writers = JoinSet::new();
        for n in 0..ROWS {
            let (store, acknowledged) = (store.clone(), acknowledged.clone());
            writers.spawn(async move {
                let (mut client, mut user) = (client(n), user(n));
                for step in 1..=STEPS {
                    let (old_client, old_user) = (client.revision, user.revision);
                    (client.epoch, user.epoch) = (client.epoch.next(), user.epoch.next());
                    (client.revision, user.revision) = (old_client.next(), old_user.next());
                    let effects = vec![
                        rotate(n, step),
                        Effect::ReplaceClient { client: client.clone(), seen: old_client },
                        Effect::ReplaceUser { user: user.clone(), seen: old_user },
                        revoke_token(n * STEPS + step),
                    ];
                    commit(&store, effects).await;
                    acknowledged[n as usize].store(step, Ordering::SeqCst);
                }
            });
        }
        writers.join_all().await;
        while reads.load(Ordering::SeqCst) < 50 {
            tokio::task::yield_now().await;
        }
        done.store(true, Ordering::SeqCst);
        readers.join_all().await;
    }
}
