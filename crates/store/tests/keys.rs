//! Keys are made, replaced and removed without losing one, wherever the power fails meanwhile.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use aws_lc_rs::rand::SystemRandom;
use keyward_rules::{
    effect::Effect,
    key_ring::{KeyRing, KeyUse, WrappedKey},
    model::{
        authorization::KeyId,
        time::{Seconds, Timestamp},
    },
};
use keyward_store::{
    Store, StoreError,
    keys::{self, KeyError},
    root_key::{RootKeyError, RootKeySource, RootKeys},
};
use keyward_wire::jwt::Algorithm;
use tempfile::TempDir;

use crate::{disk::Disk, disk::Fault, disk::Part, fixture::*};

const LEAD: Seconds = Seconds(600);

/// All uses but RSA, whose keys take long to make.
const USES: [KeyUse; 5] =
    [KeyUse::AccessToken, KeyUse::RefreshToken, KeyUse::ClientSecret, KeyUse::Signing(Algorithm::EdDSA), KeyUse::Signing(Algorithm::ES256)];

struct House {
    store: Store,
    root: RootKeys,
    folder: TempDir,
}

fn source(folder: &Path) -> RootKeySource {
    RootKeySource::File(folder.join("root.key"))
}

async fn root(folder: &Path, store: &Store) -> Result<RootKeys, RootKeyError> {
    RootKeys::load_or_create(&source(folder), &store.keys().await.unwrap(), &SystemRandom::new())
}

/// A store with a key for each of [`USES`].
async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let root = root(folder.path(), &store).await.unwrap();
    keys::ensure(&store, &root, &USES, NOW, &SystemRandom::new()).await.unwrap();
    House { store, root, folder }
}

fn ids(ring: &KeyRing) -> Vec<KeyId> {
    let mut ids: Vec<KeyId> = ring.keys().iter().map(|key| key.id).collect();
    ids.sort_unstable();
    ids
}

fn current(ring: &KeyRing, usage: KeyUse, at: Timestamp) -> KeyId {
    ring.current(usage, at).unwrap().id
}

impl House {
    async fn ring(&self) -> KeyRing {
        keys::load(&self.store, &self.root).await.unwrap()
    }

    async fn rotate(&self, usage: KeyUse, now: Timestamp) -> WrappedKey {
        keys::rotate(&self.store, &self.root, usage, LEAD, now, &SystemRandom::new()).await.unwrap()
    }

    /// Starts anew from what is on disk: every key must be there and readable.
    async fn restarted(self) -> House {
        let before = ids(&self.ring().await);
        let House { store, root: old, folder } = self;
        drop((store, old));
        let store = open(folder.path()).await;
        let root = root(folder.path(), &store).await.unwrap();
        let house = House { store, root, folder };
        assert_eq!(ids(&house.ring().await), before);
        house
    }
}

#[tokio::test]
async fn a_key_is_made_once_for_each_use_and_is_there_after_a_restart() {
    let house = house().await;
    let first = ids(&house.ring().await);
    assert_eq!(first.len(), USES.len());
    let again = keys::ensure(&house.store, &house.root, &USES, NOW, &SystemRandom::new()).await.unwrap().keys;
    assert_eq!(ids(&again), first);
    let more = keys::ensure(&house.store, &house.root, &KeyUse::EVERY, NOW, &SystemRandom::new()).await.unwrap().keys;
    assert_eq!(more.keys().len(), KeyUse::EVERY.len());
    for usage in KeyUse::EVERY {
        assert!(more.current(usage, NOW).is_some(), "{usage:?}");
    }
    house.restarted().await;
}

#[tokio::test]
async fn sec_o02_a_new_key_is_published_before_it_is_used_and_the_old_one_kept_until_its_last_token_ended() {
    let house = house().await;
    let usage = KeyUse::Signing(Algorithm::EdDSA);
    // The tokens of this client live for 12 seconds at the most.
    house.store.commit(vec![Effect::AddClient(client(1))]).await.unwrap();
    let (old, others) = (current(&house.ring().await, usage, NOW), house.ring().await.keys().len());
    let new = house.rotate(usage, NOW).await;
    let ring = house.ring().await;
    assert_eq!(ring.keys().len(), others + 1);
    assert_eq!(ring.published(NOW).keys.len(), 3);
    assert_eq!(current(&ring, usage, Timestamp(NOW.0 + 599_999)), old);
    assert_eq!(current(&ring, usage, NOW + Seconds(600)), new.id);
    assert_eq!(ring.get(usage, old).unwrap().keep_until, Some(NOW + Seconds(612)));
    assert_eq!(ring.get(usage, new.id).unwrap().keep_until, None);
    for other in USES.into_iter().filter(|other| *other != usage) {
        assert_eq!(ring.current(other, NOW).unwrap().keep_until, None, "{other:?} was touched");
    }
    house.restarted().await;
}

#[tokio::test]
async fn the_key_in_use_and_unknown_keys_cannot_be_removed_and_an_old_one_can() {
    let house = house().await;
    let usage = KeyUse::AccessToken;
    let old = current(&house.ring().await, usage, NOW);
    let remove = async |id, at| keys::remove(&house.store, &house.root, id, at).await;
    assert!(matches!(remove(old, NOW).await, Err(KeyError::InUse(id)) if id == old));
    assert!(matches!(remove(old ^ 1, NOW).await, Err(KeyError::Unknown(id)) if id == old ^ 1));
    let new = house.rotate(usage, NOW).await;
    let later = NOW + Seconds(600);
    assert!(matches!(remove(new.id, later).await, Err(KeyError::InUse(_))));
    remove(old, later).await.unwrap();
    assert!(house.ring().await.get(usage, old).is_none());
    assert_eq!(current(&house.ring().await, usage, later), new.id);
}

#[tokio::test]
async fn the_root_key_is_replaced_and_the_keys_stay() {
    let mut house = house().await;
    let before = house.store.keys().await.unwrap();
    let line = fs::read_to_string(house.folder.path().join("root.key")).unwrap();
    keys::rotate_root(&house.store, &mut house.root, &SystemRandom::new()).await.unwrap();

    let after = house.store.keys().await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        assert_ne!(before.wrapped, after.wrapped);
        assert_ne!(before.root_key, after.root_key);
        let unchanged = WrappedKey { wrapped: before.wrapped.clone(), root_key: before.root_key, ..after.clone() };
        assert_eq!(*before, unchanged);
    }
    let path = house.folder.path().join("root.key");
    let now = fs::read_to_string(&path).unwrap();
    assert_eq!(now.lines().count(), 1);
    assert!(!now.contains(line.trim()), "the old root key is still there");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let house = house.restarted().await;
    house.rotate(KeyUse::RefreshToken, NOW).await;
    house.restarted().await;
}

/// The steps of `keys::rotate_root`, as far as they get before the power fails.
#[tokio::test]
async fn a_root_key_replacement_that_is_cut_short_after_any_step_leaves_every_key_readable() {
    let random = SystemRandom::new();
    for steps in 1..=2 {
        let mut house = house().await;
        house.root.renew(&random).unwrap();
        if steps == 2 {
            let mut effects = Vec::new();
            for mut key in house.store.keys().await.unwrap() {
                let bytes = house.root.unwrap(&key).unwrap();
                house.root.wrap(&mut key, &bytes, &random).unwrap();
                effects.push(Effect::PutKey(key));
            }
            commit(&house.store, effects).await;
        }
        let mut house = house.restarted().await;
        house.rotate(KeyUse::AccessToken, NOW).await;
        let mut again = house.restarted().await;
        keys::rotate_root(&again.store, &mut again.root, &random).await.unwrap();
        let lines = fs::read_to_string(again.folder.path().join("root.key")).unwrap();
        assert_eq!(lines.lines().count(), 1, "root keys that nothing needs were left");
        house = again.restarted().await;
        drop(house);
    }
}

/// Whatever was written with a root key that only memory knows could not be read after a restart.
#[tokio::test]
async fn a_root_key_that_cannot_be_saved_is_not_used() {
    let random = SystemRandom::new();
    let mut house = house().await;
    let obstacle = house.folder.path().join("root.new");
    fs::create_dir(&obstacle).unwrap();
    let failed = keys::rotate_root(&house.store, &mut house.root, &random).await;
    assert!(matches!(failed, Err(KeyError::Root(RootKeyError::Io(..)))), "{failed:?}");
    house.rotate(KeyUse::RefreshToken, NOW).await;
    let mut house = house.restarted().await;
    fs::remove_dir(obstacle).unwrap();
    keys::rotate_root(&house.store, &mut house.root, &random).await.unwrap();
    house.restarted().await;
}

#[tokio::test]
async fn a_root_key_in_a_variable_must_be_there_and_look_like_one() {
    let load = |name: &str| RootKeys::load_or_create(&RootKeySource::Variable(name.to_owned()), &[], &SystemRandom::new());
    assert!(matches!(load("PATH"), Err(RootKeyError::Malformed(_))));
    assert!(matches!(load("KEYWARD_NOT_SET_ANYWHERE"), Err(RootKeyError::Unset(_))));
}

#[tokio::test]
async fn a_store_that_cannot_take_the_keys_anew_leaves_them_readable_with_both_root_keys() {
    let disk = Disk::new();
    let folder = tempfile::tempdir().unwrap();
    let store = open_file(disk.folder()).await;
    let mut own = root(folder.path(), &store).await.unwrap();
    let ring = keys::ensure(&store, &own, &USES, NOW, &SystemRandom::new()).await.unwrap().keys;
    disk.fail(Fault::Sync(Part::Log), 0);
    let failed = keys::rotate_root(&store, &mut own, &SystemRandom::new()).await;
    assert!(matches!(failed, Err(KeyError::Store(StoreError::Unavailable(_)))), "{failed:?}");
    for image in [disk.killed(), disk.power_lost(|| false)] {
        let found = open_file(image.path()).await;
        let root = root(folder.path(), &found).await.unwrap();
        assert_eq!(ids(&keys::load(&found, &root).await.unwrap()), ids(&ring));
    }
    disk.heal();
    keys::rotate_root(&store, &mut own, &SystemRandom::new()).await.unwrap();
    let root = root(folder.path(), &store).await.unwrap();
    assert_eq!(ids(&keys::load(&store, &root).await.unwrap()), ids(&ring));
}

#[tokio::test]
async fn keys_of_another_root_key_are_refused_and_none_is_overwritten() {
    let house = house().await;
    let other = tempfile::tempdir().unwrap();
    assert!(matches!(root(other.path(), &house.store).await, Err(RootKeyError::Missing(_))));
    assert!(!other.path().join("root.key").exists(), "a root key was made beside keys that need another one");
    RootKeys::load_or_create(&source(other.path()), &[], &SystemRandom::new()).unwrap();
    assert!(matches!(root(other.path(), &house.store).await, Err(RootKeyError::Wrong(_))));
    let wrong = RootKeys::load_or_create(&source(other.path()), &[], &SystemRandom::new()).unwrap();
    assert!(matches!(keys::load(&house.store, &wrong).await, Err(KeyError::Store(StoreError::Corrupt { table: "keys", .. }))));
    house.restarted().await;
}
