//! Clients that are removed or get another secret while they are used: what was acknowledged holds.

use std::thread;

use serde_json::json;

use crate::api::reef;
use crate::client::{Answer, Tokens};
use crate::contention::rounds;
use crate::fixture::{DORY, MARLIN};
use crate::server::{Home, Server};

fn server() -> Server {
    Home::demo().with("[log]\nlevel = 'warn'\n[throttle]\nenabled = false\n[korap]\nclients_per_user = 1000000").start()
}

/// What came of a token request that was overtaken: tokens, or a refusal.
fn given(answer: &Answer) -> Option<Tokens> {
    assert!([200, 400, 401].contains(&answer.status), "{answer:?}");
    (answer.status == 200).then(|| answer.tokens())
}

#[test]
fn sec_b02_nothing_of_a_code_lives_once_its_client_is_acknowledged_gone() {
    let server = server();
    let site = server.korap();
    for _ in 0..rounds(10) {
        let client = site.register(DORY, &reef(json!({})));
        let code = site.api_code(MARLIN, &client.id, "search");
        let answers = thread::scope(|scope| {
            let redeeming = scope.spawn(|| client.redeem(site, &code));
            let authorizing = scope.spawn(|| {
                let asked = [("response_type", "code"), ("client_id", client.id.as_str()), ("scope", "search")];
                site.get("/api/oauth2/authorize").query(&asked).basic(MARLIN).send()
            });
            let removing = scope.spawn(|| site.deregister(DORY, &client.id));
            assert_eq!(removing.join().unwrap().status, 200);
            let authorized = authorizing.join().unwrap();
            assert!([302, 401].contains(&authorized.status), "{authorized:?}");
            (redeeming.join().unwrap(), authorized.sent_with("code"))
        });
        if let Some(tokens) = given(&answers.0) {
            assert!(!site.speaks(&tokens.access), "an access token outlived its client");
            site.ask_refresh(client.credentials(), tokens.refresh()).refused(401, "invalid_client");
        }
        if let Some(code) = answers.1 {
            client.redeem(site, &code).refused(401, "invalid_client");
        }
    }
}

#[test]
fn sec_f04_no_refresh_outlives_the_end_of_its_client_or_of_its_secret() {
    let server = server();
    let site = server.korap();
    for round in 0..rounds(10) {
        let client = site.register(DORY, &reef(json!({})));
        let first = client.redeem(site, &site.api_code(MARLIN, &client.id, "search")).tokens();
        let (refreshed, ended) = thread::scope(|scope| {
            let refreshing = scope.spawn(|| site.ask_refresh(client.credentials(), first.refresh()));
            let ending = scope.spawn(|| match round % 2 {
                0 => site.deregister(DORY, &client.id),
                _ => site.reset(DORY, &client.id),
            });
            (refreshing.join().unwrap(), ending.join().unwrap())
        });
        assert_eq!(ended.status, 200, "{ended:?}");
        assert!(!site.speaks(&first.access));
        if let Some(tokens) = given(&refreshed) {
            assert!(!site.speaks(&tokens.access), "an access token outlived the end of its client or secret");
            if let Some(secret) = ended.body.contains("client_secret").then(|| ended.json()["client_secret"].as_str().unwrap().to_owned()) {
                site.ask_refresh((&client.id, &secret), tokens.refresh()).refused(400, "invalid_grant");
            }
        }
    }
}

#[test]
fn of_many_resets_at_once_the_last_secret_works_alone() {
    let server = server();
    let site = server.korap();
    for _ in 0..rounds(2) {
        let client = site.register(DORY, &reef(json!({})));
        let answers: Vec<Answer> = thread::scope(|scope| {
            let resetting: Vec<_> = (0..4).map(|_| scope.spawn(|| site.reset(DORY, &client.id))).collect();
            resetting.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let secrets: Vec<String> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| answer.json()["client_secret"].as_str().unwrap().to_owned())
            .collect();
        assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status)), "{answers:?}");
        let form = [("grant_type", "client_credentials")];
        let works = |secret: &String| site.post("/api/oauth2/token").basic((&client.id, secret)).form(&form).send().status == 200;
        assert_eq!(secrets.iter().filter(|secret| works(secret)).count(), 1, "{answers:?}");
    }
}

/// Of two that remove a client at once one finds it gone; who registers meanwhile gets a client of their own.
#[test]
fn sec_q02_registering_while_the_same_is_removed_leaves_nothing_half_done() {
    let server = server();
    let site = server.korap();
    for _ in 0..rounds(2) {
        let client = site.register(DORY, &reef(json!({})));
        let (one, other, registered) = thread::scope(|scope| {
            let one = scope.spawn(|| site.deregister(DORY, &client.id));
            let other = scope.spawn(|| site.deregister(DORY, &client.id));
            let registering = scope.spawn(|| site.register(DORY, &reef(json!({}))));
            (one.join().unwrap(), other.join().unwrap(), registering.join().unwrap())
        });
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401], "{one:?} {other:?}");
        assert_ne!(registered.id, client.id);
        site.machine_token(registered.credentials());
    }
}
