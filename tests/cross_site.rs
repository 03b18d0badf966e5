//! Forms that another site sends with a person's cookies (RFC 9700 §4.7).

use std::collections::BTreeMap;

use crate::asking::Ask;
use crate::client::Answer;
use crate::fixture::{DORY, MARLIN, WEB};
use crate::html::Form;
use crate::person::Person;
use crate::server::Server;

/// Every form there is for a person who is signed in; the last two end this session.
fn every_form(person: &mut Person<'_>) -> Vec<Form> {
    let code = person.code(&Ask::code(WEB));
    person.site.redeem(WEB, &code);
    // A second session, to be ended.
    Person { cookies: BTreeMap::new(), ..person.clone() }.sign_in();
    let account = person.get("/account").page();
    let of = |action: &str, name: &str| {
        account.forms.iter().find(|form| form.action == action && form.fields.iter().any(|(own, _)| own == name)).unwrap().clone()
    };
    let password = person.get("/account/password").page().form("/account/password");
    let password = password.with("current_password", &person.password.clone()).with("new_password", "another-password");
    vec![
        of("/account/applications/revoke", "authorization"),
        of("/account/sessions/end", "session"),
        of("/account/sessions/end", "others"),
        person.get(&Ask::code(WEB).with("prompt", "consent").target()).page().form("/consent").pressed("allow"),
        password.with("new_password_again", "another-password"),
        account.form("/logout"),
    ]
}

fn send_with(person: &mut Person<'_>, form: &Form, headers: &[(&str, &str)]) -> Answer {
    let mut sender = person.clone();
    sender.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    sender.post(form)
}

#[test]
fn sec_d04_no_form_is_taken_from_another_site() {
    let server = Server::start();
    server.keyward_reading("nemo-password", &["user", "add", "nemo"]).done();
    let site = server.standard();
    let own = format!("http://{}", site.address);
    let forged: &[&[(&str, &str)]] = &[
        &[("Origin", "https://evil.example")],
        &[("Origin", "http://127.0.0.1:1")],
        &[("Origin", "https://web.example.com")],
        &[("Origin", "http://127.0.0.1:9191.evil.example")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Origin", &own), ("Sec-Fetch-Site", "cross-site")],
        &[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")],
        &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
    ];
    let mut person = Person::signed_in(site, ("nemo", "nemo-password"));
    let mut stranger = Person::signed_in(site, MARLIN);
    let foreign = stranger.get("/account").page().form("/logout").field("csrf").to_owned();
    let forms = every_form(&mut person);
    for form in &forms {
        let refused = |answer: Answer, why: &str| {
            assert_eq!(answer.status, 403, "{} {why}: {answer:?}", form.action);
            assert!(answer.header("location").is_empty() && answer.cookies().is_empty(), "{answer:?}");
        };
        for headers in forged {
            refused(send_with(&mut person, form, headers), &format!("{headers:?}"));
        }
        refused(person.clone().post(&form.clone().without("csrf")), "without a ticket");
        for ticket in ["", "x", foreign.as_str()] {
            refused(person.clone().post(&form.clone().with("csrf", ticket)), "with another ticket");
        }
        // A ticket in the address is none in the form.
        let in_address = form.clone().without("csrf").to(&format!("{}?csrf={}", form.action, form.field("csrf")));
        refused(person.clone().post(&in_address), "in the address");
    }
    // None of it did anything: each still works, as this browser sends it.
    for form in forms.iter().filter(|form| form.action != "/logout") {
        let answer = send_with(&mut person, form, &[("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin")]);
        assert_eq!(answer.status, 303, "{} {answer:?}", form.action);
    }
}

#[test]
fn sec_d04_signing_in_and_out_is_not_done_for_another_site_either() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::new(site, DORY);
    let form = person.get("/login").page().form("/login").with("username", DORY.0).with("password", DORY.1);
    for headers in [&[("Origin", "https://evil.example")][..], &[("Sec-Fetch-Site", "cross-site")], &[("Sec-Fetch-Site", "same-site")]] {
        let answer = send_with(&mut person, &form, headers);
        assert_eq!((answer.status, answer.cookies().len()), (403, 0), "{answer:?}");
    }
    assert_eq!(person.post(&form).status, 303);
    let form = person.get("/logout").page().form("/logout");
    for headers in [&[("Origin", "https://evil.example")][..], &[("Sec-Fetch-Site", "cross-site")], &[("Sec-Fetch-Site", "same-site")]] {
        assert_eq!(send_with(&mut person, &form, headers).status, 403);
    }
    assert!(!person.get("/account").is_login());
    assert_eq!(person.post(&form).status, 200);
    assert!(person.get("/account").is_login());
}

#[test]
fn sec_d04_a_post_whose_cookies_are_held_back_takes_none_away() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let form = person.get("/logout").page().form("/logout");
    // So a browser posts for another site: cookies that are Lax stay behind, those that come back it takes.
    for action in ["/logout", "/login", "/consent", "/device", "/account/password"] {
        for headers in
            [[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")], [("Origin", "https://evil.example"), ("X", "x")]]
        {
            let mut sender = Person { cookies: BTreeMap::new(), ..person.clone() };
            let answer = send_with(&mut sender, &form.clone().to(action), &headers);
            assert!(answer.cookies().is_empty(), "{action}: {answer:?}");
        }
    }
    let mut nowhere = Person { cookies: BTreeMap::new(), ..person.clone() };
    let answer = send_with(&mut nowhere, &form, &[("Origin", "null")]);
    assert!(answer.cookies().iter().all(|cookie| !cookie.contains("-session=")), "{answer:?}");
    // The twin: with its cookie, it is signed out and loses it.
    assert!(person.post(&form).cookies().iter().any(|cookie| cookie.contains("-session=;")));
    assert!(person.session().is_none());
}

#[test]
fn sec_d04_no_get_does_what_a_form_does() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let code = person.code(&Ask::code(WEB));
    let tokens = person.site.redeem(WEB, &code);
    let account = person.get("/account").page();
    for form in &account.forms {
        let pairs: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = person.send(person.site.get(&form.action).query(&pairs));
        assert!([200, 405].contains(&answer.status), "{}: {answer:?}", form.action);
    }
    let consent = person.get(&Ask::code(WEB).with("prompt", "consent").target()).page().form("/consent").pressed("allow");
    let pairs: Vec<_> = consent.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(person.send(person.site.get("/consent").query(&pairs)).status, 405);
    person.site.assert_alive(WEB, &tokens);
    assert!(!person.get("/account").is_login());
}
