//! What somebody types is a value, and nothing else.

use super::{CORAL, refused_everywhere, slapd::Slapd, with_directory};
use crate::client::encode;
use crate::fixture::C1;
use crate::person::Person;

const BOTH_WAYS: [&str; 2] = ["", "search_filter = '(&(|(uid=${login})(mail=${login}))(userPassword=${password}))'"];

#[test]
fn req_u04_passwords_are_compared_as_they_are_and_an_asterisk_is_one() {
    let Some(slapd) = Slapd::start() else { return };
    for way in BOTH_WAYS {
        let server = with_directory(&slapd, way);
        let site = server.standard();
        for user in [
            ("kelp", "password"),
            ("anemone", "top*ecret"),
            ("puffer", "cGFzc3dvcmQ="),
            ("o(cto)pus*", "eight(arms)*"),
            ("octopus@reef.example", "eight(arms)*"),
        ] {
            site.login(C1, user);
        }
        for user in [
            ("kelp", "passw*"),
            ("kelp", "*"),
            ("anemone", "top*"),
            ("anemone", "topsecret"),
            ("puffer", "password"),
            ("kel*", "password"),
            ("*", "password"),
            ("o*", "eight(arms)*"),
        ] {
            refused_everywhere(&server, user);
        }
    }
}

#[test]
fn sec_p16_no_name_and_no_password_changes_what_is_searched() {
    let Some(slapd) = Slapd::start() else { return };
    for way in BOTH_WAYS {
        let server = with_directory(&slapd, way);
        for (name, password) in [
            ("*)(uid=*", "x"),
            ("coral)(|(uid=*", "pearl-diver"),
            ("coral))(|(uid=*)", "pearl-diver"),
            ("nobody)(uid=coral", "pearl-diver"),
            ("\\63oral", "pearl-diver"),
            ("coral\\00", "pearl-diver"),
            ("kelp)(userPassword=*))(|(uid=x", "wrong"),
            ("${login}", "pearl-diver"),
            ("${password}", "coral"),
            ("coral", "x)(userPassword=*"),
            ("coral", "\\2a"),
            ("coral", "${login}"),
            ("uid=coral,ou=people,dc=reef,dc=example", "pearl-diver"),
            ("\u{202e}coral", "wrong"),
        ] {
            refused_everywhere(&server, (name, password));
        }
        server.standard().login(C1, CORAL);
    }
}

#[test]
fn sec_p16_what_is_long_or_cannot_be_seen_never_reaches_the_directory() {
    let Some(mut slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    let site = server.standard();
    // What reaches it now is answered 503.
    slapd.stop();
    assert_eq!(site.ask_password(C1, CORAL).status, 503);
    let (long, longer) = ("x".repeat(257), "x".repeat(4097));
    for user in [(long.as_str(), "pearl-diver"), (longer.as_str(), "pearl-diver"), ("coral", longer.as_str()), ("co\tral", "pearl-diver")] {
        site.ask_password(C1, user).refused(400, "invalid_grant");
    }
    let form = encode(&[("grant_type", "password"), ("username", "co\0ral"), ("password", "pearl-diver")]);
    site.post("/oauth/token").basic(C1).raw_form(&form).send().refused(400, "invalid_request");
}

#[test]
fn req_u04_no_password_is_nobodys_though_the_directory_would_take_it() {
    // A bind with a name and no password succeeds here.
    let Some(slapd) = Slapd::start_with("allow bind_anon_dn bind_anon_cred") else { return };
    let server = with_directory(&slapd, "");
    let site = server.standard();
    for password in ["", " "] {
        let mut person = Person::new(site, (CORAL.0, password));
        let login = person.get("/login").page();
        let answer = person.fill_in(&login);
        assert!(answer.status == 400 && answer.is_login() && person.session().is_none(), "{password:?}: {answer:?}");
    }
    Person::signed_in(site, CORAL);
    site.ask_password(C1, (CORAL.0, "")).refused(400, "invalid_request");
}

#[test]
fn sec_p16_neither_a_password_nor_the_services_is_in_the_log() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    server.standard().login(C1, CORAL);
    refused_everywhere(&server, (CORAL.0, "a-wrong-Zx7q"));
    refused_everywhere(&server, ("nobody", "a-wrong-Zx7q"));
    let log = server.stop();
    let log = std::fs::read_to_string(log.path("stderr")).unwrap();
    for secret in [CORAL.1, "a-wrong-Zx7q", "service-Wd5nRk8t"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
