//! `/device`: entering the code that a device shows, and saying yes or no (RFC 8628 §3.3).

use std::time::Instant;

use crate::client::Answer;
use crate::fixture::{ADMIN, DORY, MARLIN};
use crate::person::Person;
use crate::server::Server;
use crate::tv::home;

/// Two hundred codes that nobody was given, if chance is kind; each well formed.
fn guesses() -> impl Iterator<Item = String> {
    const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    (0_usize..).map(|n| (0..8).map(|place| char::from(LETTERS[(n * 7 + place * (n + 3)) % 20])).collect())
}

fn assert_throttled(answer: &Answer) {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{answer:?}");
    assert!(!answer.asks_about_a_device(), "{answer:?}");
}

/// Guesses until the answer changes; returns how many guesses were heard.
fn guess_until_throttled(person: &mut Person<'_>) -> usize {
    for (heard, guess) in guesses().take(1000).enumerate() {
        let answer = person.enter(&guess);
        if answer.status == 429 {
            assert_throttled(&answer);
            return heard;
        }
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.page().id("error").is_some() && answer.page().id("user_code").is_some(), "{answer:?}");
    }
    panic!("1000 guesses were all heard");
}

fn behind_a_proxy() -> Server {
    home().with_listener("standard", r#"trusted_proxies = ["127.0.0.1/32"]"#).start()
}

fn at<'s>(server: &'s Server, from: &str, user: (&'s str, &str)) -> Person<'s> {
    let mut person = Person::new(server.standard(), user);
    person.headers.push(("X-Forwarded-For".into(), from.into()));
    person.sign_in();
    person
}

#[test]
fn sec_k01_a_person_who_guesses_is_heard_five_times_wherever_they_go_and_others_are_not_held_up() {
    let server = behind_a_proxy();
    let codes = server.standard().codes();
    let mut dory = at(&server, "192.0.2.1", DORY);
    assert!(dory.enter(&codes.user).asks_about_a_device());
    let begun = Instant::now();
    assert_eq!(guess_until_throttled(&mut dory), 5);
    // Neither with the right code, nor in another session, nor from another address, as long as the wait lasts.
    let elsewhere = at(&server, "198.51.100.7", DORY);
    assert_ne!(dory.session(), elsewhere.session());
    for mut person in [dory, at(&server, "192.0.2.1", DORY), elsewhere] {
        let right = person.enter(&codes.user);
        assert!(right.status == 429 || begun.elapsed().as_secs() > 500, "{right:?}");
    }
    assert!(at(&server, "192.0.2.1", MARLIN).enter(&codes.user).asks_about_a_device());
}

#[test]
fn sec_k01_an_address_that_guesses_under_many_names_is_held_back_as_well() {
    let server = behind_a_proxy();
    let names: Vec<_> = (0..8).map(|n| format!("guest-{n}")).collect();
    let mut heard = 0;
    for name in &names {
        server.keyward_reading("guest-password", &["user", "add", name]).done();
        let mut guest = at(&server, "192.0.2.1", (name, "guest-password"));
        heard += guess_until_throttled(&mut guest);
    }
    assert_eq!(heard, 20);
    let codes = server.standard().codes();
    assert_throttled(&at(&server, "192.0.2.1", DORY).enter(&codes.user));
    assert!(at(&server, "198.51.100.7", DORY).enter(&codes.user).asks_about_a_device());
}

/// Somebody else can make a person open links, and send forms of their own; not enter a code.
#[test]
fn sec_k01_what_somebody_is_made_to_open_counts_for_no_guess() {
    let server = home().start();
    let site = server.standard();
    let codes = site.codes();
    let mut dory = Person::signed_in(site, DORY);
    let form = dory.get("/device").page().form("/device");
    for guess in guesses().take(60) {
        let opened = dory.get(&format!("/device?user_code={guess}"));
        assert_eq!((opened.status, opened.page().form("/device").field("user_code")), (200, guess.as_str()), "it is not looked at");
        let forged = form.clone().with("user_code", &guess);
        assert_eq!(dory.post(&forged.clone().without("csrf")).status, 403);
        let mut elsewhere = dory.clone();
        elsewhere.headers.push(("Sec-Fetch-Site".into(), "cross-site".into()));
        assert_eq!(elsewhere.post(&forged).status, 403);
    }
    assert!(dory.enter(&codes.user).asks_about_a_device());
    // The twin: what they enter themselves counts.
    assert_eq!(guess_until_throttled(&mut dory), 5);
}

#[test]
fn sec_k01_nobody_enters_a_code_without_signing_in() {
    let server = home().start();
    let codes = server.standard().codes();
    let mut nobody = Person::new(server.standard(), DORY);
    // Right or wrong, the answer is the same: the page to sign in.
    let mut opened = |code: &str| nobody.get(&format!("/device?user_code={code}"));
    let (right, wrong) = (opened(&codes.user), opened("BBBB-BBBB"));
    assert!(right.is_login() && wrong.is_login());
    assert_eq!(right.page().text(), wrong.page().text());
    assert!(!right.body.contains("Reef TV"), "{right:?}");
}

#[test]
fn sec_k04_a_link_with_the_code_leads_to_a_question_and_grants_nothing() {
    let server = home().start();
    let site = server.standard();
    let answer = site.ask_codes(&[("scope", "read write")]);
    let (codes, json) = (answer.codes(), answer.json());
    let issuer = server.home().setting("issuer").unwrap().as_str().unwrap();
    let link = json["verification_uri_complete"].as_str().unwrap().strip_prefix(issuer).unwrap();
    let mut person = Person::new(site, DORY);
    let login = person.get(link);
    assert!(login.is_login());
    let filled_in = person.sign_in_here(&login);
    assert_eq!(filled_in.page().form("/device").field("user_code"), codes.user, "signing in leads to the code: {filled_in:?}");
    let asked = person.post(&filled_in.page().form("/device"));
    assert!(asked.asks_about_a_device(), "which leads to the question: {asked:?}");
    // However often it is opened, and whatever else the link says.
    for more in ["", "&decision=allow", "&csrf=x&decision=allow"] {
        assert!(!person.get(&format!("{link}{more}")).asks_about_a_device());
        site.assert_waiting(&codes);
    }
    let text = asked.page().text();
    for shown in [codes.user.as_str(), "Reef TV", "read", "write", "dory", "tv"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    let answer = person.post(&asked.page().form("/device").pressed("allow"));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(site.poll(&codes).tokens().scope, "read write");
}

#[test]
fn sec_k04_people_are_always_asked_even_for_what_they_allowed_before_and_for_first_party_clients() {
    let server = home().with_client("tv", "first_party = true").start();
    let mut person = Person::signed_in(server.standard(), DORY);
    server.standard().let_in(&mut person);
    let codes = server.standard().codes();
    assert!(person.enter(&codes.user).asks_about_a_device());
    server.standard().assert_waiting(&codes);
}

#[test]
fn sec_d04_the_word_is_taken_from_the_page_of_this_person_in_this_browser_alone() {
    let server = home().start();
    let site = server.standard();
    let (codes, other) = (site.codes(), site.codes());
    let mut person = Person::signed_in(site, DORY);
    let form = person.enter(&codes.user).page().form("/device").pressed("allow");
    let refused = |answer: Answer| {
        assert_eq!(answer.status, 403, "{answer:?}");
        site.assert_waiting(&codes);
    };
    refused(person.post(&form.clone().without("csrf")));
    refused(person.post(&form.clone().with("csrf", "x")));
    let of_account = person.get("/account").page().form("/logout").field("csrf").to_owned();
    refused(person.post(&form.clone().with("csrf", &of_account)));
    refused(Person::signed_in(site, MARLIN).post(&form));
    for headers in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        let mut forged = person.clone();
        forged.headers.push((headers.0.into(), headers.1.into()));
        refused(forged.post(&form));
    }
    // Which device it is about is sealed in the page: the form names no other.
    let tampered = form.with("user_code", &other.user).with("id", &other.device);
    assert_eq!(person.post(&tampered).status, 200);
    site.assert_waiting(&other);
    site.poll(&codes).tokens();
}

#[test]
fn a_code_is_taken_however_it_is_typed_and_asked_for_again_if_it_is_none() {
    let server = home().start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let codes = server.standard().codes();
    let plain = codes.user.replace('-', "");
    for typed in [codes.user.clone(), plain.clone(), plain.to_lowercase(), format!(" {} ", codes.user.replace('-', " - "))] {
        assert!(person.enter(&typed).asks_about_a_device(), "{typed:?}");
    }
    let empty = person.get("/device");
    assert_eq!(empty.status, 200);
    assert!(empty.page().id("user_code").is_some() && empty.page().id("error").is_none(), "{empty:?}");
    // What cannot be a code is no guess: nobody is held back for it.
    for _ in 0..30 {
        for typed in ["AEIO-UAEI", "x", "<b>\"'", "1234-5678"] {
            let answer = person.enter(typed);
            assert_eq!(answer.status, 400, "{answer:?}");
            let shown = answer.page().id("user_code").unwrap().get("value").to_owned();
            assert_eq!(shown, typed);
        }
    }
    assert!(person.enter(&codes.user).asks_about_a_device());
}

#[test]
fn sec_k04_only_the_word_allow_lets_a_device_in() {
    let server = home().start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    for word in [None, Some("deny"), Some("ALLOW"), Some("yes")] {
        let codes = site.codes();
        let form = person.enter(&codes.user).page().form("/device");
        let form = word.map_or_else(|| form.clone(), |word| form.clone().with("decision", word));
        assert_eq!(person.post(&form).status, 200);
        site.poll(&codes).refused(400, "access_denied");
    }
    site.let_in(&mut person);
}

#[test]
fn somebody_else_may_sign_in_instead_and_is_asked_about_the_same_device() {
    let server = home().start();
    let codes = server.standard().codes();
    let mut person = Person::signed_in(server.standard(), DORY);
    let asked = person.enter(&codes.user);
    let signed_out = person.post(&asked.page().form("/logout"));
    assert_eq!(signed_out.status, 303, "{signed_out:?}");
    let login = person.get(signed_out.header("location"));
    assert!(login.is_login());
    let mut other = Person { name: MARLIN.0, password: MARLIN.1.into(), ..person };
    let filled_in = other.sign_in_here(&login);
    let asked = other.post(&filled_in.page().form("/device"));
    assert!(asked.asks_about_a_device() && asked.page().text().contains(MARLIN.0), "{asked:?}");
}

#[test]
fn a_code_that_somebody_has_decided_on_is_no_code_any_more() {
    let server = home().start();
    let site = server.standard();
    let (mut dory, mut admin) = (Person::signed_in(site, DORY), Person::signed_in(site, ADMIN));
    for word in ["allow", "deny"] {
        let codes = site.codes();
        let open = admin.enter(&codes.user).page().form("/device").pressed("allow");
        dory.say(&codes, word);
        assert_eq!(dory.enter(&codes.user).status, 400);
        assert_eq!(admin.post(&open).status, 400, "the first word counts");
    }
}

#[test]
fn sec_a14_its_pages_are_kept_private_and_cannot_be_framed() {
    let server = home().start();
    let codes = server.standard().codes();
    let mut person = Person::signed_in(server.standard(), DORY);
    let asked = person.enter(&codes.user);
    let done = person.post(&asked.page().form("/device").pressed("deny"));
    for answer in [person.get("/device"), person.enter("BBBB-BBBB"), asked, done] {
        assert_eq!(answer.header("x-frame-options"), "DENY", "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{answer:?}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{answer:?}");
    }
}
