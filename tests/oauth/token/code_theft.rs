//! A code in the wrong hands, or used twice.

use crate::asking::{Ask, Redeem};
use crate::fixture::{DORY, OWN, PHONE, RIVAL, WEB};
use crate::person::Person;
use crate::server::Server;

#[test]
fn sec_b01_a_replayed_code_ends_what_its_first_use_gave() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    for app in [WEB, PHONE, OWN] {
        let bystander = site.redeem(app, &person.code(&Ask::code(app)));
        let code = person.code(&Ask::code(app));
        let first = site.redeem(app, &code);
        site.assert_alive(app, &first);
        site.ask_redeem(app, &code).refused(400, "invalid_grant");
        site.assert_dead(app, &first);
        site.assert_alive(app, &bystander);
    }
}

#[test]
fn sec_b01_a_replay_ends_tokens_that_were_refreshed_since() {
    let server = Server::start();
    let site = server.standard();
    let code = Person::signed_in(site, DORY).code(&Ask::code(WEB));
    let first = site.redeem(WEB, &code);
    let second = site.refresh(WEB.credentials(), first.refresh());
    let third = site.refresh(WEB.credentials(), second.refresh());
    site.assert_alive(WEB, &third);
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    for tokens in [first, second, third] {
        site.assert_dead(WEB, &tokens);
    }
}

#[test]
fn req_a10_a_replay_by_somebody_else_ends_them_as_well() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    for thief in [
        |code: &str| Redeem { secret: Some(RIVAL.credentials()), ..Redeem::of(WEB, code) },
        |code: &str| Redeem { secret: Some(("web", "wrong")), ..Redeem::of(WEB, code) },
    ] as [fn(&str) -> Redeem<'_>; 2]
    {
        let code = person.code(&Ask::code(WEB));
        let tokens = site.redeem(WEB, &code);
        site.assert_alive(WEB, &tokens);
        assert_ne!(thief(&code).at(site).status, 200);
        site.assert_dead(WEB, &tokens);
    }
}

#[test]
fn sec_b03_a_code_is_worth_nothing_to_another_client_and_ends_when_one_tries() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    site.redeem(WEB, &person.code(&Ask::code(WEB)));
    type Thief = (fn(&str) -> Redeem<'_>, u16, &'static str);
    let thieves: [Thief; 5] = [
        (|code| Redeem { secret: Some(RIVAL.credentials()), ..Redeem::of(WEB, code) }, 400, "invalid_grant"),
        (|code| Redeem { secret: None, ..Redeem::of(WEB, code) }.with("client_id", PHONE.id), 400, "invalid_grant"),
        (|code| Redeem { secret: None, ..Redeem::of(WEB, code) }.with("client_id", WEB.id), 401, "invalid_client"),
        (|code| Redeem { secret: Some((WEB.id, "")), ..Redeem::of(WEB, code) }, 401, "invalid_client"),
        (|code| Redeem { secret: Some((WEB.id, "wrong")), ..Redeem::of(WEB, code) }, 401, "invalid_client"),
    ];
    for (number, (thief, status, error)) in thieves.into_iter().enumerate() {
        let code = person.code(&Ask::code(WEB));
        let answer = thief(&code).at(site);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)), "thief {number}: {answer:?}");
        let rightful = site.ask_redeem(WEB, &code);
        assert_eq!(rightful.status, 400, "thief {number} has burnt it: {rightful:?}");
    }
    // A public client's code is bound to it as well.
    let code = person.code(&Ask::code(PHONE));
    Redeem { secret: Some(WEB.credentials()), ..Redeem::of(PHONE, &code) }.without("client_id").at(site).refused(400, "invalid_grant");
}

#[test]
fn sec_b03_without_any_client_a_code_is_worth_nothing() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let code = person.code(&Ask::code(WEB));
    let answer = Redeem { secret: None, ..Redeem::of(WEB, &code) }.at(site);
    assert!([400, 401].contains(&answer.status), "{answer:?}");
    assert!(!answer.body.contains("access_token"), "{answer:?}");
}
