//! `prompt` and `max_age`: when to sign in and to ask again, and when to show nothing at all.

use crate::asking::Ask;
use crate::fixture::{DORY, MARLIN, OWN, WEB};
use crate::person::Person;
use crate::server::Server;

#[test]
fn sec_a20_prompt_none_shows_nothing_and_tells_only_the_application() {
    let server = Server::start();
    let site = server.standard();
    let silent = Ask::code(WEB).with("prompt", "none");
    let mut person = Person::new(site, DORY);
    // Nobody signed in; signed in, not asked; allowed.
    let nobody = person.get(&silent.target());
    person.sign_in();
    let unasked = person.get(&silent.target());
    person.code(&Ask::code(WEB));
    let allowed = person.get(&silent.target());
    assert_eq!(nobody.sent_error(), "login_required");
    assert_eq!(unasked.sent_error(), "consent_required");
    assert!(allowed.sent_with("code").is_some(), "{allowed:?}");
    // All three look alike to who embeds them: a redirect to the registered URI, which they cannot read or frame.
    for answer in [nobody, unasked, allowed] {
        assert_eq!((answer.status, answer.sent().0.as_str()), (302, WEB.redirect_uri));
        assert_eq!((answer.header("x-frame-options"), answer.body.as_str()), ("DENY", ""));
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    // More than was allowed needs to be asked; the service's own application asks for nothing.
    assert_eq!(person.get(&silent.clone().with("scope", "read write").target()).sent_error(), "consent_required");
    assert!(person.get(&Ask::code(OWN).with("prompt", "none").target()).sent_with("code").is_some());
    // To an address that nobody registered nothing is told.
    person.get(&silent.clone().with("redirect_uri", "https://evil.example/cb").target()).error_page();
    Person::new(site, DORY).get(&silent.with("redirect_uri", "https://evil.example/cb").target()).error_page();
}

#[test]
fn sec_a20_prompt_none_goes_with_no_other() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    person.code(&Ask::code(WEB).with("prompt", "consent login"));
    for prompt in ["none login", "none consent", "login none", "none select_account", "nothing", "NONE"] {
        let answer = person.get(&Ask::code(WEB).with("prompt", prompt).target());
        assert_eq!(answer.sent_error(), "invalid_request", "{prompt}");
    }
}

#[test]
fn sec_n12_prompt_login_is_not_answered_from_an_old_session() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    person.code(&Ask::code(WEB));
    for prompt in ["login", "select_account", "login consent"] {
        let ask = Ask::code(WEB).with("prompt", prompt);
        let page = person.get(&ask.target());
        assert!(page.is_login(), "{prompt}: {page:?}");
        let before = person.session().map(|(_, value)| value.clone());
        let answer = person.sign_in_here(&page);
        assert_ne!(before, person.session().map(|(_, value)| value.clone()), "a session of its own");
        if prompt.contains("consent") {
            assert!(answer.is_consent(), "{answer:?}");
        } else {
            assert!(answer.sent_with("code").is_some(), "{answer:?}");
        }
    }
    // A wrong password does not go on from the old session.
    let page = person.get(&Ask::code(WEB).with("prompt", "login").target()).page();
    let wrong = person.post(&page.form("/login").with("username", DORY.0).with("password", "wrong"));
    assert!(wrong.status == 400 && wrong.is_login(), "{wrong:?}");
}

#[test]
fn sec_n12_max_age_is_kept_to() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    person.code(&Ask::code(WEB).with("max_age", "3600"));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    for max_age in ["0", "1"] {
        let ask = Ask::code(WEB).with("max_age", max_age);
        let page = person.get(&ask.target());
        assert!(page.is_login(), "{max_age}: {page:?}");
        assert_eq!(person.get(&ask.with("prompt", "none").target()).sent_error(), "login_required");
    }
    // Who has just signed in is not asked to over and over.
    let page = person.get(&Ask::code(WEB).with("max_age", "0").target());
    let answer = person.sign_in_here(&page);
    assert!(answer.sent_with("code").is_some(), "{answer:?}");
}

#[test]
fn sec_n12_who_signs_in_anew_as_somebody_else_is_somebody_else() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    person.code(&Ask::code(WEB));
    let page = person.get(&Ask::code(WEB).with("prompt", "login").target());
    (person.name, person.password) = (MARLIN.0, MARLIN.1.to_owned());
    // The other person has allowed nothing yet.
    let consent = person.sign_in_here(&page);
    assert!(consent.is_consent() && consent.page().text().contains(MARLIN.0), "{consent:?}");
    let sent = person.post(&consent.page().form("/consent").pressed("allow"));
    let tokens = site.redeem(WEB, &sent.sent_with("code").unwrap());
    assert_eq!(site.introspect(WEB.credentials(), &tokens.access)["username"], MARLIN.0);
}
