//! `POST /account/applications/revoke`: taking back what applications were allowed.

use super::{done, forms};
use crate::asking::Ask;
use crate::fixture::{C1, DORY, MARLIN, OWN, PHONE, RIVAL, WEB};
use crate::html::Form;
use crate::person::Person;
use crate::server::Server;

const REVOKE: &str = "/account/applications/revoke";

/// What the account page lists, newest first, by handle.
fn listed(person: &mut Person<'_>) -> Vec<Form> {
    forms(&person.get("/account").page(), REVOKE, "authorization")
}

#[test]
fn sec_f07_one_authorization_is_ended_and_the_others_are_not() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    assert!(person.get("/account").page().text().contains("dory"));
    assert_eq!(listed(&mut person).len(), 0);
    let first = site.redeem(WEB, &person.code(&Ask::code(WEB)));
    let handle = listed(&mut person).remove(0);
    let second = site.redeem(WEB, &person.code(&Ask::code(WEB)));
    assert_eq!(listed(&mut person).len(), 2);

    done(&mut person, &handle);
    site.assert_dead(WEB, &first);
    site.assert_alive(WEB, &second);
    assert_eq!(listed(&mut person).len(), 1);
    // A second time there is nothing to do, and nothing happens.
    let again = person.post(&handle);
    assert!([303, 404].contains(&again.status), "{again:?}");
    site.assert_alive(WEB, &second);
}

#[test]
fn sec_f07_an_application_loses_everything_and_has_to_ask_again() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let first = site.redeem(WEB, &person.code(&Ask::code(WEB)));
    let second = site.redeem(WEB, &person.code(&Ask::code(WEB).with("scope", "read offline_access")));
    let code = person.code(&Ask::code(WEB));
    let other = site.redeem(RIVAL, &person.code(&Ask::code(RIVAL)));
    let form = forms(&person.get("/account").page(), REVOKE, "client").into_iter().find(|form| form.has("client", "web")).unwrap();

    done(&mut person, &form);
    for tokens in [&first, &second] {
        site.assert_dead(WEB, tokens);
    }
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    site.assert_alive(RIVAL, &other);
    let answer = person.get(&Ask::code(WEB).target());
    assert!(answer.is_consent(), "consent was withdrawn: {answer:?}");
    // What is allowed from now on lives.
    let anew = site.redeem(WEB, &person.code(&Ask::code(WEB)));
    site.assert_alive(WEB, &anew);
    site.assert_dead(WEB, &first);
}

#[test]
fn sec_f07_everything_is_ended_for_every_application() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let apps = [WEB, RIVAL, PHONE, OWN];
    let tokens = apps.map(|app| site.redeem(app, &person.code(&Ask::code(app))));
    let by_password = site.login(C1, DORY);
    let bystander = site.redeem(WEB, &Person::signed_in(site, MARLIN).code(&Ask::code(WEB)));
    let all = forms(&person.get("/account").page(), REVOKE, "all").remove(0);

    let page = done(&mut person, &all);
    assert_eq!(forms(&page, REVOKE, "authorization").len(), 0, "{}", page.text());
    for (app, tokens) in apps.into_iter().zip(&tokens) {
        site.assert_dead(app, tokens);
    }
    assert!(!site.is_active(C1, &by_password.access));
    site.ask_refresh(C1, by_password.refresh()).refused(400, "invalid_grant");
    site.assert_alive(WEB, &bystander);
    // They still have their account and their session.
    assert!(!person.get("/account").is_login());
}

#[test]
fn sec_f07_a_code_that_waits_to_be_redeemed_ends_with_everything_else() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    site.redeem(RIVAL, &person.code(&Ask::code(RIVAL)));
    site.redeem(PHONE, &person.code(&Ask::code(PHONE)));
    // Its application has nothing else, and no consent that could be withdrawn.
    let code = person.code(&Ask::code(OWN));
    let all = forms(&person.get("/account").page(), REVOKE, "all").remove(0);
    done(&mut person, &all);
    site.ask_redeem(OWN, &code).refused(400, "invalid_grant");
}

#[test]
fn another_persons_authorization_is_not_there() {
    let server = Server::start();
    let site = server.standard();
    let mut dory = Person::signed_in(site, DORY);
    let mut marlin = Person::signed_in(site, MARLIN);
    let hers = site.redeem(WEB, &dory.code(&Ask::code(WEB)));
    let his = site.redeem(WEB, &marlin.code(&Ask::code(WEB)));
    let (own, foreign) = (listed(&mut marlin).remove(0), listed(&mut dory).remove(0).field("authorization").to_owned());
    let unknown = own.field("authorization").chars().rev().collect::<String>();
    let answers =
        [foreign.as_str(), unknown.as_str(), "x", "../dory", "0"].map(|handle| marlin.post(&own.clone().with("authorization", handle)));
    let told: Vec<_> = answers.iter().map(|answer| (answer.status, answer.page().id("error").map(|error| error.text.clone()))).collect();
    assert!(told.iter().all(|told| told.0 == 404 && *told == told_first(&answers[0])), "{told:?}");
    site.assert_alive(WEB, &hers);
    site.assert_alive(WEB, &his);
    // Ending an application of the same name ends one's own only.
    let page = marlin.get("/account").page();
    let by_client = forms(&page, REVOKE, "authorization").remove(0).without("authorization").with("client", "web");
    done(&mut marlin, &by_client);
    site.assert_alive(WEB, &hers);
    site.assert_dead(WEB, &his);
}

fn told_first(answer: &crate::client::Answer) -> (u16, Option<String>) {
    (answer.status, answer.page().id("error").map(|error| error.text.clone()))
}

#[test]
fn sec_p02_nothing_is_written_down_about_applications_that_somebody_makes_up() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let form = person.get("/account").page().form("/logout").to(REVOKE);
    for id in ["made-up", &"x".repeat(256)] {
        let answer = person.post(&form.clone().with("client", id));
        assert_eq!(answer.status, 404, "{answer:?}");
    }
    // The twin: one that is registered.
    done(&mut person, &form.with("client", WEB.id));
    let home = server.stop();
    assert_eq!(home.rows("consents"), 1);
}

#[test]
fn sec_p02_the_page_does_not_grow_with_what_a_program_was_allowed() {
    let server = Server::start();
    let site = server.standard();
    let tokens: Vec<_> = (0..25).map(|_| site.login(C1, DORY)).collect();
    let mut person = Person::signed_in(site, DORY);
    let page = person.get("/account").page();
    assert_eq!(forms(&page, REVOKE, "authorization").len(), 20);
    assert!(page.text().contains("not listed: 5"), "{}", page.text());
    // What is not listed ends with the rest.
    done(&mut person, &forms(&page, REVOKE, "client").remove(0));
    assert!(tokens.iter().all(|tokens| !site.is_active(C1, &tokens.access)));
}

#[test]
fn naming_nothing_ends_nothing() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let tokens = site.redeem(WEB, &person.code(&Ask::code(WEB)));
    let form = listed(&mut person).remove(0);
    person.post(&form.clone().without("authorization")).error_page();
    person.post(&form.clone().with("authorization", "")).error_page();
    let unknown = person.post(&form.without("authorization").with("client", "no client\u{7f}"));
    assert_eq!(unknown.status, 404, "{unknown:?}");
    site.assert_alive(WEB, &tokens);
}

#[test]
fn the_page_says_what_each_application_may_do_and_how_it_got_there() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::new(site, DORY);
    person.headers.push(("User-Agent".into(), "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into()));
    person.sign_in();
    site.redeem(WEB, &person.code(&Ask::code(WEB).with("scope", "read write")));
    // A code that nobody has redeemed is no access yet, and somebody else's is none of theirs.
    person.code(&Ask::code(RIVAL));
    site.redeem(PHONE, &Person::signed_in(site, MARLIN).code(&Ask::code(PHONE)));
    let text = person.get("/account").page().text();
    for said in ["Reef Web", "read", "write", "Firefox on Linux"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("rival") && !text.contains("phone") && !text.contains("kwc_"), "{text}");
}
