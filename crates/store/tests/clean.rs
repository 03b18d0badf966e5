//! Cleaning removes what has ended, all of it, and nothing that is alive.

use std::time::{Duration, Instant};

use keyward_rules::{
    effect::Effect,
    key_ring::WrappedKey,
    model::{
        authorization::Authorization,
        consent::Consent,
        session::Session,
        time::{Seconds, Timestamp},
    },
};
use keyward_store::{
    Store,
    clean::{Cleaned, Cleaner, at_once},
};

use tempfile::TempDir;

use crate::fixture::*;

/// How long after its end a row stays.
const MARGIN: i64 = 600_000;

fn ending(n: u32, at: i64) -> Effect {
    Effect::Authorize(Authorization { expires_at: Timestamp(at), ..authorization(n) })
}

fn token_ending(n: u32, at: i64) -> Effect {
    Effect::RevokeToken { id: token_id(n), client: client_id(n), expires_at: Timestamp(at) }
}

fn key_ending(n: u32, at: Option<i64>) -> Effect {
    Effect::PutKey(WrappedKey { keep_until: at.map(Timestamp), ..key(n) })
}

/// How many rows there are, read without caches.
fn rows(folder: &TempDir, table: &str) -> usize {
    stored(folder.path(), &[table]).len()
}

async fn clean(store: &Store) -> Cleaned {
    Cleaner::default().round(store, NOW, Instant::now()).await.unwrap()
}

#[tokio::test]
async fn a_row_goes_ten_minutes_after_its_end_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_with_cache(folder.path(), 0).await;
    let last = NOW.0 - MARGIN;
    let ends = [last - 1, last, last + 1, NOW.0 - 1, NOW.0, NOW.0 + 1];
    for (n, end) in (1..).zip(ends) {
        commit(&store, vec![ending(n, end), token_ending(n, end), key_ending(n, Some(end))]).await;
    }
    commit(&store, vec![key_ending(100, None), Effect::AddClient(client(1)), Effect::AddUser(user(1)), ending(100, i64::MAX)]).await;
    assert_eq!(clean(&store).await, Cleaned { rows: 3, left_out: false });
    for (n, end) in (1..).zip(ends) {
        let stays = end >= last;
        assert_eq!(store.authorization(authorization_id(n)).await.unwrap().is_some(), stays, "{n}");
        assert_eq!(store.is_revoked(token_id(n)).await.unwrap(), stays, "{n}");
        assert_eq!(store.keys().await.unwrap().iter().any(|key| key.id == n), stays, "{n}");
    }
    assert_eq!((rows(&folder, "clients"), rows(&folder, "users"), rows(&folder, "keys")), (1, 1, 6));
    assert_eq!(clean(&store).await, Cleaned { rows: 0, left_out: false });
}

#[tokio::test]
async fn sessions_consents_and_codes_that_nobody_redeemed_go_ten_minutes_after_their_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_with_cache(folder.path(), 0).await;
    let last = NOW.0 - MARGIN;
    let ends = [last - 1, last, NOW.0 - 1, NOW.0 + 1];
    for (n, end) in (1..).zip(ends.map(Timestamp)) {
        let session = Effect::OpenSession(Session { expires_at: end, ..session(n) });
        let consent = Effect::PutConsent { consent: Consent { expires_at: end, ..consent(n) }, seen: None };
        // Of another user and client: what names a session or a consent keeps it.
        let code = Effect::Authorize(Authorization { expires_at: end, ..unredeemed(100 + n) });
        commit(&store, vec![session, consent, code]).await;
    }
    assert_eq!(clean(&store).await, Cleaned { rows: 3, left_out: false });
    for (n, end) in (1..).zip(ends) {
        let stays = end >= last;
        assert_eq!(store.session(session_id(n)).await.unwrap().is_some(), stays, "{n}");
        assert_eq!(store.consent(user_id(n), &client_id(n)).await.unwrap().is_some(), stays, "{n}");
        assert_eq!(store.authorization(authorization_id(100 + n)).await.unwrap().is_some(), stays, "{n}");
    }
}

/// Who signed out ended what was authorized in the session: the row must say so as long as that could come. It is the same with
/// the epoch of a consent.
#[tokio::test]
async fn a_session_and_a_consent_that_an_authorization_stands_on_stay_as_long_as_it() {
    let folder = tempfile::tempdir().unwrap();
    for cache in [0, 1000] {
        let store = open_with_cache(folder.path(), cache).await;
        let ended = Timestamp(NOW.0 - MARGIN - 1);
        let session = |n| Effect::OpenSession(Session { expires_at: ended, ended_at: Some(ended), ..session(n) });
        let consent = |n| Effect::PutConsent { consent: Consent { expires_at: ended, ..consent(n) }, seen: None };
        let (named, unnamed) = (10 + cache as u32, 12 + cache as u32);
        let standing = Effect::Authorize(Authorization { expires_at: NOW, ..unredeemed(named) });
        commit(&store, vec![session(named), session(unnamed), consent(named), consent(unnamed), standing]).await;
        for n in [named, unnamed] {
            assert!(store.consent(user_id(n), &client_id(n)).await.unwrap().is_some());
        }
        assert_eq!(clean(&store).await.rows, 2);
        for (n, stays) in [(named, true), (unnamed, false)] {
            assert_eq!(store.consent(user_id(n), &client_id(n)).await.unwrap().is_some(), stays, "{n}");
        }
        assert_eq!(rows(&folder, "sessions"), 1);
        let later = Cleaner::default().round(&store, NOW + Seconds(601), Instant::now()).await.unwrap();
        assert_eq!(later.rows, 3, "the authorization, and then what it stood on");
        assert_eq!(store.consent(user_id(named), &client_id(named)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_is_renewed_while_the_cleaning_waits_for_it_stays() {
    // On SQLite nobody waits for a row.
    let Some(server) = server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ended = Consent { expires_at: Timestamp(NOW.0 - MARGIN - 1), ..consent(1) };
    commit(&store, vec![Effect::PutConsent { consent: ended, seen: None }]).await;
    let schema = schema(folder.path());
    let renew = format!("BEGIN; UPDATE {schema}.consents SET expires_at = {}; SELECT pg_sleep(3); COMMIT", NOW.0 + 1);
    let on = server.clone();
    let renewal = std::thread::spawn(move || psql(&on, &renew));
    let under_way = format!("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%{schema}%'");
    while psql(&server, &under_way).is_empty() {
        assert!(!renewal.is_finished(), "it was seen under way");
    }
    assert_eq!(clean(&store).await.rows, 0);
    renewal.join().unwrap();
    assert!(store.consent(user_id(1), &client_id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_redeemed_code_stays_as_long_as_what_it_gave() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_with_cache(folder.path(), 0).await;
    commit(&store, vec![Effect::Authorize(unredeemed(1)), redeem(1), Effect::Authorize(unredeemed(2))]).await;
    let cleaned = Cleaner::default().round(&store, NOW + Seconds(60 + 601), Instant::now()).await.unwrap();
    assert_eq!(cleaned.rows, 1);
    assert!(store.authorization(authorization_id(1)).await.unwrap().is_some());
    assert_eq!(store.authorization(authorization_id(2)).await.unwrap(), None);
}

#[tokio::test]
async fn a_revoked_authorization_stays_as_long_as_its_tokens_could_come() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_with_cache(folder.path(), 0).await;
    commit(&store, vec![authorize(1), revoke(1)]).await;
    clean(&store).await;
    assert!(store.authorization(authorization_id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn req_d02_at_once_go_the_authorizations_that_ended_or_were_revoked_and_no_mark_of_an_end() {
    let folder = tempfile::tempdir().unwrap();
    for cache in [0, 1000] {
        let first = 10 * (1 + cache as u32);
        let numbered = |n: u32| first + n;
        let store = open_with_cache(folder.path(), cache).await;
        commit(&store, vec![ending(numbered(1), NOW.0 - 1), ending(numbered(2), NOW.0 + 1), ending(numbered(3), NOW.0 + 1)]).await;
        commit(&store, vec![revoke(numbered(3)), token_ending(numbered(4), NOW.0 - 1)]).await;
        let consent = Consent { expires_at: Timestamp(NOW.0 - 1), ..consent(numbered(5)) };
        commit(&store, vec![Effect::PutConsent { consent, seen: None }]).await;
        for n in 1..=3 {
            assert!(store.authorization(authorization_id(numbered(n))).await.unwrap().is_some());
        }
        assert_eq!(at_once(&store, NOW).await.unwrap(), 2);
        for (n, stays) in [(1, false), (2, true), (3, false)] {
            assert_eq!(store.authorization(authorization_id(numbered(n))).await.unwrap().is_some(), stays, "{n}");
        }
        assert!(store.is_revoked(token_id(numbered(4))).await.unwrap(), "who set the clock back would have the token again");
        assert!(store.consent(user_id(numbered(5)), &client_id(numbered(5))).await.unwrap().is_some());
        assert_eq!(at_once(&store, NOW).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn the_key_that_a_client_secret_is_recognised_with_stays_as_long_as_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ended = NOW.0 - MARGIN - 1;
    let own = client(1);
    let key = own.secret.as_ref().unwrap().key;
    commit(&store, vec![Effect::AddClient(own.clone()), key_ending(key, Some(ended)), key_ending(7, Some(ended))]).await;
    assert_eq!(clean(&store).await.rows, 1);
    assert_eq!(store.keys().await.unwrap().iter().map(|key| key.id).collect::<Vec<_>>(), [key]);
    commit(&store, vec![Effect::RemoveClient { id: own.id, seen: own.revision }]).await;
    assert_eq!(clean(&store).await.rows, 1);
}

#[tokio::test]
async fn thousands_of_ended_rows_among_the_living_all_go_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let effects = (0..6001).flat_map(|n| {
        let end = if n % 3 == 0 { NOW.0 - MARGIN - 1 - i64::from(n) } else { NOW.0 + i64::from(n) };
        let consent = Consent { user: user_id(10_000 + n), expires_at: Timestamp(end), ..consent(n) };
        [ending(n, end), token_ending(n, end), Effect::PutConsent { consent, seen: None }]
    });
    commit(&store, effects.collect()).await;
    let before = store.report();
    assert_eq!(clean(&store).await.rows, 3 * 2001);
    for table in ["authorizations", "revoked_tokens", "consents"] {
        assert_eq!(rows(&folder, table), 4000, "{table}");
    }
    assert!(store.is_shared() || store.report().commits - before.commits > 12, "it was not done in portions: {:?}", store.report());
    drop(store);
    let store = open(folder.path()).await;
    for n in 0..6001 {
        assert_eq!(store.authorization(authorization_id(n)).await.unwrap().is_some(), n % 3 != 0);
    }
}

#[tokio::test]
async fn a_round_after_a_jump_of_the_clock_is_left_out_and_the_next_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let (now, steady) = (NOW, Instant::now());
    let minutes = |count: u32| Seconds(60 * count);
    let later = |count: u64| steady + Duration::from_secs(60 * count);
    let mut cleaner = Cleaner::default();
    let mut round = async |at: Timestamp, steady| cleaner.round(&store, at, steady).await.unwrap();

    assert_eq!(round(now, steady).await, Cleaned::default());
    commit(&store, vec![ending(1, (now + minutes(60)).0)]).await;
    let left_out = Cleaned { rows: 0, left_out: true };
    assert_eq!(round(now + minutes(24 * 60), later(1)).await, left_out, "a day in a minute");
    assert_eq!(round(now + minutes(2), later(2)).await, left_out, "back again");
    assert_eq!(round(now + minutes(3), later(3)).await, Cleaned::default());
    assert_eq!(round(now + minutes(8), later(4)).await, Cleaned::default(), "four minutes too many are within the margin");
    assert_eq!(round(now + minutes(3), later(5)).await, left_out, "six too few are not");
    assert!(store.authorization(authorization_id(1)).await.unwrap().is_some());
    assert_eq!(round(now + minutes(80), later(81)).await.rows, 1, "a long pause is no jump");
}

#[tokio::test]
async fn cleaning_goes_on_beside_rotation_and_disturbs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    commit(&store, (0..3000).map(|n| ending(n, NOW.0 - MARGIN - 1)).chain([authorize(5000)]).collect()).await;
    let rotations = async {
        for generation in 1..100 {
            commit(&store, vec![rotate(5000, generation)]).await;
        }
    };
    let (cleaned, ()) = tokio::join!(clean(&store), rotations);
    assert_eq!(cleaned.rows, 3000);
    assert_eq!(store.authorization(authorization_id(5000)).await.unwrap().unwrap().generation, 100);
}
