//! Each effect holds only under its precondition, and a decision is written whole or not at all.

mod browser;

use keyward_rules::{
    effect::Effect,
    model::{
        authorization::Authorization, client::Client, digest::SecretDigest, epoch::Revision, invitation::Invitation,
        plugin::InstalledPlugin, time::Timestamp, user::User,
    },
};
use keyward_store::{
    Outcome::{Committed, Conflict},
    Store,
};
use tempfile::TempDir;

use crate::{
    disk::{Call, Disk, Part},
    fixture::*,
};

/// A store with live authorization 1, revoked 2 (in generation 1 both), and 3, which ends at [`NOW`].
async fn store() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ending = Authorization { expires_at: NOW, ..authorization(3) };
    commit(&store, vec![authorize(1), authorize(2), Effect::Authorize(ending)]).await;
    commit(&store, vec![revoke(2)]).await;
    (store, folder)
}

/// The rows as another connection finds them on disk.
fn on_disk(folder: &TempDir) -> Vec<String> {
    let tables =
        ["authorizations", "revoked_tokens", "clients", "users", "keys", "sessions", "consents", "installed_plugins", "invitations"];
    stored(folder.path(), &tables)
}

/// Commits the effects and asserts that this is a conflict that changed nothing, neither on disk nor in memory.
async fn conflicts(store: &Store, folder: &TempDir, effects: Vec<Effect>) {
    let remembered = async || {
        let mut all = Vec::new();
        for n in 0..10 {
            all.push(format!("{:?}", store.authorization(authorization_id(n)).await.unwrap()));
            all.push(format!("{:?}", store.client(&client_id(n)).await.unwrap()));
            all.push(format!("{:?}", store.user(user_id(n)).await.unwrap()));
            all.push(format!("{:?}", store.user_by_name(&user(n).username).await.unwrap()));
            all.push(format!("{:?}", store.session(session_id(n)).await.unwrap()));
            all.push(format!("{:?}", store.consent(user_id(n), &client_id(n)).await.unwrap()));
            all.push(format!("{:?}", store.is_revoked(token_id(n)).await.unwrap()));
        }
        all
    };
    let before = (on_disk(folder), remembered().await);
    assert_eq!(store.commit(effects.clone()).await.unwrap(), Conflict, "{effects:?}");
    assert_eq!((on_disk(folder), remembered().await), before, "{effects:?}");
}

#[tokio::test]
async fn authorizing_a_second_time_is_a_conflict() {
    let (store, folder) = store().await;
    conflicts(&store, &folder, vec![Effect::Authorize(Authorization { generation: 9, ..authorization(1) })]).await;
    commit(&store, vec![authorize(4)]).await;
    conflicts(&store, &folder, vec![authorize(4)]).await;
}

#[tokio::test]
async fn rotation_and_confirmation_hold_only_for_the_generation_in_force_of_a_live_authorization() {
    let (store, folder) = store().await;
    let (older, newer, revoked, ended, unknown) = ((1, 0), (1, 2), (2, 1), (3, 1), (9, 1));
    for (n, generation) in [older, newer, revoked, ended, unknown] {
        conflicts(&store, &folder, vec![rotate(n, generation)]).await;
        conflicts(&store, &folder, vec![confirm(n, generation)]).await;
    }
    let just_in_time = Effect::Rotate { id: authorization_id(3), from: 1, to: 2, at: Timestamp(NOW.0 - 1) };
    commit(&store, vec![just_in_time, confirm(1, 1), rotate(1, 1), confirm(1, 2)]).await;
    conflicts(&store, &folder, vec![rotate(1, 1)]).await;
}

#[tokio::test]
async fn a_rotation_may_skip_generations_when_the_store_was_set_back() {
    let (store, _folder) = store().await;
    commit(&store, vec![Effect::Rotate { id: authorization_id(1), from: 1, to: 8, at: NOW }]).await;
    let own = store.authorization(authorization_id(1)).await.unwrap().unwrap();
    assert_eq!((own.generation, own.rotated_at), (8, NOW));
}

#[tokio::test]
async fn confirming_writes_nothing() {
    let (store, folder) = store().await;
    let before = on_disk(&folder);
    commit(&store, vec![confirm(1, 1)]).await;
    assert_eq!(on_disk(&folder), before);
}

#[tokio::test]
async fn revoking_again_keeps_the_first_time_and_is_no_conflict() {
    let (store, folder) = store().await;
    let before = on_disk(&folder);
    commit(&store, vec![Effect::Revoke { id: authorization_id(2), at: Timestamp(NOW.0 + 5) }]).await;
    commit(&store, vec![revoke(9)]).await;
    assert_eq!(on_disk(&folder), before);
    assert_eq!(store.authorization(authorization_id(2)).await.unwrap().unwrap().revoked_at, Some(NOW));

    commit(&store, vec![revoke_token(1)]).await;
    let before = on_disk(&folder);
    commit(&store, vec![Effect::RevokeToken { id: token_id(1), client: client_id(2), expires_at: NOW }]).await;
    assert_eq!(on_disk(&folder), before);
}

#[tokio::test]
async fn a_client_is_added_once_and_changed_only_by_who_has_seen_it_as_it_is() {
    let (store, folder) = store().await;
    let old = client(1);
    let new = next_client(&old);
    commit(&store, vec![Effect::AddClient(old.clone())]).await;
    conflicts(&store, &folder, vec![Effect::AddClient(new.clone())]).await;
    commit(&store, vec![Effect::ReplaceClient { client: new.clone(), seen: old.revision }]).await;
    for stale in [old.revision, Revision(7)] {
        conflicts(&store, &folder, vec![Effect::ReplaceClient { client: next_client(&new), seen: stale }]).await;
        conflicts(&store, &folder, vec![Effect::RemoveClient { id: new.id.clone(), seen: stale }]).await;
    }
    conflicts(&store, &folder, vec![Effect::ReplaceClient { client: client(2), seen: client(2).revision }]).await;
    commit(&store, vec![Effect::RemoveClient { id: new.id.clone(), seen: new.revision }]).await;
    assert_eq!(store.client(&new.id).await.unwrap(), None);
    conflicts(&store, &folder, vec![Effect::RemoveClient { id: new.id.clone(), seen: new.revision }]).await;
    commit(&store, vec![Effect::AddClient(old.clone())]).await;
    assert_eq!(store.client(&new.id).await.unwrap().as_deref(), Some(&old));
}

#[tokio::test]
async fn a_plugin_is_installed_once_of_a_client_as_it_was_seen_and_goes_with_it() {
    let (store, folder) = store().await;
    let (own, other) = (client(1), client(2));
    commit(&store, vec![Effect::AddClient(own.clone()), Effect::AddClient(other.clone())]).await;
    let plugin = |user, of: &Client, at: &Client| InstalledPlugin {
        user: user_id(user),
        client: of.id.clone(),
        super_client: at.id.clone(),
        installed_at: NOW,
    };
    let install = |plugin: &InstalledPlugin, seen| Effect::InstallPlugin { plugin: plugin.clone(), seen };
    let mine = plugin(1, &own, &other);
    conflicts(&store, &folder, vec![install(&mine, Revision(7))]).await;
    conflicts(&store, &folder, vec![install(&plugin(1, &client(3), &other), Revision::default())]).await;
    commit(&store, vec![install(&mine, own.revision)]).await;
    conflicts(&store, &folder, vec![install(&mine, own.revision)]).await;
    let (theirs, elsewhere) = (plugin(2, &own, &other), plugin(1, &own, &own));
    commit(&store, vec![install(&theirs, own.revision), install(&elsewhere, own.revision)]).await;
    assert_eq!(store.plugins_of(user_id(1), &other.id).await.unwrap(), std::slice::from_ref(&mine));
    let uninstall = || Effect::UninstallPlugin { user: mine.user, client: mine.client.clone(), super_client: mine.super_client.clone() };
    commit(&store, vec![uninstall()]).await;
    conflicts(&store, &folder, vec![uninstall()]).await;
    assert_eq!(store.plugins_of(user_id(2), &other.id).await.unwrap(), [theirs]);
    commit(&store, vec![Effect::ForgetPlugin(other.id.clone())]).await;
    assert_eq!(store.plugins_of(user_id(2), &other.id).await.unwrap(), []);
    assert_eq!(store.plugins_of(user_id(1), &own.id).await.unwrap(), [elsewhere]);
}

#[tokio::test]
async fn an_invitation_is_used_as_often_as_it_says_and_no_longer_than_it_lives() {
    let (store, folder) = store().await;
    let own = Invitation { digest: SecretDigest([7; 32]), uses: 2, created_at: NOW, expires_at: Timestamp(NOW.0 + 60_000) };
    commit(&store, vec![Effect::Invite(own.clone())]).await;
    conflicts(&store, &folder, vec![Effect::Invite(own.clone())]).await;
    assert_eq!(store.invitation(&own.digest).await.unwrap(), Some(own.clone()));
    let take = |at| Effect::UseInvitation { digest: own.digest.clone(), at };
    conflicts(&store, &folder, vec![take(own.expires_at)]).await;
    conflicts(&store, &folder, vec![take(NOW), take(NOW), take(NOW)]).await;
    commit(&store, vec![take(NOW), Effect::AddClient(client(1))]).await;
    commit(&store, vec![take(NOW)]).await;
    conflicts(&store, &folder, vec![take(NOW), Effect::AddClient(client(2))]).await;
    assert_eq!(store.invitation(&own.digest).await.unwrap().map(|own| own.uses), Some(0));
    conflicts(&store, &folder, vec![Effect::UseInvitation { digest: SecretDigest([8; 32]), at: NOW }]).await;
}

#[tokio::test]
async fn no_more_clients_register_themselves_than_there_is_room_for() {
    let (store, folder) = store().await;
    let room = |registered_themselves| Effect::LeaveRoom { registered_themselves };
    commit(&store, vec![room(1), Effect::AddClient(client(1))]).await;
    commit(&store, vec![Effect::AddClient(Client { registration_token: None, ..client(2) })]).await;
    conflicts(&store, &folder, vec![room(1), Effect::AddClient(client(3))]).await;
    assert_eq!(store.registered_themselves().await.unwrap(), 1);
    commit(&store, vec![room(2), Effect::AddClient(client(3))]).await;
    assert_eq!(store.registered_themselves().await.unwrap(), 2);
}

#[tokio::test]
async fn of_many_registrations_at_once_as_many_are_written_as_the_user_may_have() {
    let (store, _folder) = store().await;
    commit(&store, vec![Effect::AddUser(user(1))]).await;
    let owner = user(1).id;
    let registrations = (10..22).map(|n| {
        let own = Client { owner: Some(owner), registration_token: None, ..client(n) };
        store.commit(vec![Effect::LeaveRoomOfOwner { owner, most: 3 }, Effect::AddClient(own)])
    });
    let outcomes = futures_util::future::join_all(registrations).await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Committed))).count(), 3, "{outcomes:?}");
    assert_eq!(store.clients_of(owner).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_user_is_added_once_and_changed_only_by_who_has_seen_them_as_they_are() {
    let (store, folder) = store().await;
    let old = user(1);
    let new = next_user(&old);
    commit(&store, vec![Effect::AddUser(old.clone())]).await;
    conflicts(&store, &folder, vec![Effect::AddUser(User { username: "another".to_owned(), ..old.clone() })]).await;
    conflicts(&store, &folder, vec![Effect::AddUser(User { id: user_id(2), ..old.clone() })]).await;
    commit(&store, vec![Effect::ReplaceUser { user: new.clone(), seen: old.revision }]).await;
    for stale in [old.revision, Revision(7)] {
        conflicts(&store, &folder, vec![Effect::ReplaceUser { user: next_user(&new), seen: stale }]).await;
        conflicts(&store, &folder, vec![Effect::RemoveUser { id: new.id, seen: stale }]).await;
    }
    commit(&store, vec![Effect::RemoveUser { id: new.id, seen: new.revision }]).await;
    assert_eq!(store.user_by_name(&new.username).await.unwrap(), None);

    let namesake = User { id: user_id(2), ..old };
    commit(&store, vec![Effect::AddUser(namesake.clone())]).await;
    assert_eq!(store.user_by_name(&namesake.username).await.unwrap().as_deref(), Some(&namesake));
    assert_eq!(store.user(user_id(1)).await.unwrap(), None);
}

#[tokio::test]
async fn names_that_look_alike_are_one_account() {
    let (store, folder) = store().await;
    let own = User { username: "Ärger".to_owned(), ..user(1) };
    commit(&store, vec![Effect::AddUser(own.clone())]).await;
    for alike in ["Ärger", "ärger", "ÄRGER"] {
        assert_eq!(store.user_by_name(alike).await.unwrap().as_deref(), Some(&own), "{alike}");
        conflicts(&store, &folder, vec![Effect::AddUser(User { username: alike.to_owned(), ..user(2) })]).await;
    }
    assert_eq!(store.user_by_name("Arger").await.unwrap(), None);
}

#[tokio::test]
async fn every_change_of_a_client_is_counted_once_it_can_be_read_and_no_conflict_is() {
    let (store, _folder) = store().await;
    let own = client(1);
    let mut counted = store.clients_changed();
    let changes = [
        Effect::AddClient(own.clone()),
        Effect::ReplaceClient { client: next_client(&own), seen: own.revision },
        Effect::RemoveClient { id: own.id.clone(), seen: own.revision.next() },
    ];
    for change in changes {
        assert_eq!(outcome(&store, change.clone()).await, Committed);
        assert!(store.clients_changed() > counted);
        counted = store.clients_changed();
        assert_eq!(outcome(&store, change).await, Conflict);
        assert_eq!(store.clients_changed(), counted);
    }
    commit(&store, vec![revoke(1), Effect::AddUser(user(1))]).await;
    assert_eq!(store.clients_changed(), counted);
}

#[tokio::test]
async fn a_decision_of_several_effects_is_written_whole_or_not_at_all() {
    let (store, folder) = store().await;
    let good = || vec![authorize(5), Effect::AddUser(user(5)), Effect::AddClient(client(5)), revoke_token(5), revoke(1), rotate(1, 1)];
    for place in 0..=good().len() {
        let mut effects = good();
        effects.truncate(5);
        effects.insert(place.min(5), rotate(2, 1));
        conflicts(&store, &folder, effects).await;
    }
    conflicts(&store, &folder, good()).await;
    let mut effects = good();
    effects.swap(4, 5);
    commit(&store, effects).await;
    assert_eq!(store.authorization(authorization_id(1)).await.unwrap().unwrap().generation, 2);
    assert!(store.is_revoked(token_id(5)).await.unwrap());
}

#[tokio::test]
async fn no_effects_are_no_write() {
    let (store, _folder) = store().await;
    let before = store.report();
    commit(&store, vec![]).await;
    assert_eq!(store.report(), before);
}

#[tokio::test]
async fn a_conflict_leaves_the_rest_of_its_batch_committed_and_all_are_answered_after_the_commit() {
    let disk = Disk::new();
    let store = open_file(disk.folder()).await;
    commit(&store, vec![authorize(1), authorize(2)]).await;
    let before = store.report();

    let held = disk.hold(Call::Sync(Part::Log));
    let first = queue(&store, vec![authorize(3)]);
    held.until_reached(1);
    let mut batch = vec![
        queue(&store, vec![rotate(1, 1)]),
        queue(&store, vec![rotate(1, 1)]),
        queue(&store, vec![authorize(4), rotate(1, 1)]),
        queue(&store, vec![confirm(1, 2)]),
        queue(&store, vec![rotate(1, 2), revoke(2)]),
        queue(&store, vec![rotate(2, 1)]),
    ];
    held.let_one_pass();
    held.until_reached(2);
    assert_eq!(first.await.unwrap(), Committed);
    for job in &mut batch {
        assert!(!is_answered(job), "answered before the commit was done");
    }
    assert_eq!(store.authorization(authorization_id(1)).await.unwrap().unwrap().generation, 1);
    drop(held);

    let mut outcomes = Vec::new();
    for job in batch {
        outcomes.push(job.await.unwrap());
    }
    assert_eq!(outcomes, [Committed, Conflict, Conflict, Committed, Committed, Conflict]);
    assert_eq!(store.report().commits - before.commits, 2, "the six were not one batch");
    assert_eq!(store.authorization(authorization_id(4)).await.unwrap(), None);
    assert_eq!(store.authorization(authorization_id(1)).await.unwrap().unwrap().generation, 3);
    assert!(store.authorization(authorization_id(2)).await.unwrap().unwrap().revoked_at.is_some());
}
