//! `grant_type=refresh_token`, many at once, and interleaved with everything that ends an authorization.
//!
//! A round is one authorization, or one generation of it, contended for; [`rounds`] says how many there are.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use crate::client::{Answer, Site, Tokens};
use crate::contention::{contend, rounds};
use crate::fixture::{C1, C2, Credentials, DORY, MARLIN, SUPER};
use crate::server::{Home, Server};

/// Authorizations ended by one act: each is a round.
const BATCH: usize = 16;

#[test]
fn of_64_simultaneous_uses_all_that_succeed_carry_the_same_successor() {
    let server = Server::start();
    let site = server.standard();
    let first = site.login(C1, DORY).refresh.unwrap();
    contend(
        first,
        (64, rounds(20)),
        |token| site.ask_refresh(C1, token),
        |used, answers| {
            let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert!(bad.iter().all(|answer| answer.status == 503), "inside the grace nobody is refused: {bad:?}");
            let tokens: Vec<_> = good.iter().map(Answer::tokens).collect();
            let successor = tokens.first().expect("somebody succeeds").refresh().to_owned();
            assert_ne!(successor, used);
            assert!(tokens.iter().all(|tokens| tokens.refresh() == successor), "two branches: {tokens:?}");
            successor
        },
    );
}

#[test]
fn without_a_grace_one_of_64_wins_and_nothing_is_revoked() {
    let server = Server::start();
    let site = server.korap();
    let first = site.login(SUPER, DORY).refresh.unwrap();
    contend(
        first,
        (64, rounds(20)),
        |token| site.ask_refresh(SUPER, token),
        |_, answers| {
            let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!(good.len(), 1, "one wins: {good:?}");
            for answer in bad {
                answer.refused(400, "invalid_grant");
            }
            let winner = good[0].tokens();
            // The losers have ended nothing: the winner's tokens live, and the next round starts from them.
            assert!(site.is_active(SUPER, &winner.access));
            winner.refresh.unwrap()
        },
    );
}

#[test]
fn a_retry_after_a_lost_answer_succeeds() {
    let server = Server::start();
    let site = server.standard();
    let mut token = site.login(C1, DORY).refresh.unwrap();
    for _ in 0..rounds(10) {
        let body = crate::client::encode(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &token),
            ("client_id", C1.0),
            ("client_secret", C1.1),
        ]);
        let mut lost = site.connect();
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        lost.write_all(request.as_bytes()).unwrap();
        // The first byte of the answer says that the rotation is done; the rest of it never arrives.
        lost.read_exact(&mut [0]).unwrap();
        drop(lost);
        token = site.refresh(C1, &token).refresh.unwrap();
    }
}

#[test]
fn an_older_token_always_ends_the_authorization() {
    let server = Server::start();
    let site = server.standard();
    for _ in 0..rounds(10) {
        let first = site.login(C1, DORY);
        let second = site.refresh(C1, first.refresh());
        let third = site.refresh(C1, second.refresh());
        // The reuse and the rightful use arrive together; whoever comes first, nothing lives afterwards.
        let rightful = thread::scope(|scope| {
            let rightful = scope.spawn(|| site.ask_refresh(C1, third.refresh()));
            site.ask_refresh(C1, first.refresh()).refused(400, "invalid_grant");
            rightful.join().unwrap()
        });
        let mut dead = vec![first, second, third];
        if rightful.status == 200 {
            dead.push(rightful.tokens());
        } else {
            rightful.refused(400, "invalid_grant");
        }
        for tokens in dead {
            site.ask_refresh(C1, tokens.refresh()).refused(400, "invalid_grant");
            assert!(!site.is_active(C1, &tokens.access));
        }
    }
}

/// Sets a flag when a panic unwinds past it.
struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Starts a batch of authorizations that refresh without a pause, ends them all by `end`, and asserts that nothing
/// of them lives once `end` has been acknowledged.
fn refresh_until_ended(site: &Site, client: Credentials<'_>, user: (&str, &str), end: impl FnOnce(&[Tokens])) {
    let authorizations: Vec<_> = (0..BATCH).map(|_| site.login(client, user)).collect();
    let (begun, ended, over) = (AtomicBool::new(false), AtomicBool::new(false), AtomicBool::new(false));
    let refresh = |first: &Tokens| {
        let (mut token, mut access) = (first.refresh().to_owned(), vec![first.access.clone()]);
        loop {
            assert!(!over.load(SeqCst), "the end was never acknowledged");
            let asked_after_the_end = ended.load(SeqCst);
            let answer = site.ask_refresh(client, &token);
            match answer.status {
                200 => {
                    assert!(!asked_after_the_end, "a refresh succeeded after the end was acknowledged");
                    let next = answer.tokens();
                    token = next.refresh().to_owned();
                    access.push(next.access);
                }
                503 => {}
                status => {
                    assert!(begun.load(SeqCst), "refused before anything ended it: {answer:?}");
                    assert!([400, 401].contains(&status), "{answer:?}");
                    return (token, access);
                }
            }
        }
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let refreshing: Vec<_> = authorizations.iter().map(|first| scope.spawn(|| refresh(first))).collect();
        begun.store(true, SeqCst);
        // Should `end` fail, the threads must not go on for ever.
        let failing = SetWhenDropped(&over);
        end(&authorizations);
        std::mem::forget(failing);
        ended.store(true, SeqCst);
        refreshing.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // Asked by a client that is still there: a removed one cannot ask any more.
    for (token, access) in outcomes {
        assert_ne!(site.ask_refresh(client, &token).status, 200);
        for access in access.iter().rev().take(3) {
            let answer = site.get("/secure").bearer(access).send();
            assert_eq!(answer.status, 401, "an access token outlived its authorization: {answer:?}");
        }
    }
}

#[test]
fn sec_f03_after_an_acknowledged_revocation_no_refresh_succeeds() {
    let server = Server::start();
    let site = server.standard();
    for _ in 0..rounds(20).div_ceil(BATCH) {
        refresh_until_ended(site, C1, DORY, |authorizations| {
            for tokens in authorizations {
                assert_eq!(site.revoke(C1, tokens.refresh()).status, 200);
            }
        });
    }
}

#[test]
fn sec_f03_after_a_user_is_disabled_no_refresh_succeeds() {
    let server = Server::start();
    for _ in 0..rounds(10).div_ceil(BATCH) {
        refresh_until_ended(server.standard(), C1, DORY, |_| {
            server.keyward(&["user", "disable", DORY.0]).done();
        });
        server.keyward(&["user", "enable", DORY.0]).done();
    }
    server.standard().login(C1, MARLIN);
}

#[test]
fn sec_f03_after_a_changed_password_no_refresh_succeeds() {
    let server = Server::start();
    let mut password = "nemo-password".to_owned();
    server.keyward_reading(&password, &["user", "add", "nemo"]).done();
    for round in 0..rounds(5).div_ceil(BATCH) {
        let next = format!("another-password-{round}");
        refresh_until_ended(server.standard(), C1, ("nemo", &password), |_| {
            server.keyward_reading(&next, &["user", "password", "nemo"]).done();
        });
        password = next;
    }
}

#[test]
fn sec_f03_after_a_client_is_removed_no_refresh_succeeds() {
    // What a removed client asks counts as failed attempts of whoever has its name next.
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    let site = server.standard();
    let bystander = site.login(C2, DORY);
    for _ in 0..rounds(5).div_ceil(BATCH) {
        let add = ["client", "add", "doomed", "--grant", "password,refresh_token", "--scope", "read", "--default-scope", "read", "--json"];
        let added: serde_json::Value = serde_json::from_str(&server.keyward(&add).done()).unwrap();
        let secret = added["client_secret"].as_str().unwrap();
        refresh_until_ended(site, ("doomed", secret), DORY, |_| {
            server.keyward(&["client", "remove", "doomed"]).done();
        });
    }
    site.refresh(C2, bystander.refresh());
}
