//! Many at once: what can happen once happens once, and what has ended stays ended.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use keyward_rules::{
    effect::Effect,
    model::{authorization::Authorization, client::Client, epoch::Revision, time::Timestamp, user::User},
};
use keyward_store::{
    Outcome::{Committed, Conflict},
    Store,
};
use tokio::task::JoinSet;

use crate::fixture::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sec_f02_of_64_rotations_decided_from_the_same_facts_exactly_one_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()).await);
    commit(&store, vec![authorize(1)]).await;
    for generation in 1..=40 {
        let mut tasks = JoinSet::new();
        for _ in 0..64 {
            let store = store.clone();
            tasks.spawn(async move { outcome(&store, rotate(1, generation)).await });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Committed).count(), 1, "generation {generation}");
        assert_eq!(store.authorization(authorization_id(1)).await.unwrap().unwrap().generation, generation + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sec_f03_after_an_acknowledged_revocation_nothing_is_rotated_or_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open_with_cache(folder.path(), 8).await);
    let late = Arc::new(AtomicU32::new(0));
    for n in 0..500 {
        commit(&store, vec![authorize(n)]).await;
        let ended = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for _ in 0..3 {
            let (store, ended, late) = (store.clone(), ended.clone(), late.clone());
            tasks.spawn(async move {
                loop {
                    let ended = ended.load(Ordering::SeqCst);
                    let seen = store.authorization(authorization_id(n)).await.unwrap().unwrap();
                    let rotated = outcome(&store, rotate(n, seen.generation)).await;
                    let confirmed = outcome(&store, confirm(n, seen.generation)).await;
                    if ended {
                        assert!(seen.revoked_at.is_some(), "read as live after its end was acknowledged");
                        assert_eq!((rotated, confirmed), (Conflict, Conflict), "used after its end was acknowledged");
                        late.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                }
            });
        }
        tokio::task::yield_now().await;
        commit(&store, vec![revoke(n)]).await;
        ended.store(true, Ordering::SeqCst);
        tasks.join_all().await;
    }
    assert_eq!(late.load(Ordering::SeqCst), 1500);
}

/// What acknowledged decisions must have left behind.
#[derive(Default)]
struct Model {
    authorizations: BTreeMap<u32, Authorization>,
    revoked_tokens: BTreeMap<u32, ()>,
    clients: BTreeMap<u32, Client>,
    users: BTreeMap<u32, User>,
}

/// One task's own rows, which nobody else writes, so that the order of its decisions is known.
struct Worker {
    store: Arc<Store>,
    model: Arc<Mutex<Model>>,
    number: u32,
}

impl Worker {
    /// Makes a few decisions about row `n`, right and wrong ones, and notes those that were acknowledged.
    async fn work(&self, n: u32) {
        let mut own = authorization(n);
        commit(&self.store, vec![authorize(n)]).await;
        let (mut client, mut user) = (client(n), user(n));
        commit(&self.store, vec![Effect::AddClient(client.clone()), Effect::AddUser(user.clone())]).await;
        for step in 0..n % 4 {
            let at = Timestamp(NOW.0 + i64::from(step));
            commit(&self.store, vec![Effect::Rotate { id: own.id, from: own.generation, to: own.generation + 1, at }]).await;
            (own.generation, own.rotated_at) = (own.generation + 1, at);
            assert_eq!(outcome(&self.store, rotate(n, own.generation - 1)).await, Conflict);
            assert_eq!(self.store.authorization(own.id).await.unwrap().as_deref(), Some(&own));
        }
        if n.is_multiple_of(3) {
            let (next, seen) = (next_client(&client), client.revision);
            commit(&self.store, vec![Effect::ReplaceClient { client: next.clone(), seen }, revoke_token(n)]).await;
            client = next;
            self.model.lock().unwrap().revoked_tokens.insert(n, ());
        }
        if n.is_multiple_of(5) {
            let (next, seen) = (next_user(&user), user.revision);
            commit(&self.store, vec![Effect::ReplaceUser { user: next.clone(), seen }]).await;
            user = next;
            commit(&self.store, vec![revoke(n)]).await;
            own.revoked_at = Some(NOW);
            assert_eq!(self.store.commit(vec![revoke_token(n + 1_000_000), rotate(n, own.generation)]).await.unwrap(), Conflict);
        }
        let mut model = self.model.lock().unwrap();
        model.authorizations.insert(n, own);
        model.clients.insert(n, client);
        model.users.insert(n, user);
    }

    /// Removes what is even, in one decision.
    async fn remove(&self, n: u32) {
        let (seen_client, seen_user) = {
            let model = self.model.lock().unwrap();
            (model.clients[&n].revision, model.users[&n].revision)
        };
        let remove = |seen: Revision| {
            vec![Effect::RemoveClient { id: client_id(n), seen: seen_client }, Effect::RemoveUser { id: user_id(n), seen }]
        };
        assert_eq!(self.store.commit(remove(seen_user.next())).await.unwrap(), Conflict);
        commit(&self.store, remove(seen_user)).await;
        let mut model = self.model.lock().unwrap();
        model.clients.remove(&n);
        model.users.remove(&n);
    }
}

async fn holds(store: &Store, model: &Model, rows: u32) {
    for n in 0..rows {
        assert_eq!(store.authorization(authorization_id(n)).await.unwrap().as_deref(), model.authorizations.get(&n), "authorization {n}");
        assert_eq!(store.client(&client_id(n)).await.unwrap().as_deref(), model.clients.get(&n), "client {n}");
        assert_eq!(store.user(user_id(n)).await.unwrap().as_deref(), model.users.get(&n), "user {n}");
        assert_eq!(store.user_by_name(&user(n).username).await.unwrap().as_deref(), model.users.get(&n), "user name {n}");
        assert_eq!(store.is_revoked(token_id(n)).await.unwrap(), model.revoked_tokens.contains_key(&n), "token {n}");
        assert!(!store.is_revoked(token_id(n + 1_000_000)).await.unwrap(), "half of a decision was written");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_ten_thousand_parallel_decisions_memory_and_disk_hold_what_was_acknowledged() {
    const WORKERS: u32 = 64;
    const ROWS: u32 = 1600;
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open_with_cache(folder.path(), 400).await);
    let model = Arc::new(Mutex::new(Model::default()));
    let mut tasks = JoinSet::new();
    for number in 0..WORKERS {
        let worker = Worker { store: store.clone(), model: model.clone(), number };
        tasks.spawn(async move {
            for n in (worker.number..ROWS).step_by(WORKERS as usize) {
                worker.work(n).await;
                if n.is_multiple_of(2) {
                    worker.remove(n).await;
                }
            }
        });
    }
    tasks.join_all().await;
    // A database that is shared commits by itself.
    assert!(store.is_shared() || store.report().jobs >= 10_000, "{:?}", store.report());
    assert!(store.is_shared() || store.report().commits < store.report().jobs, "nothing shared a commit: {:?}", store.report());

    let model = Arc::into_inner(model).unwrap().into_inner().unwrap();
    holds(&store, &model, ROWS).await;
    drop(store);
    holds(&open(folder.path()).await, &model, ROWS).await;
}
