//! The way back to the application: status, place, and what comes with it.

use crate::asking::Ask;
use crate::fixture::{DORY, OLD, OWN, WEB};
use crate::person::Person;
use crate::server::Server;

#[test]
fn req_a05_a_code_and_the_state_come_back_and_the_redirect_uri_keeps_its_query() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let location = person.allow(&Ask::code(OLD)).header("location").to_owned();
    assert!(location.starts_with("https://old.example.com/cb?tenant=1&code="), "{location}");
    assert!(location.contains("&state=xyz"), "{location}");
    let location = person.allow(&Ask::code(WEB)).header("location").to_owned();
    assert!(location.starts_with("https://web.example.com/cb?code="), "{location}");
}

#[test]
fn sec_a12_a_posted_form_is_answered_with_303_and_nothing_is_posted_on() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    let login = person.get(&Ask::code(WEB).target());
    let signed_in = person.fill_in(&login.page());
    assert_eq!(signed_in.status, 303);
    assert!(signed_in.header("location").starts_with("/oauth/authorize?"), "inside this server: {signed_in:?}");
    let consent = person.get(signed_in.header("location")).page().form("/consent");
    assert_eq!(person.post(&consent.clone().pressed("deny")).status, 303);
    assert_eq!(person.post(&consent.pressed("allow")).status, 303);
    // What was allowed before is answered at once, to GET and POST; also there nothing is posted on.
    assert_eq!(person.get(&Ask::code(WEB).target()).status, 302);
    for request in [person.site.post(&Ask::code(WEB).target()), person.site.post("/oauth/authorize").raw_form(&Ask::code(WEB).encoded())] {
        let answer = person.send(request);
        assert!([302, 303].contains(&answer.status) && answer.sent_with("code").is_some(), "{answer:?}");
    }
    // Nor at the forms of the account.
    let form = person.get("/account").page().form("/logout").to("/account/applications/revoke").with("all", "yes");
    let revoked = person.post(&form);
    assert_eq!(revoked.status, 303, "{revoked:?}");
}

#[test]
fn req_a04_what_is_denied_is_told_to_the_application() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let consent = person.get(&Ask::code(WEB).target()).page().form("/consent");
    let answer = person.post(&consent.pressed("deny"));
    assert_eq!((answer.sent_error().as_str(), answer.sent_with("state").as_deref()), ("access_denied", Some("xyz")));
    assert_eq!(answer.sent().0, WEB.redirect_uri);
    // A no is not remembered as a yes.
    assert!(person.get(&Ask::code(WEB).target()).is_consent());
}

#[test]
fn req_a04_the_services_own_application_needs_no_consent_but_somebody_signed_in() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    let first = person.get(&Ask::code(OWN).target());
    assert!(first.is_login(), "{first:?}");
    let sent = person.sign_in_here(&first);
    assert!(sent.sent_with("code").is_some(), "{sent:?}");
    assert!(person.get(&Ask::code(OWN).with("prompt", "consent").target()).is_consent());
}

#[test]
fn req_a03_nobody_gets_a_code_without_having_signed_in() {
    let server = Server::start();
    for (profile, site) in server.sites().filter(|(profile, _)| *profile != "korap") {
        let ask =
            Ask::code(crate::fixture::App { id: "SkyVaultapp", secret: Some("secret"), redirect_uri: "https://client.example.com/cb" });
        for ask in [ask.clone(), ask.with("response_type", "token").without("code_challenge").without("code_challenge_method")] {
            let mut person = Person::new(site, DORY);
            for (name, value) in [("keyward-9191-session", "kws_AAAA"), ("session", "1"), ("user", "dory")] {
                person.cookies.insert(name.into(), value.into());
                let answer = person.get(&ask.target());
                assert!(answer.is_login() && answer.header("location").is_empty(), "{profile}: {answer:?}");
            }
            // A token or a password in a header signs nobody in.
            let tokens = site.login(crate::fixture::SKYVAULT, DORY);
            let answer = site.get(&ask.target()).bearer(&tokens.access).send();
            assert_eq!(answer.header("location"), "", "{profile}: {answer:?}");
            let answer = site.get(&ask.target()).basic(DORY).send();
            assert_eq!(answer.header("location"), "", "{profile}: {answer:?}");
        }
    }
}

#[test]
fn req_a04_consent_says_who_asks_for_what_where_it_leads_and_who_is_signed_in() {
    let server = crate::server::Home::demo().with("[[scope]]\nname = 'write'\ndescription = 'Change what is yours'").start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let page = person.get(&Ask::code(WEB).with("scope", "read write").target()).page();
    let text = page.text();
    for said in ["Reef Web", "web.example.com", "dory", "read", "Change what is yours", "web"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("offline_access"), "only what was asked: {text}");
}
