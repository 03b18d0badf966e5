use keyward_rules::{
    client_auth::is_remembered,
    effect::Effect,
    key_ring::{Key, KeyRing, KeyUse},
    model::{
        client::{Client, ClientKind, Registration},
        epoch::Epoch,
        id::UserId,
        time::{Seconds, Timestamp},
        user::{Origin, PasswordHash, User},
    },
    provision::{Clash, WantedClient, WantedUser, clients, users},
};
use keyward_wire::{profile::ProfileName, token_request::GrantType};

use crate::fixture::{NOW, SECRET, audiences, client, every_key, key, public_client, ring, scope, user};

const FRESH: Epoch = Epoch(1000);

/// What the configuration says of `client`, with its secret.
fn configured(client: &Client) -> WantedClient {
    let secret = client.secret.is_some().then(|| SECRET.into());
    WantedClient { id: client.id.clone(), secret, registration: client.registration.clone() }
}

fn client_effects(known: &[Client], wanted: Vec<WantedClient>) -> Result<Vec<Effect>, Clash> {
    clients(known, wanted, ring(), NOW, || FRESH)
}

fn registered(client: Client) -> Client {
    Client { origin: Origin::Registered, ..client }
}

#[test]
fn a_client_that_is_as_configured_stays_untouched() {
    for known in [client("app"), public_client("app")] {
        assert_eq!(client_effects(std::slice::from_ref(&known), vec![configured(&known)]), Ok(vec![]));
    }
}

#[test]
fn a_new_client_begins_with_an_epoch_of_its_own_and_its_secret_remembered() {
    let effects = client_effects(&[], vec![configured(&client("app"))]).unwrap();
    let [Effect::AddClient(added)] = &*effects else { panic!("{effects:?}") };
    assert_eq!((added.id.as_str(), added.epoch, added.origin, added.created_at), ("app", FRESH, Origin::Configured, NOW));
    assert!(is_remembered(added.secret.as_ref().unwrap(), &SECRET.into(), ring()));
}

#[test]
fn what_is_gone_from_the_configuration_goes_and_what_a_command_made_stays() {
    let removed = Effect::RemoveClient { id: client("app").id, seen: client("app").revision };
    let uninstalled = Effect::ForgetPlugin(client("app").id);
    assert_eq!(client_effects(&[client("app"), registered(client("other"))], vec![]), Ok(vec![removed, uninstalled]));
}

#[test]
fn a_client_that_a_command_made_is_not_taken_over() {
    let known = registered(client("app"));
    assert_eq!(client_effects(std::slice::from_ref(&known), vec![configured(&known)]), Err(Clash::Client(known.id)));
}

#[test]
fn a_changed_secret_replaces_the_old_one_and_leaves_the_tokens() {
    let known = client("app");
    let wanted = WantedClient { secret: Some("another".into()), ..configured(&known) };
    let effects = client_effects(std::slice::from_ref(&known), vec![wanted]).unwrap();
    let [Effect::ReplaceClient { client, seen }] = &*effects else { panic!("{effects:?}") };
    assert_eq!((client.epoch, *seen), (known.epoch, known.revision));
    let kept = client.secret.as_ref().unwrap();
    assert!(is_remembered(kept, &"another".into(), ring()) && !is_remembered(kept, &SECRET.into(), ring()));
}

#[test]
fn a_secret_that_is_gone_is_forgotten() {
    let known = client("app");
    let effects = client_effects(std::slice::from_ref(&known), vec![WantedClient { secret: None, ..configured(&known) }]).unwrap();
    assert!(matches!(&*effects, [Effect::ReplaceClient { client: Client { secret: None, .. }, .. }]), "{effects:?}");
}

#[test]
fn a_secret_remembered_under_an_older_key_is_left_as_it_is() {
    let known = client("app");
    let newer = Key { use_from: NOW, ..key(9, KeyUse::ClientSecret, &[9; 32]) };
    let ring = KeyRing::new(every_key().into_iter().chain([newer]).collect());
    assert_eq!(clients(std::slice::from_ref(&known), vec![configured(&known)], &ring, NOW, || FRESH), Ok(vec![]));
}

#[test]
fn without_a_key_no_secret_is_remembered_and_none_recognised() {
    let empty = KeyRing::default();
    let wanted = || vec![configured(&client("app"))];
    assert_eq!(clients(&[], wanted(), &empty, NOW, || FRESH), Err(Clash::NoKey));
    assert_eq!(clients(&[client("app")], wanted(), &empty, NOW, || FRESH), Err(Clash::NoKey));
}

/// The epoch a client has after its registration was changed.
fn epoch_after(before: fn(&mut Registration), after: fn(&mut Registration)) -> Epoch {
    let mut known = client("app");
    before(&mut known.registration);
    let mut wanted = configured(&known);
    after(&mut wanted.registration);
    let effects = client_effects(std::slice::from_ref(&known), vec![wanted]).unwrap();
    let [Effect::ReplaceClient { client, seen }] = &*effects else { panic!("{effects:?}") };
    assert_eq!(*seen, known.revision);
    client.epoch
}

type Change = fn(&mut Registration);

#[test]
fn sec_f07_a_change_that_takes_something_away_ends_all_that_the_client_holds() {
    let table: [(&str, Change, Change); 10] = [
        ("a scope", |_| {}, |own| own.scopes = scope("read")),
        ("every scope but a new one", |_| {}, |own| own.scopes = scope("search")),
        ("a grant", |_| {}, |own| own.grants.retain(|grant| *grant != GrantType::Password)),
        ("an audience", |own| own.audiences = audiences(&["urn:a", "urn:b"]), |own| own.audiences = audiences(&["urn:b"])),
        ("a profile", |own| own.profiles = vec![ProfileName::Standard, ProfileName::Korap], |own| own.profiles = vec![ProfileName::Korap]),
        ("being super", |own| own.super_client = true, |own| own.super_client = false),
        ("being confidential", |_| {}, |own| own.kind = ClientKind::Public),
        (
            "a scope of its own",
            |own| own.client_credentials_scopes = Some(scope("a b")),
            |own| own.client_credentials_scopes = Some(scope("b")),
        ),
        ("the set of its own", |own| own.client_credentials_scopes = Some(scope("a")), |own| own.client_credentials_scopes = None),
        ("all that is not in a new set of its own", |_| {}, |own| own.client_credentials_scopes = Some(scope("read"))),
    ];
    for (what, before, after) in table {
        assert_eq!(epoch_after(before, after), client("app").epoch.next(), "{what}");
    }
}

#[test]
fn a_change_that_takes_nothing_away_leaves_the_tokens() {
    let table: [(&str, Change, Change); 7] = [
        ("another scope", |_| {}, |own| own.scopes = scope("search write read")),
        ("another grant", |own| own.grants = vec![GrantType::Password], |own| own.grants = GrantType::EVERY.to_vec()),
        ("another audience", |own| own.audiences = audiences(&["urn:a"]), |own| own.audiences = audiences(&["urn:b", "urn:a"])),
        ("another profile", |_| {}, |own| own.profiles.insert(0, ProfileName::Korap)),
        ("being super", |_| {}, |own| own.super_client = true),
        (
            "a scope of its own",
            |own| own.client_credentials_scopes = Some(scope("a")),
            |own| own.client_credentials_scopes = Some(scope("b a")),
        ),
        ("times", |_| {}, |own| (own.access_lifetime.0, own.refresh_lifetime.0, own.refresh_grace) = (99_999_999, 99_999_999, Seconds(0))),
    ];
    for (what, before, after) in table {
        assert_eq!(epoch_after(before, after), client("app").epoch, "{what}");
    }
}

#[test]
fn sec_o02_a_shorter_life_ends_what_was_to_live_longer_so_no_key_is_dropped_before_its_last_token() {
    let table: [(&str, Change); 4] = [
        ("access tokens", |own| own.access_lifetime = Seconds(1)),
        ("access tokens of the password grant", |own| own.password_access_lifetime = Some(Seconds(1))),
        ("refresh tokens", |own| own.refresh_lifetime = Seconds(1)),
        ("unused refresh tokens", |own| own.refresh_idle = Some(Seconds(1))),
    ];
    for (what, after) in table {
        assert_ne!(epoch_after(|_| {}, after), client("app").epoch, "{what}");
    }
}

fn user_effects(known: &[User], wanted: Vec<WantedUser>) -> Result<Vec<Effect>, Clash> {
    users(known, wanted, NOW, || (UserId([9; 16]), FRESH))
}

fn wanted_user(username: &str, password: Option<&str>, admin: bool) -> WantedUser {
    WantedUser { username: username.to_owned(), password: password.map(|hash| PasswordHash(hash.into())), admin }
}

#[test]
fn a_user_that_is_as_configured_stays_untouched_under_any_spelling_of_the_name() {
    for name in ["dory", "Dory"] {
        assert_eq!(user_effects(&[user("dory")], vec![wanted_user(name, None, false)]), Ok(vec![]), "{name}");
    }
}

#[test]
fn a_new_user_needs_a_password() {
    assert_eq!(user_effects(&[], vec![wanted_user("dory", None, true)]), Ok(vec![]));
    let effects = user_effects(&[], vec![wanted_user("dory", Some("hash"), true)]).unwrap();
    let [Effect::AddUser(added)] = &*effects else { panic!("{effects:?}") };
    assert_eq!((added.id, added.epoch, added.admin_since, added.disabled_at), (UserId([9; 16]), FRESH, Some(NOW), None));
    assert_eq!((&*added.username, added.origin), ("dory", Origin::Configured));
}

#[test]
fn a_user_gone_from_the_configuration_goes_and_one_that_a_command_added_stays() {
    let added = User { origin: Origin::Registered, ..user("marlin") };
    let removed = Effect::RemoveUser { id: user("dory").id, seen: user("dory").revision };
    assert_eq!(user_effects(&[user("dory"), added.clone()], vec![]), Ok(vec![removed]));
    let clash = user_effects(&[added], vec![wanted_user("Marlin", Some("hash"), false)]);
    assert_eq!(clash, Err(Clash::User("Marlin".to_owned())));
}

#[test]
fn sec_f07_a_changed_password_and_a_lost_office_end_what_speaks_for_the_user() {
    let admin = || User { admin_since: Some(Timestamp(5)), ..user("dory") };
    let table = [
        ("another password", user("dory"), wanted_user("dory", Some("hash"), false), true),
        ("no admin any more", admin(), wanted_user("dory", None, false), true),
        ("admin from now on", user("dory"), wanted_user("dory", None, true), false),
    ];
    for (what, known, wanted, ends) in table {
        let effects = user_effects(std::slice::from_ref(&known), vec![wanted]).unwrap();
        let [Effect::ReplaceUser { user, seen }] = &*effects else { panic!("{effects:?}") };
        assert_eq!(*seen, known.revision);
        assert_eq!(user.epoch, if ends { known.epoch.next() } else { known.epoch }, "{what}");
    }
    assert_eq!(user_effects(&[admin()], vec![wanted_user("dory", None, true)]), Ok(vec![]), "an admin stays one since then");
}

#[test]
fn a_user_that_was_disabled_stays_so_whatever_the_configuration_says() {
    let disabled = User { disabled_at: Some(NOW), ..user("dory") };
    let effects = user_effects(&[disabled], vec![wanted_user("dory", Some("hash"), false)]).unwrap();
    assert!(matches!(&*effects, [Effect::ReplaceUser { user, .. }] if user.disabled_at == Some(NOW)), "{effects:?}");
}
