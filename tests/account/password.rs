//! `/account/password`: changing one's own password.

use super::done;
use crate::asking::Ask;
use crate::client::{Answer, Tokens};
use crate::fixture::{C1, DORY, WEB};
use crate::html::Form;
use crate::person::Person;
use crate::server::{Home, Server};

const PATH: &str = "/account/password";
const NEMO: (&str, &str) = ("nemo", "nemo-password");
const NEW: &str = "another-password";

fn with_nemo() -> Server {
    let server = Server::start();
    server.keyward_reading(NEMO.1, &["user", "add", NEMO.0]).done();
    server
}

fn filled(person: &mut Person<'_>, current: &str, new: &str, again: &str) -> Form {
    let form = person.get(PATH).page().form(PATH);
    form.with("current_password", current).with("new_password", new).with("new_password_again", again)
}

struct Before<'s> {
    person: Person<'s>,
    elsewhere: Person<'s>,
    /// Of an application that goes on when the person signs out, and of one that does not.
    tokens: [Tokens; 2],
    by_password: Tokens,
    code: String,
}

fn before(server: &Server) -> Before<'_> {
    let site = server.standard();
    let person = Person::signed_in(site, NEMO);
    let mut elsewhere = Person::signed_in(site, NEMO);
    let tokens = ["read offline_access", "read"].map(|scope| site.redeem(WEB, &elsewhere.code(&Ask::code(WEB).with("scope", scope))));
    let code = elsewhere.code(&Ask::code(WEB));
    Before { person, elsewhere, tokens, by_password: site.login(C1, NEMO), code }
}

#[test]
fn a_password_that_is_hashed_anew_when_it_is_checked_can_be_changed() {
    let server = with_nemo();
    let cookies = Person::signed_in(server.standard(), NEMO).cookies;
    let server = server.stop().with("passwords.iterations = 2").start();
    let mut person = Person { cookies, ..Person::new(server.standard(), NEMO) };
    let form = filled(&mut person, NEMO.1, NEW, NEW);
    done(&mut person, &form);
    Person::signed_in(server.standard(), (NEMO.0, NEW));
}

#[test]
fn sec_f07_a_changed_password_ends_other_sessions_and_all_authorizations() {
    let server = with_nemo();
    let site = server.standard();
    let Before { mut person, mut elsewhere, tokens, by_password, code } = before(&server);
    let old_cookies = person.cookies.clone();
    for tokens in &tokens {
        site.assert_alive(WEB, tokens);
    }
    let form = filled(&mut person, NEMO.1, NEW, NEW);
    done(&mut person, &form);

    assert!(elsewhere.get("/account").is_login());
    for tokens in &tokens {
        site.assert_dead(WEB, tokens);
    }
    assert!(!site.is_active(C1, &by_password.access));
    site.ask_refresh(C1, by_password.refresh()).refused(400, "invalid_grant");
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    // This browser goes on, in a session of its own; the cookies from before are worth nothing.
    assert!(!person.get("/account").is_login());
    assert_ne!(person.cookies, old_cookies);
    let mut thief = Person { cookies: old_cookies, ..person.clone() };
    assert!(thief.get("/account").is_login());
    assert!(person.get(&Ask::code(WEB).target()).is_consent(), "applications have to ask again");
    // Only the new password signs in.
    site.ask_password(C1, NEMO).refused(400, "invalid_grant");
    site.login(C1, (NEMO.0, NEW));
    Person::signed_in(site, (NEMO.0, NEW));
}

#[test]
fn sec_f07_applications_are_kept_where_the_person_says_so_and_sessions_are_not() {
    let server = with_nemo();
    let site = server.standard();
    let Before { mut person, mut elsewhere, tokens, by_password, .. } = before(&server);
    let form = filled(&mut person, NEMO.1, NEW, NEW).with("keep_applications", "yes");
    done(&mut person, &form);

    for tokens in &tokens {
        site.assert_alive(WEB, tokens);
        site.refresh(WEB.credentials(), tokens.refresh());
    }
    assert!(site.is_active(C1, &by_password.access));
    assert!(elsewhere.get("/account").is_login());
    assert!(!person.get("/account").is_login());
    assert!(person.get(&Ask::code(WEB).target()).sent_with("code").is_some(), "what was kept need not be asked for again");
    site.ask_password(C1, NEMO).refused(400, "invalid_grant");
}

#[test]
fn a_new_password_must_be_fit_and_the_current_one_right() {
    let server = with_nemo();
    let site = server.standard();
    let mut person = Person::signed_in(site, NEMO);
    let refused = |answer: Answer, said: &str| {
        assert_eq!(answer.status, 400, "{answer:?}");
        let error = answer.page().id("error").map(|error| error.text.clone()).unwrap_or_default();
        assert!(!error.trim().is_empty(), "{said}: {answer:?}");
    };
    let long = "x".repeat(1025);
    for (current, new, again) in [
        ("wrong", NEW, NEW),
        ("", NEW, NEW),
        (NEMO.1, NEW, "a-third-password"),
        (NEMO.1, "short", "short"),
        (NEMO.1, "", ""),
        (NEMO.1, NEMO.1, NEMO.1),
        (NEMO.1, &long, &long),
    ] {
        let form = filled(&mut person, current, new, again);
        refused(person.post(&form), new);
        site.login(C1, NEMO);
    }
    assert!(!person.get("/account").is_login());
}

#[test]
fn sec_n01_the_current_password_cannot_be_guessed_there_either() {
    let server = with_nemo();
    let mut person = Person::signed_in(server.standard(), NEMO);
    let statuses = (0..400).map(|_| {
        let form = filled(&mut person, "wrong", NEW, NEW);
        person.post(&form).status
    });
    assert!(statuses.into_iter().any(|status| status == 429));
}

#[test]
fn a_password_that_the_file_keeps_is_changed_in_the_file() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let page = person.get(PATH).page();
    assert!(page.id("error").is_some() && page.forms.iter().all(|form| form.action != PATH), "{}", page.text());
    let form = page.form("/logout").to(PATH).with("current_password", DORY.1).with("new_password", NEW).with("new_password_again", NEW);
    assert_eq!(person.post(&form).status, 400);
    server.standard().login(C1, DORY);
}

#[test]
fn a_changed_password_outlives_a_crash() {
    let server = Home::demo().start();
    server.keyward_reading(NEMO.1, &["user", "add", NEMO.0]).done();
    let mut person = Person::signed_in(server.standard(), NEMO);
    let form = filled(&mut person, NEMO.1, NEW, NEW);
    done(&mut person, &form);
    let cookies = person.cookies.clone();
    let server = server.kill().start();
    server.standard().ask_password(C1, NEMO).refused(400, "invalid_grant");
    server.standard().login(C1, (NEMO.0, NEW));
    let mut person = Person { cookies, ..Person::new(server.standard(), NEMO) };
    assert!(!person.get("/account").is_login());
}
