//! `POST /consent`: what the person says yes to is what the server remembers, not what the form says.

mod remembered;

use rustix::process::Signal;

use crate::asking::Ask;
use crate::client::Answer;
use crate::fixture::{App, DORY, MARLIN, OLD, ORDERS, RIVAL, WEB};
use crate::html::Form;
use crate::operation::signals::eventually;
use crate::person::Person;
use crate::server::Server;

/// The form of a page that asks, as it is shown.
fn shown(person: &mut Person<'_>, ask: &Ask) -> Form {
    let answer = person.open(&ask.clone().with("prompt", "consent"));
    answer.page().form("/consent")
}

fn assert_nothing(answer: &Answer) {
    assert!([400, 403].contains(&answer.status), "{answer:?}");
    assert_eq!(answer.header("location"), "", "{answer:?}");
    assert!(!answer.body.contains("kwc_"), "{answer:?}");
}

#[test]
fn sec_a21_an_edited_ticket_is_worth_nothing() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let form = shown(&mut person, &Ask::code(WEB)).pressed("allow");
    let ticket = form.field("csrf").to_owned();
    assert!(ticket.len() > 64);
    let edit = |place: usize| {
        let mut edited = ticket.clone().into_bytes();
        edited[place] = if edited[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(edited).unwrap()
    };
    for place in 0..ticket.len() {
        assert_nothing(&person.post(&form.clone().with("csrf", &edit(place))));
    }
    for wrong in ["", "x", &ticket[1..], &ticket[..ticket.len() - 1], &format!("{ticket}A"), &format!("{ticket}{ticket}")] {
        assert_nothing(&person.post(&form.clone().with("csrf", wrong)));
    }
    assert_nothing(&person.post(&form.clone().without("csrf")));
    assert!(person.post(&form).sent_with("code").is_some());
}

#[test]
fn sec_a21_a_ticket_is_for_one_person_one_browser_and_one_session() {
    let server = Server::start();
    let site = server.standard();
    let mut dory = Person::signed_in(site, DORY);
    let form = shown(&mut dory, &Ask::code(WEB)).pressed("allow");
    // Somebody else, the same person elsewhere, and nobody.
    let mut others = [Person::signed_in(site, MARLIN), Person::signed_in(site, DORY), Person::new(site, DORY)];
    for other in &mut others {
        assert_nothing(&other.post(&form));
    }
    // The cookies of one browser mixed with those of another.
    for other in &others[..2] {
        for name in dory.cookies.keys() {
            let mut mixed = dory.clone();
            mixed.cookies.insert(name.clone(), other.cookies[name].clone());
            assert_nothing(&mixed.post(&form));
            mixed.cookies.remove(name);
            assert_nothing(&mixed.post(&form));
        }
    }
    // What the attacker's own page is good for is good for nobody else either.
    let own = shown(&mut others[0], &Ask::code(WEB)).pressed("allow");
    assert_nothing(&dory.post(&own));
    assert!(others[0].post(&own).sent_with("code").is_some());
    // The same person after having signed in anew.
    let mut anew = dory.clone();
    anew.sign_out();
    assert_nothing(&anew.post(&form));
    anew.sign_in();
    assert_nothing(&anew.post(&form));
}

#[test]
fn sec_a21_a_ticket_of_another_purpose_is_no_consent() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let form = shown(&mut person, &Ask::code(WEB)).pressed("allow");
    for path in ["/account/password", "/logout", "/account"] {
        let other = person.get(path).page().form("/logout").field("csrf").to_owned();
        assert_nothing(&person.post(&form.clone().with("csrf", &other)));
    }
    let login = person.get(&Ask::code(WEB).with("prompt", "login").target()).page().form("/login").field("csrf").to_owned();
    assert_nothing(&person.post(&form.clone().with("csrf", &login)));
    assert!(person.post(&form).sent_with("code").is_some());
}

#[test]
fn sec_a21_an_answered_page_is_answered() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    for redeemed in [false, true] {
        let form = shown(&mut person, &Ask::code(WEB)).pressed("allow");
        let code = person.post(&form).sent_with("code").unwrap();
        if redeemed {
            site.redeem(WEB, &code);
        }
        person.post(&form).error_page();
        if !redeemed {
            site.redeem(WEB, &code);
        }
    }
}

#[test]
fn sec_n15_the_form_chooses_neither_scope_nor_client_nor_user_nor_place() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let ask = Ask::code(WEB).with("scope", "read");
    let code = person.post(&shown(&mut person.clone(), &ask).pressed("allow")).sent_with("code").unwrap();
    assert_eq!(site.redeem(WEB, &code).scope, "read");
    let forged = [
        ("scope", "read write"),
        ("scopes", "write"),
        ("client_id", RIVAL.id),
        ("redirect_uri", RIVAL.redirect_uri),
        ("username", MARLIN.0),
        ("user", MARLIN.0),
        ("sub", MARLIN.0),
        ("state", "forged"),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("request", "forged"),
        ("code_challenge", "forged"),
        ("resource", ORDERS),
    ];
    for (name, value) in forged {
        let form = shown(&mut person, &ask).with(name, value).pressed("allow");
        let answer = person.post(&form);
        assert_eq!((answer.sent().0.as_str(), answer.sent_with("state").as_deref()), (WEB.redirect_uri, Some("xyz")), "{name}");
        let tokens = site.redeem(WEB, &answer.sent_with("code").unwrap());
        let told = site.introspect(WEB.credentials(), &tokens.access);
        let said = (told["scope"].as_str(), told["username"].as_str(), told["client_id"].as_str());
        assert_eq!(said, (Some("read"), Some("dory"), Some("web")), "{name}");
    }
    // In the query of the post they count as little.
    let form = shown(&mut person, &ask).pressed("allow").to(&format!("/consent?{}", ask.with("scope", "write").encoded()));
    let answer = person.post(&form);
    assert_eq!(site.redeem(WEB, &answer.sent_with("code").unwrap()).scope, "read");
}

#[test]
fn sec_n15_whatever_is_not_a_yes_is_a_no() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    assert!(person.allow(&Ask::code(WEB).with("prompt", "consent")).sent_with("code").is_some());
    for decision in [Some("deny"), Some("ALLOW"), Some("yes"), Some("allow "), Some(""), None] {
        let form = shown(&mut person, &Ask::code(WEB));
        let form = decision.map_or(form.clone(), |decision| form.with("decision", decision));
        assert_eq!(person.post(&form).sent_error(), "access_denied", "{decision:?}");
    }
    let twice = shown(&mut person, &Ask::code(WEB)).pressed("deny").pressed("allow");
    assert_nothing(&person.post(&twice));
}

#[test]
fn sec_n14_the_page_names_every_scope_and_only_those() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let words = |person: &mut Person<'_>, ask: Ask| -> Vec<String> {
        let page = person.get(&ask.with("prompt", "consent").target()).page();
        page.all("li").map(|item| item.text.trim().to_owned()).collect()
    };
    assert_eq!(words(&mut person, Ask::code(WEB).with("scope", "read write offline_access")).len(), 3);
    let default = words(&mut person, Ask::code(WEB));
    assert!(default.len() == 1 && default[0].contains("read"), "{default:?}");
    // What was allowed before is not left out of what is asked for now.
    person.code(&Ask::code(WEB).with("scope", "read"));
    let both = words(&mut person, Ask::code(WEB).with("scope", "read write"));
    assert_eq!(both.len(), 2, "{both:?}");
}

#[test]
fn sec_n15_a_client_that_is_gone_by_the_time_of_the_yes_gets_nothing() {
    let server = Server::start();
    let gone = App { id: "gone", secret: None, redirect_uri: "https://gone.example.com/cb" };
    let mut person = Person::signed_in(server.standard(), DORY);
    let ask = Ask::code(gone).with("scope", "read");
    let add = ["client", "add", "gone", "--type", "public", "--grant", "authorization_code", "--scope", "read", "--redirect-uri"];
    server.keyward(&[&add[..], &[gone.redirect_uri]].concat()).done();
    assert!(person.post(&shown(&mut person.clone(), &ask).pressed("allow")).sent_with("code").is_some());
    let form = shown(&mut person, &ask).pressed("allow");
    server.keyward(&["client", "remove", "gone"]).done();
    assert_nothing(&person.post(&form));
    // Who has the name next, with a place of its own, is not sent there either.
    server.keyward(&[&add[..], &["https://next.example.com/cb"]].concat()).done();
    assert_nothing(&person.post(&form));
}

#[test]
fn sec_n15_what_was_shown_is_what_is_allowed_whatever_the_operator_changed_meanwhile() {
    let mut server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let shown_before = shown(&mut person, &Ask::code(RIVAL)).pressed("allow");
    let cookies = person.cookies;
    server.edit(|home| home.with_client("rival", "default_scopes = ['read', 'write']"));
    server.signal(Signal::HUP);
    let mut person = Person { cookies, ..Person::new(server.standard(), DORY) };
    let default_has_grown = |person: &mut Person<'_>| person.get(&Ask::code(RIVAL).target()).page().text().contains("write");
    eventually("the reload", || default_has_grown(&mut person.clone()));
    let asked_again = person.post(&shown_before);
    assert!(asked_again.is_consent() && asked_again.page().text().contains("write"), "{asked_again:?}");
    let code = person.post(&asked_again.page().form("/consent").pressed("allow")).sent_with("code").unwrap();
    assert_eq!(server.standard().redeem(RIVAL, &code).scope, "read write");
}

#[test]
fn not_you_signs_out_and_goes_on_with_the_same_request() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let page = person.get(&Ask::code(OLD).target()).page();
    let sent_on = person.post(&page.form("/logout"));
    assert_eq!(sent_on.status, 303, "{sent_on:?}");
    let login = person.get(sent_on.header("location"));
    assert!(login.is_login());
    (person.name, person.password) = (MARLIN.0, MARLIN.1.to_owned());
    let consent = person.sign_in_here(&login);
    assert!(consent.page().text().contains(MARLIN.0), "{consent:?}");
    let app: App = OLD;
    let answer = person.post(&consent.page().form("/consent").pressed("allow"));
    assert_eq!(answer.sent_with("state").as_deref(), Some("xyz"));
    let tokens = site.redeem(app, &answer.sent_with("code").unwrap());
    assert_eq!(site.introspect(app.credentials(), &tokens.access)["username"], MARLIN.0);
}
