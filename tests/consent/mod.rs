//! `POST /consent`: what the person says yes to is what the server remembers, not what the form says.

use crate::asking::Ask;
use crate::client::Answer;
use crate::fixture::{App, BILLING, DORY, MARLIN, OLD, ORDERS, PHONE, RIVAL, WEB};
use crate::html::Form;
use crate::person::Person;
use crate::server::{Home, Server};

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
    let database = rusqlite::Connection::open(home.database()).unwrap();
    let day = 86_400_000_i64;
    database.execute("UPDATE clients SET created_at = created_at - ?1", [100 * day]).unwrap();
    for (app, days) in [(WEB, 91), (RIVAL, 89)] {
        let change = "UPDATE consents SET expires_at = expires_at - ?2, granted_at = granted_at - ?2 WHERE client = ?1";
        assert_eq!(database.execute(change, (app.id, days * day)).unwrap(), 1);
    }
    drop(database);
    let server = home.start();
    let mut person = Person::signed_in(server.standard(), DORY);
    assert!(person.get(&Ask::code(RIVAL).target()).sent_with("code").is_some());
    assert!(person.get(&Ask::code(WEB).target()).is_consent());
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
fn sec_n14_a_client_that_was_changed_is_asked_about_again_or_has_no_more_than_was_allowed() {
    let mut server = Home::demo().with_client("rival", "scopes = ['read']").start();
    Person::signed_in(server.standard(), DORY).code(&Ask::code(RIVAL));
    server.edit(|home| home.with_client("rival", "scopes = ['read', 'write']\ndefault_scopes = ['read', 'write']"));
    let server = server.stop().start();
    let answer = Person::signed_in(server.standard(), DORY).get(&Ask::code(RIVAL).target());
    assert!(answer.is_consent(), "its default has grown: {answer:?}");
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
