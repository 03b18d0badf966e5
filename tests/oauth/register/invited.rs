//! Registering with an initial access token.

use std::thread;

use serde_json::Value;

use super::{Newcomer, PATH, home, least, open, say};
use crate::client::{Answer, Site};
use crate::fixture::{C1, DORY};
use crate::postgres;
use crate::server::Server;

fn invite(server: &Server, arguments: &[&str]) -> Value {
    let said = server.keyward(&[&["client", "invite", "--json"], arguments].concat()).done();
    serde_json::from_str(&said).unwrap()
}

fn token(made: &Value) -> String {
    made["initial_access_token"].as_str().expect("a token").to_owned()
}

fn ask_with(site: &Site, token: &str) -> Answer {
    say(site.post(PATH).bearer(token), &least()).send()
}

fn assert_not_invited(answer: &Answer) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_token")), "{answer:?}");
    assert!(answer.header("www-authenticate").starts_with("Bearer realm="), "{answer:?}");
}

#[test]
fn an_invitation_lets_one_client_in_and_no_second() {
    let server = home("token").start();
    let made = invite(&server, &[]);
    assert_eq!(made["uses"], 1);
    let token = token(&made);
    Newcomer::of(&ask_with(server.standard(), &token));
    assert_not_invited(&ask_with(server.standard(), &token));
    assert!(!server.log().contains(&token), "it is a secret");
    if postgres::is_the_store() {
        return;
    }
    let store = std::fs::read(server.home().database()).unwrap();
    assert!(!store.windows(token.len()).any(|bytes| bytes == token.as_bytes()), "and the store does not hold it");
}

#[test]
fn a_refused_registration_uses_nothing_up() {
    let server = home("token").start();
    let token = token(&invite(&server, &[]));
    let wrong = say(server.standard().post(PATH).bearer(&token), &serde_json::json!({"redirect_uris": ["x"]})).send();
    wrong.refused(400, "invalid_redirect_uri");
    Newcomer::of(&ask_with(server.standard(), &token));
}

#[test]
fn sec_m01_of_many_at_once_as_many_get_in_as_are_invited() {
    let server = home("token").start();
    let (site, token) = (server.standard(), token(&invite(&server, &["--uses", "3"])));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let asking: Vec<_> = (0..12).map(|_| scope.spawn(|| ask_with(site, &token).status)).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 401, 503].contains(status)), "{statuses:?}");
    assert_not_invited(&ask_with(site, &token));
}

#[test]
fn an_invitation_ends_with_its_time() {
    let server = home("token").start();
    let token = token(&invite(&server, &["--expires", "1s"]));
    // No refusal can come too early, and none may be left out for good.
    let ended = (0..400).any(|_| {
        thread::sleep(std::time::Duration::from_millis(10));
        say(server.standard().post(PATH).bearer(&token), &serde_json::json!({})).send().status == 401
    });
    assert!(ended);
}

#[test]
fn sec_q01_nothing_but_an_invitation_lets_a_client_in() {
    let server = home("token").start();
    let site = server.standard();
    let newcomer = Newcomer::of(&ask_with(site, &token(&invite(&server, &[]))));
    let tokens = site.login(C1, DORY);
    let machine = site.machine_token(C1).access;
    let unknown = format!("kwi_{}", "A".repeat(43));
    for wrong in [&*tokens.access, tokens.refresh(), &machine, newcomer.token(), newcomer.text("client_secret"), &unknown, "kwi_", "x"] {
        assert_not_invited(&ask_with(site, wrong));
    }
    let nobody = say(site.post(PATH), &least()).send();
    assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, "Bearer realm=\"keyward\""), "{nobody:?}");
    assert_eq!(say(site.post(PATH).basic(C1), &least()).send().status, 401);
    let in_query = say(site.post(&format!("{PATH}?access_token={}", token(&invite(&server, &[])))), &least()).send();
    assert_eq!(in_query.status, 401, "{in_query:?}");
}

#[test]
fn there_are_no_invitations_where_nobody_could_use_them() {
    for server in [open(), home("off").start()] {
        let complaint = server.keyward(&["client", "invite"]).failed();
        assert!(complaint.contains("registration.mode"), "{complaint}");
    }
}
