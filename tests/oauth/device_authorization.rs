//! `POST /oauth/device_authorization` (RFC 8628 §3.1).

use std::collections::BTreeSet;

use crate::client::{Answer, Site};
use crate::fixture::{C1, ORDERS, PUBLIC, SKYVAULT};
use crate::person::Person;
use crate::server::Server;
use crate::tv::{GRANT, HUB, TV, home};

const PATH: &str = "/oauth/device_authorization";

fn ask_hub(site: &Site, form: &[(&str, &str)]) -> Answer {
    site.post(PATH).basic(HUB).form(form).send()
}

#[test]
fn sec_d03_where_to_enter_a_code_is_not_what_the_request_says_its_host_is() {
    let server = home().start();
    let uri = |name: &str| {
        let request = server.standard().post(PATH).header(name, "evil.example").form(&[("client_id", TV)]);
        request.send().json()["verification_uri"].clone()
    };
    let plain = uri("X-Nothing");
    for name in ["Host", "X-Forwarded-Host", "X-Original-URL", "Forwarded"] {
        assert_eq!(uri(name), plain, "{name}");
    }
}

#[test]
fn a_device_is_given_two_codes_and_where_to_enter_one() {
    let server = home().start();
    let issuer = server.home().setting("issuer").unwrap().as_str().unwrap().to_owned();
    let answer = server.standard().ask_codes(&[]);
    let codes = answer.codes();
    let json = answer.json();
    assert_eq!(json["verification_uri"], format!("{issuer}/device"));
    assert_eq!(json["verification_uri_complete"], format!("{issuer}/device?user_code={}", codes.user));
    assert_eq!((json["expires_in"].as_u64(), json["interval"].as_u64()), (Some(600), Some(5)));
    assert_eq!(json.as_object().unwrap().len(), 6, "{json}");
    // Each letter stands as an X: two groups of four (RFC 8628 §6.1).
    let shape: String = codes.user.chars().map(|c| if "BCDFGHJKLMNPQRSTVWXZ".contains(c) { 'X' } else { c }).collect();
    assert_eq!(shape, "XXXX-XXXX");
    assert!(codes.device.starts_with("kwd_"));
}

#[test]
fn sec_k01_no_code_comes_twice_and_no_letter_has_a_place_of_its_own() {
    let server = home().with("[throttle]\nenabled = false").start();
    let codes: Vec<_> = (0..300).map(|_| server.standard().codes()).collect();
    assert_eq!(codes.iter().map(|codes| &codes.user).collect::<BTreeSet<_>>().len(), 300);
    assert_eq!(codes.iter().map(|codes| &codes.device).collect::<BTreeSet<_>>().len(), 300);
    for place in (0..9).filter(|place| *place != 4) {
        let letters: BTreeSet<_> = codes.iter().map(|codes| codes.user.as_bytes()[place]).collect();
        assert_eq!(letters.len(), 20, "in place {place}");
    }
}

#[test]
fn a_client_proves_who_it_is_as_at_the_token_endpoint() {
    let server = home().start();
    let site = server.standard();
    ask_hub(site, &[]).codes();
    let post = |form: &[(&str, &str)]| site.post(PATH).form(form).send();
    post(&[("client_id", HUB.0), ("client_secret", HUB.1)]).codes();
    post(&[("client_id", HUB.0)]).refused(401, "invalid_client");
    site.post(PATH).basic((HUB.0, "wrong")).form(&[]).send().refused(401, "invalid_client");
    post(&[("client_id", "nobody")]).refused(401, "invalid_client");
    post(&[("scope", "read")]).refused(400, "invalid_request");
    post(&[("client_id", TV), ("client_id", TV)]).refused(400, "invalid_request");
    assert_eq!(site.get(PATH).send().status, 405);
    // Nothing is read from the address.
    site.post(&format!("{PATH}?client_id={TV}")).form(&[]).send().refused(400, "invalid_request");
}

#[test]
fn sec_e21_only_a_client_with_the_grant_gets_codes() {
    let server = home().start();
    let site = server.standard();
    site.codes();
    site.post(PATH).basic(C1).form(&[]).send().refused(400, "unauthorized_client");
    site.post(PATH).form(&[("client_id", PUBLIC)]).send().refused(400, "unauthorized_client");
    // The demo's clients have it, on the listener they are for.
    server.skyvault().post(PATH).basic(SKYVAULT).form(&[("scope", "read")]).send().codes();
}

#[test]
fn scope_and_resource_are_looked_at_before_anybody_is_asked() {
    let server = home().start();
    let site = server.standard();
    ask_hub(site, &[("scope", "read write"), ("resource", ORDERS)]).codes();
    ask_hub(site, &[("scope", "read everything")]).refused(400, "invalid_scope");
    ask_hub(site, &[("scope", "all")]).refused(400, "invalid_scope");
    ask_hub(site, &[("resource", "https://elsewhere.example")]).refused(400, "invalid_target");
    ask_hub(site, &[("resource", "/relative")]).refused(400, "invalid_target");
}

#[test]
fn nobody_fills_the_store_with_devices_and_others_are_not_held_up() {
    let server = home().with_listener("standard", r#"trusted_proxies = ["127.0.0.1/32"]"#).start();
    let site = server.standard();
    let ask = |from: &str| site.post(PATH).header("X-Forwarded-For", from).form(&[("client_id", TV)]).send();
    let throttled = (0..1000).map(|_| ask("192.0.2.1")).find(|answer| answer.status != 200).expect("asking is throttled at some point");
    throttled.refused(429, "temporarily_unavailable");
    assert!(throttled.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{throttled:?}");
    ask("198.51.100.7").codes();
    for _ in 0..100 {
        // Who proves who it is may ask for many from one address.
        site.post(PATH).header("X-Forwarded-For", "192.0.2.1").basic(HUB).form(&[]).send().codes();
    }
}

#[test]
fn req_q12_the_metadata_names_the_endpoint_while_a_client_may_use_it() {
    let server = home().start();
    let told = server.standard().get("/.well-known/oauth-authorization-server").send().json();
    let issuer = told["issuer"].as_str().unwrap();
    assert_eq!(told["device_authorization_endpoint"], format!("{issuer}{PATH}"));
    assert!(told["grant_types_supported"].as_array().unwrap().iter().any(|grant| grant == GRANT), "{told}");
    let none =
        ["SkyVaultapp", "alfrescoapp", "hub", "tv"].into_iter().fold(home(), |home, id| home.with_client(id, "grants = ['password']"));
    let server = none.start();
    let told = server.standard().get("/.well-known/oauth-authorization-server").send().json();
    assert!(told.get("device_authorization_endpoint").is_none(), "{told}");
    assert!(!told["grant_types_supported"].as_array().unwrap().iter().any(|grant| grant == GRANT), "{told}");
}

#[test]
fn sec_q06_neither_code_reaches_the_log() {
    let server = home().start();
    let site = server.standard();
    let codes = site.codes();
    let mut person = Person::signed_in(site, crate::fixture::DORY);
    site.assert_waiting(&codes);
    person.say(&codes, "allow");
    site.poll(&codes).tokens();
    site.poll(&codes).refused(400, "invalid_grant");
    Server::log_of(&server, &site.poll(&codes).request_id());
    let log = server.log();
    let plain = codes.user.replace('-', "");
    assert!(!log.contains(&codes.device[30..]) && !log.contains(&codes.user) && !log.contains(&plain), "{log}");
}
