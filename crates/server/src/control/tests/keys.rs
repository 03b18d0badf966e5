use keyward_rules::key_ring::KeyState;
use keyward_store::root_key::RootKeyError;

use super::*;

fn entries(answer: Answer) -> Vec<key::Entry> {
    match answer {
        Answer::Keys(entries) => entries,
        other => panic!("{other:?}"),
    }
}

fn rotate(uses: &[KeyUse], at_once: bool) -> Request {
    Request::RotateKeys { uses: uses.to_vec(), at_once }
}

async fn listed(home: &Home, usage: KeyUse) -> Vec<(String, KeyState)> {
    let all = entries(home.ask(Request::ListKeys).await).into_iter();
    all.filter(|key| key.usage == usage.as_str()).map(|key| (key.id, key.state)).collect()
}

fn id(name: &str) -> KeyId {
    KeyId::from_str_radix(name, 16).unwrap()
}

#[tokio::test]
async fn sec_o02_a_rotated_key_is_published_first_and_its_predecessor_stays() {
    let home = Home::new().await;
    let signing = KeyUse::Signing(Algorithm::EdDSA);
    let before = listed(&home, signing).await;
    let new = entries(home.ask(rotate(&[signing], false)).await);
    let [new] = &*new else { panic!("{new:?}") };
    assert_eq!((new.state, new.keep_until), (KeyState::Published, None));
    assert_eq!(new.use_from, new.created_at + jiff::SignedDuration::from_secs(600));
    let mut after = listed(&home, signing).await;
    after.sort_by_key(|(id, _)| *id == new.id);
    assert_eq!(after, [(before[0].0.clone(), KeyState::InUse), (new.id.clone(), KeyState::Published)]);
    let published = home.app.ring.load().published(home.app.now());
    assert_eq!(published.keys.len(), 2, "the server has taken the new ring into use");
}

#[tokio::test]
async fn a_key_can_take_over_at_once() {
    let home = Home::new().await;
    let before = listed(&home, KeyUse::AccessToken).await;
    let new = entries(home.ask(rotate(&[KeyUse::AccessToken], true)).await).remove(0);
    assert_eq!(new.state, KeyState::InUse);
    let current = home.app.ring.load().current(KeyUse::AccessToken, home.app.now()).unwrap().id;
    assert_eq!(key::name(current), new.id);
    let after = listed(&home, KeyUse::AccessToken).await;
    assert!(after.contains(&(before[0].0.clone(), KeyState::Kept)));
}

#[tokio::test]
async fn all_keys_that_there_are_rotate_together_except_for_client_secrets() {
    let home = Home::new().await;
    let new = entries(home.ask(rotate(&[], false)).await);
    let uses: Vec<_> = new.iter().map(|key| &*key.usage).collect();
    assert_eq!(uses, ["access_token", "refresh_token", "EdDSA"]);
    assert_eq!(listed(&home, KeyUse::ClientSecret).await.len(), 1);
    assert_eq!(home.refused(rotate(&[KeyUse::AccessToken, KeyUse::ClientSecret], false)).await, ControlError::ClientSecretKey);
}

#[tokio::test]
async fn sec_o02_a_key_is_removed_only_when_another_has_taken_over() {
    let home = Home::new().await;
    let only = listed(&home, KeyUse::AccessToken).await.remove(0).0;
    let refused = home.refused(Request::RemoveKey(id(&only))).await;
    assert_eq!(refused, ControlError::NewestKey(only.clone(), "access_token".to_owned()));

    let pending = entries(home.ask(rotate(&[KeyUse::AccessToken], false)).await).remove(0).id;
    assert!(home.refused(Request::RemoveKey(id(&only))).await.to_string().contains("in use"));
    let refused = home.refused(Request::RemoveKey(id(&pending))).await;
    assert_eq!(refused, ControlError::NewestKey(pending, "access_token".to_owned()), "its predecessor has an end already");

    home.ask(rotate(&[KeyUse::AccessToken], true)).await;
    home.ask(Request::RemoveKey(id(&only))).await;
    assert!(home.app.ring.load().get(KeyUse::AccessToken, id(&only)).is_none());
    assert!(home.refused(Request::RemoveKey(id(&only))).await.to_string().contains(&only));
}

#[tokio::test]
async fn the_root_key_is_replaced_and_every_key_stays() {
    let home = Home::new().await;
    let before = entries(home.ask(Request::ListKeys).await);
    home.ask(Request::RotateRootKey).await;
    let after = entries(home.ask(Request::ListKeys).await);
    assert_eq!(before.len(), after.len());
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((&old.id, old.use_from), (&new.id, new.use_from));
        assert_ne!(old.root_key, new.root_key);
    }
    let Home { app, folder } = home;
    drop(app);
    assert_eq!(open(folder.path()).await.ring.load().keys().len(), after.len());
}

#[tokio::test]
async fn a_root_key_that_cannot_be_replaced_stays_in_use() {
    let home = Home::new().await;
    let stored = home.app.store.keys().await.unwrap();
    let elsewhere = RootKeySource::File(home.folder.path().join("no folder/root.key"));
    assert!(matches!(RootKeys::load_or_create(&elsewhere, &stored, &home.app.random), Err(RootKeyError::Missing(_))));
    let file = home.folder.path().join("root.key");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    // A folder of its name cannot be replaced by a file.
    std::fs::create_dir(&file).unwrap();
    assert!(matches!(home.refused(Request::RotateRootKey).await, ControlError::Keys(_)));
    home.ask(rotate(&[KeyUse::AccessToken], true)).await;
    std::fs::remove_dir(&file).unwrap();
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let Home { app, folder } = home;
    drop(app);
    open(folder.path()).await;
}
