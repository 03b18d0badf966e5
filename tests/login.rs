//! `/login`: signing in with name and password.

use crate::asking::Ask;
use crate::client::Answer;
use crate::fixture::{ADMIN, C1, DORY, MARLIN, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

/// More wrong guesses than any sensible limit allows.
const MANY: usize = 400;

fn guess(person: &mut Person<'_>, name: &str, password: &str) -> Answer {
    let form = person.get("/login").page().form("/login");
    person.post(&form.with("username", name).with("password", password))
}

/// A server that believes the loopback proxy, so that a test can come from any address.
fn behind_a_proxy() -> Server {
    Home::demo().with_listener("standard", r#"trusted_proxies = ["127.0.0.1/32"]"#).start()
}

fn person_from<'s>(server: &'s Server, address: &str) -> Person<'s> {
    let mut person = Person::new(server.standard(), DORY);
    person.headers.push(("X-Forwarded-For".into(), address.into()));
    person
}

#[test]
fn sec_n01_guessing_at_the_page_is_throttled_by_name_and_address_and_the_real_user_gets_in_elsewhere() {
    let server = behind_a_proxy();
    let mut guesser = person_from(&server, "192.0.2.1");
    let answer = (0..MANY).map(|_| guess(&mut guesser, DORY.0, "wrong")).find(|answer| answer.status != 400).expect("it is throttled");
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{answer:?}");
    assert!(answer.page().id("error").is_some() && answer.is_login(), "the page says so and lets one try again: {answer:?}");
    assert_eq!(answer.cookies().len(), 0, "{answer:?}");
    // The wait counts at the token endpoint too, and the real user comes from elsewhere.
    let form = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1)];
    let throttled = server.standard().post("/oauth/token").basic(C1).header("X-Forwarded-For", "192.0.2.1").form(&form).send();
    assert_eq!(throttled.status, 429, "{throttled:?}");
    person_from(&server, "198.51.100.7").sign_in();
}

#[test]
fn sec_n01_many_names_from_one_address_are_throttled_as_well() {
    let server = behind_a_proxy();
    let mut guesser = person_from(&server, "192.0.2.1");
    person_from(&server, "192.0.2.1").sign_in();
    let throttled = (0..MANY).map(|n| guess(&mut guesser, &format!("user-{n}"), "wrong")).any(|answer| answer.status == 429);
    assert!(throttled, "{MANY} names were all heard");
    person_from(&server, "198.51.100.7").sign_in();
}

#[test]
fn sec_n02_other_spellings_of_a_name_share_its_wait() {
    let server = behind_a_proxy();
    let mut guesser = person_from(&server, "192.0.2.1");
    let spellings = ["dory", "DORY", "Dory", "dORY", " dory", "dory ", "\u{ff44}\u{ff4f}\u{ff52}\u{ff59}"];
    let mut heard = 0;
    for spelling in spellings.iter().cycle().take(MANY) {
        match guess(&mut guesser, spelling, "wrong").status {
            400 => heard += 1,
            status => {
                assert_eq!(status, 429);
                break;
            }
        }
    }
    let mut one_spelling = person_from(&server, "192.0.2.2");
    let alone = (0..MANY).take_while(|_| guess(&mut one_spelling, MARLIN.0, "wrong").status == 400).count();
    assert_eq!(heard, alone, "spelling a name otherwise gains no guesses");
}

#[test]
fn sec_n03_the_page_does_not_tell_whether_a_name_is_known() {
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    server.keyward(&["user", "disable", MARLIN.0]).done();
    let mut person = Person::new(server.standard(), DORY);
    person.clone().sign_in();
    let mut seen = |name: &str, password: &str| {
        let answer = guess(&mut person, name, password);
        let page = answer.page();
        assert!(answer.is_login() && answer.cookies().is_empty(), "{answer:?}");
        assert_eq!(page.form("/login").field("username"), name, "what was entered is still there");
        let ticket = page.form("/login").field("csrf").to_owned();
        let body = answer.body.replace(&ticket, "").replace(name, "NAME");
        (answer.status, body, answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>())
    };
    let known = seen(DORY.0, "wrong");
    assert_eq!(known.0, 400);
    assert_eq!(seen("nobody", "wrong"), known);
    assert_eq!(seen(MARLIN.0, MARLIN.1), known, "a disabled user with the right password");
    assert_eq!(seen("nobody", DORY.1), known);
}

/// Not measured, which would prove nothing: counted.
#[test]
fn sec_n03_a_name_that_nobody_has_costs_a_hash_like_any_other() {
    let server = Home::demo().with("[metrics]\naddress = '127.0.0.1:0'\n[throttle]\nenabled = false").start();
    server.keyward(&["user", "disable", MARLIN.0]).done();
    let hashes = || -> u64 {
        let metrics = server.metrics().get("/metrics").send().body;
        let line = metrics.lines().find_map(|line| line.strip_prefix("keyward_hashes_total "));
        line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
    };
    let longer_than_any = "x".repeat(1000);
    for (name, password) in [DORY, (DORY.0, "wrong"), ("nobody", "wrong"), (&longer_than_any, "wrong"), MARLIN] {
        let before = hashes();
        server.standard().ask_password(C1, (name, password));
        assert_eq!(hashes(), before + 1, "{name:.20}");
        guess(&mut Person::new(server.standard(), DORY), name, password);
        assert_eq!(hashes(), before + 2, "{name:.20}");
    }
}

#[test]
fn sec_a21_a_sign_in_goes_on_only_where_this_browser_was_going() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::new(site, DORY);
    let form = person.get(&Ask::code(WEB).target()).page().form("/login").with("username", DORY.0).with("password", DORY.1);
    // Whatever else the form or its address says of where to go on, or a ticket that is not this browser's.
    let mut attacker = Person::new(site, MARLIN);
    let foreign = attacker.get(&Ask::code(crate::fixture::RIVAL).target()).page().form("/login").field("csrf").to_owned();
    let own = form.field("csrf").to_owned();
    for place in (0..own.len()).step_by(3) {
        let mut edited = own.clone().into_bytes();
        edited[place] = if edited[place] == b'A' { b'B' } else { b'A' };
        let answer = person.clone().post(&form.clone().with("csrf", &String::from_utf8(edited).unwrap()));
        assert!(answer.status == 403 && answer.is_login() && answer.cookies().is_empty(), "{place}: {answer:?}");
    }
    let answer = person.clone().post(&form.clone().with("csrf", &foreign));
    assert!(answer.status == 403 && answer.cookies().is_empty(), "{answer:?}");
    for (name, value) in [
        ("afterwards", "https://evil.example"),
        ("return_to", "//evil.example"),
        ("next", "/logout"),
        ("redirect_uri", "https://evil.example"),
    ] {
        let forged = form.clone().with(name, value).to(&format!("/login?{name}={value}"));
        let answer = person.clone().post(&forged);
        assert!(answer.status == 303 && answer.header("location").starts_with("/oauth/authorize?"), "{answer:?}");
        assert!(!answer.header("location").contains("evil"), "{answer:?}");
    }
}

#[test]
fn sec_d04_nobody_is_signed_in_by_another_sites_form() {
    let server = Server::start();
    let site = server.standard();
    let mut attacker = Person::new(site, ADMIN);
    let ticket = attacker.get("/login").page().form("/login").field("csrf").to_owned();
    // The attacker's own ticket with the attacker's own password, sent by the victim's browser.
    let mut victim = Person::new(site, DORY);
    victim.get("/login");
    let form = victim.get("/login").page().form("/login").with("username", ADMIN.0).with("password", ADMIN.1);
    let answer = victim.post(&form.with("csrf", &ticket));
    assert_eq!((answer.status, answer.cookies().len()), (403, 0), "{answer:?}");
    assert!(victim.session().is_none());
    // Without the form's ticket the page says what to do, and that way it works.
    let again = answer.page().form("/login").with("username", DORY.0).with("password", DORY.1);
    assert_eq!(victim.post(&again).status, 303);
}

#[test]
fn signing_in_without_a_request_leads_to_the_account() {
    let server = Server::start();
    for path in ["/account", "/account/password", "/login"] {
        let mut person = Person::new(server.standard(), DORY);
        let login = person.get(path);
        assert!(login.is_login(), "{path}");
        let answer = person.fill_in(&login.page());
        assert_eq!(answer.header("location"), if path == "/login" { "/account" } else { path });
    }
    let mut person = Person::signed_in(server.standard(), DORY);
    assert_eq!(person.get("/login").header("location"), "/account");
    assert_eq!(person.get("/").header("location"), "/account");
}

#[test]
fn pages_to_sign_in_that_are_open_side_by_side_each_go_on_with_their_own_request() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    let (one, other) = (Ask::code(WEB).with("state", "one"), Ask::code(WEB).with("state", "other"));
    let (first, second) = (person.get(&one.target()), person.get(&other.target()));
    assert!(person.sign_in_here(&first).is_consent());
    let asked = person.sign_in_here(&second);
    let answer = person.post(&asked.page().form("/consent").pressed("allow"));
    assert_eq!(answer.sent_with("state").as_deref(), Some("other"));
}

#[test]
fn a_browser_that_sends_no_cookie_is_told_so() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    let form = person.get("/login").page().form("/login").with("username", DORY.0).with("password", DORY.1);
    person.cookies.clear();
    let answer = person.post(&form);
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.is_login() && answer.page().text().contains("cookie"), "{answer:?}");
}
