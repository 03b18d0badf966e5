//! Whatever is written reads back as it was, from disk as well as from memory.

use futures_util::future::join_all;
use keyward_rules::{
    effect::Effect,
    key_ring::{KeyUse, WrappedKey},
    model::{
        authorization::{Authorization, CodeTerms},
        client::{AccessFormat, Client, ClientKind},
        consent::Consent,
        session::Session,
        time::Timestamp,
        user::{Origin, User},
    },
};
use keyward_store::{Store, facts::grounds::grounded};
use keyward_wire::scope::Scope;
use keyward_wire::token_request::GrantType;
use proptest::prelude::*;

use crate::fixture::*;

/// Looks while the writer's copy is in memory, and again in a store that has to read the disk.
async fn in_memory_and_on_disk(effects: Vec<Effect>, look: impl AsyncFn(&Store)) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    commit(&store, effects).await;
    look(&store).await;
    drop(store);
    look(&open(folder.path()).await).await;
}

async fn reads_back(own: Authorization) {
    in_memory_and_on_disk(vec![Effect::Authorize(own.clone())], async |store| {
        assert_eq!(store.authorization(own.id).await.unwrap().as_deref(), Some(&own));
    })
    .await;
}

#[tokio::test]
async fn an_authorization_reads_back_as_it_was_written() {
    reads_back(authorization(1)).await;
    reads_back(Authorization { revoked_at: Some(Timestamp(NOW.0 - 1)), ..authorization(2) }).await;
    reads_back(Authorization { audience: vec![], scope: Scope::default(), generation: u32::MAX, key: u32::MAX, ..authorization(3) }).await;
    for grant in GrantType::EVERY {
        reads_back(Authorization { grant, ..authorization(4) }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_look_at_once_each_finds_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_with_cache(folder.path(), 8).await;
    let is_there = |n: u32| n.is_multiple_of(3);
    for n in (0..300).filter(|n| is_there(*n)) {
        commit(&store, vec![authorize(n), Effect::RevokeToken { id: token_id(n), client: client_id(n), expires_at: NOW }]).await;
    }
    for _ in 0..3 {
        let look = async |n| {
            let found = store.authorization(authorization_id(n)).await.unwrap();
            assert_eq!(found.as_deref(), is_there(n).then(|| authorization(n)).as_ref());
            assert_eq!(store.is_revoked(token_id(n)).await.unwrap(), is_there(n));
            let grounded = grounded(&store, authorization_id(n), Some(token_id(n - n % 2))).await.unwrap();
            let revoked = grounded.map(|grounded| (grounded.authorization.id, grounded.revoked));
            assert_eq!(revoked, is_there(n).then(|| (authorization_id(n), is_there(n - n % 2))));
        };
        join_all((0..300).map(look)).await;
    }
}

#[tokio::test]
async fn an_authorization_with_a_code_reads_back_as_it_was_written() {
    let with = |change: fn(&mut CodeTerms)| {
        let mut own = unredeemed(1);
        change(own.code.as_mut().unwrap());
        own
    };
    reads_back(unredeemed(1)).await;
    reads_back(with(|terms| terms.redirect_uri = None)).await;
    reads_back(with(|terms| terms.challenge = None)).await;
    reads_back(with(|terms| (terms.key, terms.redeemed_at) = (u32::MAX, Some(NOW)))).await;
    reads_back(Authorization { session: None, ..unredeemed(1) }).await;
    reads_back(Authorization { session: Some(session_id(2)), code: None, ..unredeemed(1) }).await;
}

#[tokio::test]
async fn a_redeemed_code_reads_back_as_what_lives_on() {
    in_memory_and_on_disk(vec![Effect::Authorize(unredeemed(1)), redeem(1)], async |store| {
        let before = unredeemed(1);
        let terms = CodeTerms { redeemed_at: Some(NOW), ..before.code.clone().unwrap() };
        let Effect::Redeem { expires_at, .. } = redeem(1) else { panic!() };
        let expected = Authorization { rotated_at: NOW, expires_at, code: Some(terms), ..before };
        assert_eq!(store.authorization(expected.id).await.unwrap().as_deref(), Some(&expected));
    })
    .await;
}

#[tokio::test]
async fn a_session_reads_back_as_it_was_written_and_used_and_ended() {
    let ended = Session { ended_at: Some(NOW), agent: String::new(), ..session(2) };
    for own in [session(1), ended] {
        in_memory_and_on_disk(vec![Effect::OpenSession(own.clone())], async |store| {
            assert_eq!(store.session(own.id).await.unwrap().as_deref(), Some(&own));
            assert_eq!(store.sessions_of(own.user, NOW, 10).await.unwrap().len(), usize::from(own.ended_at.is_none()));
        })
        .await;
    }
    let (id, at) = (session_id(1), Timestamp(NOW.0 + 1));
    let effects = vec![Effect::OpenSession(session(1)), Effect::SeeSession { id, at: NOW }, Effect::EndSession { id, at }];
    in_memory_and_on_disk(effects, async |store| {
        let expected = Session { seen_at: NOW, ended_at: Some(at), ..session(1) };
        assert_eq!(store.session(id).await.unwrap().as_deref(), Some(&expected));
    })
    .await;
}

#[tokio::test]
async fn a_consent_reads_back_as_it_was_written_and_replaced() {
    let withdrawn = Consent { epoch: consent(1).epoch.next(), scope: Scope::default(), audience: vec![], expires_at: NOW, ..consent(1) };
    let first = Effect::PutConsent { consent: consent(1), seen: None };
    let then = Effect::PutConsent { consent: withdrawn.clone(), seen: Some(consent(1).epoch) };
    for (effects, expected) in [(vec![first.clone()], consent(1)), (vec![first, then], withdrawn)] {
        in_memory_and_on_disk(effects, async |store| {
            assert_eq!(store.consent(expected.user, &expected.client).await.unwrap().as_deref(), Some(&expected));
            assert_eq!(store.consents_of(expected.user, NOW).await.unwrap().len(), usize::from(expected.expires_at > NOW));
            assert_eq!(store.consent(expected.user, &client_id(9)).await.unwrap(), None);
            assert_eq!(store.consent(user_id(9), &expected.client).await.unwrap(), None);
        })
        .await;
    }
}

/// Not a code that waits to be redeemed; the newest first.
#[tokio::test]
async fn what_a_user_allowed_is_what_is_live() {
    let of_one = |n: u32, change: fn(&mut Authorization)| {
        let mut own = Authorization { user: user_id(1), ..unredeemed(n) };
        change(&mut own);
        Effect::Authorize(own)
    };
    let effects = vec![
        of_one(1, |_| {}),
        of_one(2, |own| own.code = None),
        of_one(3, |own| own.code.as_mut().unwrap().redeemed_at = Some(NOW)),
        of_one(4, |own| (own.code, own.revoked_at) = (None, Some(NOW))),
        of_one(5, |own| (own.code, own.expires_at) = (None, NOW)),
        Effect::Authorize(authorization(6)),
    ];
    in_memory_and_on_disk(effects, async |store| {
        for (most, expected) in [(3, vec![3, 2]), (1, vec![3]), (usize::MAX, vec![3, 2])] {
            let own = store.authorizations_of(user_id(1), NOW, most).await.unwrap();
            assert_eq!(own.iter().map(|own| own.id).collect::<Vec<_>>(), expected.into_iter().map(authorization_id).collect::<Vec<_>>());
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_reads_back_as_it_was_written() {
    let mut public = Client { secret: None, origin: Origin::Configured, ..client(2) };
    public.registration.kind = ClientKind::Public;
    public.registration.client_credentials_scopes = None;
    public.registration.password_access_lifetime = None;
    public.registration.refresh_idle = None;
    public.registration.access_format = AccessFormat::Opaque;
    for own in [client(1), public] {
        in_memory_and_on_disk(vec![Effect::AddClient(own.clone())], async |store| {
            assert_eq!(store.client(&own.id).await.unwrap().as_deref(), Some(&own));
            assert_eq!(store.clients().await.unwrap(), std::slice::from_ref(&own));
        })
        .await;
    }
}

#[tokio::test]
async fn a_replaced_client_reads_back_as_its_new_entry() {
    let old = client(1);
    let mut new = Client { secret: None, origin: Origin::Configured, ..next_client(&old) };
    new.registration.access_format = AccessFormat::Opaque;
    let effects = vec![Effect::AddClient(old.clone()), Effect::ReplaceClient { client: new.clone(), seen: old.revision }];
    in_memory_and_on_disk(effects, async |store| {
        assert_eq!(store.client(&new.id).await.unwrap().as_deref(), Some(&new));
    })
    .await;
}

#[tokio::test]
async fn a_user_reads_back_as_they_were_written() {
    let other = User { admin_since: None, disabled_at: Some(Timestamp(NOW.0 - 7)), origin: Origin::Registered, ..user(2) };
    for own in [user(1), other] {
        in_memory_and_on_disk(vec![Effect::AddUser(own.clone())], async |store| {
            assert_eq!(store.user(own.id).await.unwrap().as_deref(), Some(&own));
            assert_eq!(store.user_by_name(&own.username).await.unwrap().as_deref(), Some(&own));
            assert_eq!(store.users().await.unwrap(), std::slice::from_ref(&own));
        })
        .await;
    }
}

#[tokio::test]
async fn a_replaced_user_reads_back_as_their_new_entry() {
    let old = user(1);
    let new = User { admin_since: None, origin: Origin::Registered, password: user(9).password, ..next_user(&old) };
    let effects = vec![Effect::AddUser(old.clone()), Effect::ReplaceUser { user: new.clone(), seen: old.revision }];
    in_memory_and_on_disk(effects, async |store| {
        assert_eq!(store.user(new.id).await.unwrap().as_deref(), Some(&new));
        assert_eq!(store.user_by_name(&new.username).await.unwrap().as_deref(), Some(&new));
    })
    .await;
}

#[tokio::test]
async fn a_key_reads_back_as_it_was_written() {
    let keys: Vec<WrappedKey> = KeyUse::EVERY.into_iter().zip(1..).map(|(usage, n)| WrappedKey { usage, ..key(n) }).collect();
    let mut unended = key(100);
    unended.keep_until = None;
    let mut written = [keys, vec![unended]].concat();
    written.sort_by_key(|key| key.id);
    in_memory_and_on_disk(written.iter().cloned().map(Effect::PutKey).collect(), async |store| {
        let mut read = store.keys().await.unwrap();
        read.sort_by_key(|key| key.id);
        assert_eq!(read, written);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_stays_so_until_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for _ in 0..2 {
        assert_eq!(store.authorization(authorization_id(1)).await.unwrap(), None);
        assert_eq!(store.client(&client_id(1)).await.unwrap(), None);
        assert_eq!(store.user(user_id(1)).await.unwrap(), None);
        assert_eq!(store.user_by_name(&user(1).username).await.unwrap(), None);
        assert!(!store.is_revoked(token_id(1)).await.unwrap());
    }
    commit(&store, vec![authorize(1), Effect::AddClient(client(1)), Effect::AddUser(user(1)), revoke_token(1)]).await;
    assert!(store.authorization(authorization_id(1)).await.unwrap().is_some());
    assert!(store.client(&client_id(1)).await.unwrap().is_some());
    assert!(store.user(user_id(1)).await.unwrap().is_some());
    assert!(store.user_by_name(&user(1).username).await.unwrap().is_some());
    assert!(store.is_revoked(token_id(1)).await.unwrap());
    assert!(!store.is_revoked(token_id(2)).await.unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_and_number_reads_back(
        username in "\\PC{0,40}",
        hash in "\\PC{0,40}",
        name in any::<String>(),
        epoch in any::<i64>(),
        at in any::<i64>(),
        generation in any::<u32>(),
    ) {
        let user = User { username, password: keyward_rules::model::user::PasswordHash(hash.as_str().into()), ..user(1) };
        let mut client = client(1);
        client.registration.name = name;
        client.epoch.0 = epoch;
        let mut own = Authorization { generation, ..authorization(1) };
        (own.expires_at, own.user_epoch.0, own.revoked_at) = (Timestamp(at), epoch, Some(Timestamp(at)));
        let effects = vec![Effect::AddUser(user.clone()), Effect::AddClient(client.clone()), Effect::Authorize(own.clone())];
        tokio::runtime::Runtime::new().unwrap().block_on(in_memory_and_on_disk(effects, async |store| {
            assert_eq!(store.user_by_name(&user.username).await.unwrap().as_deref(), Some(&user));
            assert_eq!(store.client(&client.id).await.unwrap().as_deref(), Some(&client));
            assert_eq!(store.authorization(own.id).await.unwrap().as_deref(), Some(&own));
        }));
    }
}
