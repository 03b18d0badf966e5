//! What a person said yes to, remembered for the next time.

use crate::asking::Ask;
use crate::fixture::{App, BILLING, DORY, MARLIN, ORDERS, PHONE, RIVAL, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

#[test]
fn sec_n14_what_was_allowed_is_remembered_for_this_person_client_and_scope_only() {
    let server = Server::start();
    let site = server.standard();
    let mut dory = Person::signed_in(site, DORY);
    assert!(dory.get(&Ask::code(WEB).target()).is_consent());
    dory.code(&Ask::code(WEB).with("scope", "read"));
    assert!(dory.get(&Ask::code(WEB).with("scope", "read").target()).sent_with("code").is_some());
    // It is the server that remembers: in another browser as well.
    assert!(Person::signed_in(site, DORY).get(&Ask::code(WEB).target()).sent_with("code").is_some());
    let asked = |person: &mut Person<'_>, ask: Ask| {
        let answer = person.get(&ask.target());
        assert!(answer.is_consent(), "{ask:?}: {answer:?}");
    };
    asked(&mut dory, Ask::code(WEB).with("scope", "read write"));
    asked(&mut dory, Ask::code(WEB).with("scope", "read offline_access"));
    asked(&mut dory, Ask::code(WEB).with("resource", ORDERS).with("scope", "read"));
    asked(&mut dory, Ask::code(RIVAL));
    asked(&mut dory, Ask::code(WEB).with("prompt", "consent"));
    asked(&mut Person::signed_in(site, MARLIN), Ask::code(WEB));
    // More was allowed later: both are remembered.
    dory.code(&Ask::code(WEB).with("scope", "write"));
    assert!(dory.get(&Ask::code(WEB).with("scope", "read write").target()).sent_with("code").is_some());
}

#[test]
fn sec_n14_what_was_allowed_in_one_place_is_not_allowed_in_another() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let at = |place: &str, scope: &str| Ask::code(WEB).with("resource", place).with("scope", scope);
    person.code(&at(BILLING, "read"));
    person.code(&at(ORDERS, "write"));
    for ask in [at(BILLING, "write"), at(ORDERS, "read"), Ask::code(WEB).with("scope", "write")] {
        let answer = person.get(&ask.target());
        assert!(answer.is_consent(), "{ask:?}: {answer:?}");
    }
    // The twin: more in the same place is added to what was allowed there.
    person.code(&at(ORDERS, "read"));
    let answer = person.get(&at(ORDERS, "read write").target());
    assert!(answer.sent_with("code").is_some(), "{answer:?}");
    // And what was allowed in both places at once is allowed in each.
    person.code(&at(ORDERS, "read").and("resource", BILLING));
    assert!(person.get(&at(BILLING, "read").target()).sent_with("code").is_some());
}

#[test]
fn sec_n14_what_a_client_was_allowed_is_not_for_the_next_one_of_its_name() {
    let server = Server::start();
    let gone = App { id: "gone", secret: None, redirect_uri: "https://gone.example.com/cb" };
    let next = App { redirect_uri: "https://next.example.com/cb", ..gone };
    let add = [
        "client",
        "add",
        "gone",
        "--type",
        "public",
        "--grant",
        "authorization_code",
        "--scope",
        "read",
        "--scope",
        "write",
        "--redirect-uri",
    ];
    let mut person = Person::signed_in(server.standard(), DORY);
    let [gone, next] = [gone, next].map(|app| (app, Ask::code(app).with("scope", "read")));
    server.keyward(&[&add[..], &[gone.0.redirect_uri]].concat()).done();
    person.code(&gone.1);
    assert!(person.get(&gone.1.target()).sent_with("code").is_some());
    server.keyward(&["client", "remove", "gone"]).done();
    server.keyward(&[&add[..], &[next.0.redirect_uri]].concat()).done();
    let answer = person.get(&next.1.target());
    assert!(answer.is_consent(), "{answer:?}");
    assert_eq!(person.get(&next.1.clone().with("prompt", "none").target()).sent_error(), "consent_required");
    // What is said now is remembered, and nothing of before with it.
    person.code(&next.1.clone().with("scope", "write"));
    assert!(person.get(&next.1.clone().with("scope", "write").target()).sent_with("code").is_some());
    assert!(person.get(&next.1.target()).is_consent());
}

#[test]
fn sec_n14_who_proves_nothing_is_asked_about_every_time() {
    let phone = App { redirect_uri: "https://phone.example.com/cb", ..PHONE };
    let settings = format!("require_pkce = false\nprofiles = ['skyvault', 'standard']\nredirect_uris = ['{}']", phone.redirect_uri);
    let server = Home::demo().with_client("phone", &settings).start();
    let mut person = Person::signed_in(server.skyvault(), DORY);
    // A public client that uses PKCE is remembered, without it not, and what was said with it does not count without.
    let with = Ask::code(phone);
    let without = with.clone().without("code_challenge").without("code_challenge_method");
    for _ in 0..2 {
        let page = person.get(&without.target());
        assert!(page.is_consent(), "{page:?}");
        person.post(&page.page().form("/consent").pressed("allow"));
    }
    assert!(person.get(&with.target()).is_consent(), "and what was said without it does not count with it");
    person.code(&with);
    assert!(person.get(&with.target()).sent_with("code").is_some());
    assert!(person.get(&without.target()).is_consent());
}

#[test]
fn sec_n14_what_was_allowed_is_forgotten_after_ninety_days() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    for app in [WEB, RIVAL] {
        person.code(&Ask::code(app));
    }
    let home = server.stop();
    let day = 86_400_000_i64;
    home.change(&format!("UPDATE clients SET created_at = created_at - {}", 100 * day));
    for (app, days) in [(WEB, 91), (RIVAL, 89)] {
        let time = days * day;
        let change =
            format!("UPDATE consents SET expires_at = expires_at - {time}, granted_at = granted_at - {time} WHERE client = '{}'", app.id);
        assert_eq!(home.change(&change), 1);
    }
    let server = home.start();
    let mut person = Person::signed_in(server.standard(), DORY);
    assert!(person.get(&Ask::code(RIVAL).target()).sent_with("code").is_some());
    assert!(person.get(&Ask::code(WEB).target()).is_consent());
}

#[test]
fn sec_n14_a_client_that_was_changed_is_asked_about_again_or_has_no_more_than_was_allowed() {
    let mut server = Home::demo().with_client("rival", "scopes = ['read']").start();
    Person::signed_in(server.standard(), DORY).code(&Ask::code(RIVAL));
    server.edit(|home| home.with_client("rival", "scopes = ['read', 'write']\ndefault_scopes = ['read', 'write']"));
    let server = server.stop().start();
    let answer = Person::signed_in(server.standard(), DORY).get(&Ask::code(RIVAL).target());
    assert!(answer.is_consent(), "its default has grown: {answer:?}");
}

#[test]
fn sec_n14_who_took_something_back_or_says_no_is_asked_the_next_time() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let ask = Ask::code(WEB);
    person.code(&ask);
    assert!(person.get(&ask.target()).sent_with("code").is_some(), "who said yes is not asked twice");

    // Ending one authorization.
    server.standard().redeem(WEB, &person.code(&ask));
    let form = person.get("/account").page().form("/account/applications/revoke");
    assert_eq!(person.post(&form).status, 303);
    assert!(person.get(&ask.target()).is_consent());

    // Saying no.
    person.code(&ask);
    let asked = person.get(&ask.clone().with("prompt", "consent").target());
    assert_eq!(person.post(&asked.page().form("/consent").pressed("deny")).sent_error(), "access_denied");
    assert!(person.get(&ask.target()).is_consent());
}
