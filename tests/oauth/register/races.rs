//! Changes of a registration at the same moment as others use or change it.

use std::thread;

use serde_json::json;

use super::{Newcomer, least, open, register, with};
use crate::asking::Ask;
use crate::client::Site;
use crate::fixture::DORY;
use crate::person::Person;

const ROUNDS: usize = 6;

fn newcomer(site: &Site) -> Newcomer {
    register(site, &with("grant_types", json!(["authorization_code", "refresh_token"])))
}

#[test]
fn sec_q03_what_is_made_while_a_client_is_narrowed_or_removed_is_dead() {
    let server = open();
    let site = server.standard();
    for round in 0..ROUNDS {
        let newcomer = newcomer(site);
        let app = newcomer.app();
        let mut person = Person::signed_in(site, DORY);
        let (held, code) = (site.redeem(app, &person.code(&Ask::code(app))), person.code(&Ask::code(app)));
        let (refreshed, redeemed) = thread::scope(|scope| {
            let refreshing = scope.spawn(|| site.refresh_as(app, held.refresh()));
            let redeeming = scope.spawn(|| site.ask_redeem(app, &code));
            let ended = if round % 2 == 0 { newcomer.put(site, &with("scope", "read")) } else { newcomer.managed(site, "DELETE").send() };
            assert!([200, 204].contains(&ended.status), "{ended:?}");
            (refreshing.join().unwrap(), redeeming.join().unwrap())
        });
        for answer in [refreshed, redeemed] {
            if answer.status == 200 {
                assert!(!site.opens(&answer.tokens().access), "round {round}: what came of it lives on");
            }
        }
        assert!(!site.opens(&held.access));
    }
}

#[test]
fn sec_m03_a_client_that_deregisters_does_not_come_back_by_an_update() {
    let server = open();
    let site = server.standard();
    for _ in 0..ROUNDS {
        let newcomer = newcomer(site);
        thread::scope(|scope| {
            let updates: Vec<_> = (0..4)
                .map(|n| {
                    scope.spawn({
                        let newcomer = &newcomer;
                        move || newcomer.put(site, &with("client_name", format!("name {n}")))
                    })
                })
                .collect();
            assert_eq!(newcomer.managed(site, "DELETE").send().status, 204);
            for update in updates {
                let answer = update.join().unwrap();
                assert!([200, 401, 503].contains(&answer.status), "{answer:?}");
            }
        });
        super::assert_stranger(&newcomer.managed(site, "GET").send());
        super::assert_stranger(&newcomer.put(site, &least()));
    }
}

#[test]
fn of_updates_at_once_one_is_left_whole() {
    let server = open();
    let site = server.standard();
    let newcomer = newcomer(site);
    let said = |n: usize| {
        let mut metadata = with("client_name", format!("name {n}"));
        metadata["client_uri"] = format!("https://newcomer.example.com/{n}").into();
        metadata
    };
    thread::scope(|scope| {
        for n in 0..6 {
            let (newcomer, said) = (&newcomer, &said);
            scope.spawn(move || newcomer.put(site, &said(n)));
        }
    });
    let left = newcomer.managed(site, "GET").send().json();
    assert!((0..6).any(|n| left["client_name"] == said(n)["client_name"] && left["client_uri"] == said(n)["client_uri"]), "{left}");
}
