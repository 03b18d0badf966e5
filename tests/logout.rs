//! `/logout`: what ends with a session, and what does not.

use crate::asking::Ask;
use crate::fixture::{C1, DORY, OLD, PHONE, WEB};
use crate::person::Person;
use crate::server::Server;

#[test]
fn sec_f07_signing_out_ends_what_was_authorized_in_this_browser() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let mut elsewhere = Person::signed_in(site, DORY);
    let tokens = [WEB, PHONE].map(|app| site.redeem(app, &person.code(&Ask::code(app))));
    let refreshed = site.refresh_as(WEB, tokens[0].refresh()).tokens();
    let implicit = person.allow(&Ask::token(OLD)).sent_with("access_token").unwrap();
    let code = person.code(&Ask::code(WEB));
    let other = site.redeem(WEB, &elsewhere.code(&Ask::code(WEB)));
    let by_password = site.login(C1, DORY);
    assert!(site.opens(&implicit));
    for (app, tokens) in [WEB, PHONE].into_iter().zip(&tokens) {
        site.assert_alive(app, tokens);
    }

    let answer = person.sign_out();
    assert!(answer.status == 200 && answer.page().id("sign-in").is_some(), "{answer:?}");
    assert!(person.session().is_none() && person.get("/account").is_login());
    for (app, tokens) in [WEB, PHONE].into_iter().zip(&tokens) {
        site.assert_dead(app, tokens);
    }
    site.assert_dead(WEB, &refreshed);
    assert!(!site.opens(&implicit));
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    // Another browser, and a login without any, go on.
    site.assert_alive(WEB, &other);
    assert!(site.is_active(C1, &by_password.access));
    assert!(!elsewhere.get("/account").is_login());
}

#[test]
fn sec_f07_offline_access_is_what_goes_on() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let offline = site.redeem(WEB, &person.code(&Ask::code(WEB).with("scope", "read offline_access")));
    person.sign_out();
    site.assert_alive(WEB, &offline);
    site.refresh(WEB.credentials(), offline.refresh());
}

#[test]
fn a_link_to_the_page_signs_nobody_out() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    for target in ["/logout", "/logout?confirm=yes", "/logout?post_logout_redirect_uri=https://evil.example"] {
        let page = person.get(target);
        assert!(page.status == 200 && page.page().id("logout").is_some(), "{page:?}");
        assert!(!page.body.contains("evil"), "{page:?}");
    }
    assert!(!person.get("/account").is_login());
    // Who is not signed in is told so.
    let stranger = Person::new(server.standard(), DORY).get("/logout");
    assert!(stranger.page().id("sign-in").is_some(), "{stranger:?}");
}

#[test]
fn remembered_consent_outlives_signing_out() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    person.code(&Ask::code(WEB));
    person.sign_out();
    let answer = person.open(&Ask::code(WEB));
    assert!(answer.sent_with("code").is_some(), "{answer:?}");
}
