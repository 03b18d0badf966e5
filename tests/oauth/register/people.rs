//! What people see of clients that registered themselves.

use serde_json::json;

use super::{REDIRECT_URI, least, open, register, with};
use crate::asking::Ask;
use crate::fixture::{App, DORY, WEB};
use crate::person::Person;

/// Requests that are mistakes, or that cannot be answered without a word of the person.
fn mistakes(app: App) -> Vec<Ask> {
    let ask = || Ask::code(app);
    vec![
        ask().with("scope", "nonsense"),
        ask().with("prompt", "none"),
        ask().with("prompt", "nonsense"),
        ask().with("response_type", "token"),
        ask().with("response_type", "nonsense"),
        ask().without("response_type"),
        ask().without("code_challenge").without("code_challenge_method"),
        ask().with("code_challenge_method", "plain"),
        ask().with("response_mode", "fragment"),
        ask().with("response_mode", "form_post").with("scope", "nonsense"),
        ask().with("response_mode", "form_post").with("prompt", "none"),
        ask().with("resource", "https://elsewhere.example"),
        ask().with("request", "e30.e30."),
    ]
}

#[test]
fn sec_a08_nobody_is_sent_to_an_unchecked_application_by_a_mistake() {
    let server = open();
    let site = server.standard();
    let app = register(site, &least()).app();
    let consented = {
        let mut person = Person::signed_in(site, DORY);
        person.code(&Ask::code(app));
        person
    };
    for (mistake, trusted) in mistakes(app).iter().zip(mistakes(WEB)) {
        for mut person in [Person::new(site, DORY), Person::signed_in(site, DORY), consented.clone()] {
            let page = person.get(&mistake.target()).error_page();
            assert!(!page.text().contains("newcomer.example.com"), "{mistake:?}");
        }
        let told = Person::new(site, DORY).get(&trusted.target());
        assert!(told.status == 302 || told.page().forms[0].action == WEB.redirect_uri, "the twin is told: {told:?}");
    }
}

#[test]
fn an_unchecked_application_is_told_what_the_person_says() {
    let server = open();
    let site = server.standard();
    let app = register(site, &least()).app();
    let mut person = Person::signed_in(site, DORY);
    let shown = person.get(&Ask::code(app).target());
    let denied = person.post(&shown.page().form("/consent").pressed("deny"));
    assert_eq!(denied.sent_error(), "access_denied");
    assert!(denied.header("location").starts_with(REDIRECT_URI), "{denied:?}");
}

#[test]
fn people_are_asked_each_time_and_told_that_nobody_has_checked() {
    let server = open();
    let site = server.standard();
    let app = register(site, &with("client_name", "Coral Notes")).app();
    let mut person = Person::signed_in(site, DORY);
    for _ in 0..2 {
        let answer = person.get(&Ask::code(app).target());
        assert!(answer.is_consent(), "{answer:?}");
        let page = answer.page();
        assert!(page.id("unchecked").is_some_and(|told| told.text.contains("registered itself")), "{}", page.text());
        assert!(page.text().contains("Coral Notes") && page.text().contains("newcomer.example.com"), "{}", page.text());
        assert!(person.post(&page.form("/consent").pressed("allow")).sent_with("code").is_some());
    }
    let german = person.send(site.get(&Ask::code(app).with("ui_locales", "de").target()));
    assert!(german.page().id("unchecked").is_some_and(|told| told.text.contains("selbst angemeldet")), "{german:?}");
    let checked = person.get(&Ask::code(WEB).target());
    assert!(checked.is_consent() && checked.page().id("unchecked").is_none(), "{checked:?}");
}

#[test]
fn what_an_unchecked_application_was_allowed_can_be_taken_back() {
    let server = open();
    let site = server.standard();
    let app = register(site, &with("grant_types", json!(["authorization_code", "refresh_token"]))).app();
    let mut person = Person::signed_in(site, DORY);
    let tokens = site.redeem(app, &person.code(&Ask::code(app)));
    let page = person.get("/account").page();
    let form = page.forms.iter().find(|form| form.action == "/account/applications/revoke").expect("the application is listed").clone();
    person.post(&form);
    site.assert_dead(app, &tokens);
}

#[test]
fn sec_p16_a_name_is_shown_as_text() {
    let server = open();
    let site = server.standard();
    let app = register(site, &with("client_name", "<script>alert(1)</script> \u{202e}gnp.exe")).app();
    let answer = Person::signed_in(site, DORY).get(&Ask::code(app).target());
    assert!(answer.is_consent() && !answer.body.contains("<script>alert") && !answer.body.contains('\u{202e}'), "{answer:?}");
}
