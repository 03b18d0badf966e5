//! What people decide in a browser: codes, sessions, consents.

use keyward_rules::{
    effect::Effect,
    model::{
        authorization::Authorization,
        consent::Consent,
        epoch::Epoch,
        session::Session,
        time::{Seconds, Timestamp},
    },
};

use super::conflicts;
use crate::fixture::*;

#[tokio::test]
async fn sec_b01_a_code_is_redeemed_once_while_it_lives_and_nothing_else_is_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ending = |n, at: i64| Effect::Authorize(Authorization { expires_at: Timestamp(at), ..unredeemed(n) });
    commit(&store, vec![Effect::Authorize(unredeemed(1)), Effect::Authorize(unredeemed(2)), authorize(3)]).await;
    commit(&store, vec![ending(4, NOW.0), ending(5, NOW.0 + 1), revoke(2)]).await;
    for (n, what) in [(2, "revoked"), (3, "no code"), (4, "over"), (9, "unknown")] {
        conflicts(&store, &folder, vec![redeem(n)]).await;
        assert!(store.authorization(authorization_id(n)).await.unwrap().is_none_or(|own| own.expires_at <= NOW + Seconds::DAY), "{what}");
    }
    commit(&store, vec![redeem(1), redeem(5)]).await;
    conflicts(&store, &folder, vec![redeem(1)]).await;
    conflicts(&store, &folder, vec![authorize(6), redeem(5)]).await;
    // It rotates from the first generation on, and beyond the time of the code.
    let later = NOW + Seconds(3600);
    commit(&store, vec![Effect::Rotate { id: authorization_id(1), from: 1, to: 2, at: later }]).await;
}

#[tokio::test]
async fn of_two_redemptions_in_one_decision_none_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    commit(&store, vec![Effect::Authorize(unredeemed(1))]).await;
    conflicts(&store, &folder, vec![redeem(1), redeem(1)]).await;
}

#[tokio::test]
async fn a_session_is_opened_once_seen_forwards_and_ended_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let id = session_id(1);
    let at = |millis: i64| Timestamp(NOW.0 + millis);
    commit(&store, vec![Effect::OpenSession(session(1))]).await;
    conflicts(&store, &folder, vec![Effect::OpenSession(Session { user: user_id(2), ..session(1) })]).await;

    commit(&store, vec![Effect::SeeSession { id, at: at(5) }]).await;
    commit(&store, vec![Effect::SeeSession { id, at: at(4) }]).await;
    let seen = Session { seen_at: at(5), ..session(1) };
    assert_eq!(store.session(id).await.unwrap().as_deref(), Some(&seen), "the later one of two stays");
    drop(store);
    let store = open(folder.path()).await;
    assert_eq!(store.session(id).await.unwrap().as_deref(), Some(&seen), "on disk as well");

    commit(&store, vec![Effect::EndSession { id, at: at(6) }]).await;
    commit(&store, vec![Effect::EndSession { id, at: at(7) }, Effect::SeeSession { id, at: at(8) }]).await;
    let ended = Session { ended_at: Some(at(6)), ..seen };
    assert_eq!(store.session(id).await.unwrap().as_deref(), Some(&ended));
    drop(store);
    let store = open(folder.path()).await;
    assert_eq!(store.session(id).await.unwrap().as_deref(), Some(&ended));
    // What is not there is no conflict: a cookie can outlive its session.
    commit(&store, vec![Effect::SeeSession { id: session_id(9), at: NOW }, Effect::EndSession { id: session_id(9), at: NOW }]).await;
    assert_eq!(store.session(session_id(9)).await.unwrap(), None);
    conflicts(&store, &folder, vec![Effect::OpenSession(session(1))]).await;
}

#[tokio::test]
async fn a_session_is_renewed_only_while_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let renewed = |n| Session { seen_at: NOW, expires_at: NOW + Seconds(2 * 86_400), digest: session(7).digest, ..session(n) };
    let renew = |n| Effect::RenewSession(renewed(n));
    conflicts(&store, &folder, vec![renew(1)]).await;
    commit(&store, vec![Effect::OpenSession(session(1)), Effect::OpenSession(session(2)), renew(1)]).await;
    commit(&store, vec![Effect::EndSession { id: session_id(2), at: NOW }]).await;
    conflicts(&store, &folder, vec![renew(2)]).await;
    assert_eq!(store.session(session_id(1)).await.unwrap().as_deref(), Some(&renewed(1)));
    drop(store);
    assert_eq!(open(folder.path()).await.session(session_id(1)).await.unwrap().as_deref(), Some(&renewed(1)));
}

#[tokio::test]
async fn a_consent_is_written_only_by_who_has_seen_it_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let put = |consent: Consent, seen| vec![Effect::PutConsent { consent, seen }];
    let first = consent(1);
    let next = Consent { epoch: first.epoch.next(), ..first.clone() };
    conflicts(&store, &folder, put(first.clone(), Some(Epoch(0)))).await;
    conflicts(&store, &folder, put(first.clone(), Some(first.epoch))).await;
    commit(&store, put(first.clone(), None)).await;
    conflicts(&store, &folder, put(next.clone(), None)).await;
    for stale in [Epoch(0), next.epoch, consent(2).epoch] {
        conflicts(&store, &folder, put(next.clone(), Some(stale))).await;
    }
    // The same word again, then a withdrawal: who has not seen it starts over.
    commit(&store, put(first.clone(), Some(first.epoch))).await;
    commit(&store, put(next.clone(), Some(first.epoch))).await;
    conflicts(&store, &folder, put(first.clone(), Some(first.epoch))).await;
    for other in [Consent { user: user_id(2), ..first.clone() }, Consent { client: client_id(2), ..first }] {
        conflicts(&store, &folder, put(other.clone(), Some(next.epoch))).await;
        commit(&store, put(other, None)).await;
    }
    assert_eq!(store.consent(next.user, &next.client).await.unwrap().as_deref(), Some(&next));
}
