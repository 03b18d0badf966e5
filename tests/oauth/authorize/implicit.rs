//! `response_type=token`: the implicit grant of older applications.

use crate::asking::Ask;
use crate::fixture::{App, DORY, OLD, SKYVAULT, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

const SKY: App = App { id: SKYVAULT.0, secret: Some(SKYVAULT.1), redirect_uri: "https://client.example.com/cb" };

#[test]
fn req_i01_without_a_state_the_older_profile_answers_invalid_request_in_the_fragment() {
    let server = Server::start();
    let mut person = Person::signed_in(server.skyvault(), DORY);
    assert!(person.allow(&Ask::token(SKY)).sent_with("access_token").is_some());
    let answer = person.get(&Ask::token(SKY).without("state").target());
    assert_eq!(answer.sent_error(), "invalid_request");
    assert!(answer.header("location").starts_with("https://client.example.com/cb#error=invalid_request"), "{answer:?}");
    // The standard profile does without.
    assert!(Person::signed_in(server.standard(), DORY).allow(&Ask::token(OLD).without("state")).sent_with("access_token").is_some());
}

#[test]
fn req_i01_the_redirect_uri_may_be_left_out_where_one_is_registered() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let answer = person.allow(&Ask::token(OLD).without("redirect_uri"));
    assert!(answer.header("location").starts_with("https://old.example.com/cb?tenant=1#access_token="), "{answer:?}");
    person.get(&Ask::token(OLD).without("client_id").target()).error_page();
}

#[test]
fn req_i02_the_token_comes_in_the_fragment_without_a_refresh_token() {
    let server = Server::start();
    let mut person = Person::signed_in(server.skyvault(), DORY);
    let answer = person.allow(&Ask::token(SKY).with("scope", "read"));
    let location = answer.header("location");
    let fragment = location.strip_prefix("https://client.example.com/cb#").unwrap_or_else(|| panic!("nothing in the query: {location}"));
    let sent = |name: &str| answer.sent_with(name).unwrap_or_else(|| panic!("no {name} in {fragment}"));
    assert_eq!((sent("state").as_str(), sent("expires_in").as_str(), sent("scope").as_str()), ("xyz", "3600", "read"));
    assert!(sent("token_type").eq_ignore_ascii_case("bearer"));
    assert_eq!((answer.sent_with("refresh_token"), answer.sent_with("code")), (None, None));
    assert!(server.skyvault().opens(&sent("access_token")));
    let told = server.skyvault().introspect(SKYVAULT, &sent("access_token"));
    assert_eq!((&told["username"], &told["client_id"]), (&"dory".into(), &"SkyVaultapp".into()));
    // Mistakes come in the fragment as well.
    let answer = person.get(&Ask::token(SKY).with("scope", "nonsense").target());
    assert!(answer.header("location").starts_with("https://client.example.com/cb#error=invalid_scope"), "{answer:?}");
    let denied = person.get(&Ask::token(SKY).with("prompt", "consent").target()).page().form("/consent").pressed("deny");
    let answer = person.post(&denied);
    assert!(answer.header("location").starts_with("https://client.example.com/cb#error=access_denied"), "{answer:?}");
}

#[test]
fn req_c26_the_clients_header_is_optional() {
    let server = Server::start();
    let site = server.skyvault();
    let target = Ask::token(SKY).at("/authorize").with("prompt", "consent").target();
    let mut person = Person::signed_in(site, DORY);
    for request in [site.post(&target), site.post(&target).basic(SKYVAULT), site.get(&target)] {
        let consent = person.send(request).page().form("/consent").pressed("allow");
        assert!(person.post(&consent).sent_with("access_token").is_some());
    }
    assert_eq!(person.send(site.post(&target).basic((SKYVAULT.0, "wrong"))).status, 401);
}

#[test]
fn req_i03_only_for_clients_that_are_registered_for_it_and_never_on_korap() {
    let server = Server::start();
    assert!(Person::signed_in(server.standard(), DORY).allow(&Ask::token(OLD)).sent_with("access_token").is_some());
    let answer = Person::signed_in(server.standard(), DORY).get(&Ask::token(WEB).target());
    assert_eq!(answer.sent_error(), "unauthorized_client");
    assert!(answer.header("location").contains("#error="), "{answer:?}");
    let server = Home::demo().with_client("old", "profiles = ['standard', 'korap']").start();
    let answer = Person::signed_in(server.korap(), DORY).get(&Ask::token(OLD).target());
    assert_eq!(answer.sent_error(), "unsupported_response_type");
}

#[test]
fn req_i03_it_is_off_for_a_new_client() {
    let server = Server::start();
    let add = ["client", "add", "new", "--grant", "authorization_code", "--scope", "read", "--redirect-uri", "https://new.example.com/cb"];
    server.keyward(&add).done();
    let new = App { id: "new", secret: None, redirect_uri: "https://new.example.com/cb" };
    let mut person = Person::signed_in(server.standard(), DORY);
    person.code(&Ask::code(new).with("scope", "read"));
    assert_eq!(person.get(&Ask::token(new).with("scope", "read").target()).sent_error(), "unauthorized_client");
}

#[test]
fn req_i03_consent_is_asked_every_time() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    for _ in 0..2 {
        let page = person.open(&Ask::token(OLD));
        assert!(page.is_consent(), "{page:?}");
        assert!(person.post(&page.page().form("/consent").pressed("allow")).sent_with("access_token").is_some());
    }
    // And what was said to a code does not count for a token.
    person.code(&Ask::code(OLD));
    assert!(person.get(&Ask::token(OLD).target()).is_consent());
}

#[test]
fn req_i04_metadata_lists_it_only_where_a_client_has_it() {
    let server = Server::start();
    let told = |server: &Server| server.standard().get("/.well-known/oauth-authorization-server").send().json();
    let lists = |told: &serde_json::Value, name: &str, value: &str| told[name].as_array().unwrap().iter().any(|one| one == value);
    let with = told(&server);
    assert!(lists(&with, "grant_types_supported", "implicit") && lists(&with, "response_types_supported", "token"), "{with}");
    let mut home = Home::demo();
    for id in ["SkyVaultapp", "alfrescoapp", "old"] {
        home = home.with_client(id, "grants = ['authorization_code']");
    }
    let without = told(&home.start());
    assert!(!lists(&without, "grant_types_supported", "implicit") && !lists(&without, "response_types_supported", "token"), "{without}");
    assert!(lists(&without, "response_types_supported", "code"), "{without}");
}

#[test]
fn req_i04_a_client_that_has_it_is_warned_about_at_the_start() {
    let server = Server::start();
    let warned = |log: &str, id: &str| log.lines().any(|line| line.contains("WARN") && line.contains("implicit") && line.contains(id));
    assert!(warned(&server.log(), "SkyVaultapp"), "{}", server.log());
    assert!(!warned(&server.log(), "rival"));
}

#[test]
fn an_implicit_token_ends_with_its_revocation_and_has_no_code_to_redeem() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let token = person.allow(&Ask::token(OLD)).sent_with("access_token").unwrap();
    assert!(site.opens(&token));
    site.ask_redeem(OLD, &token).refused(400, "invalid_grant");
    assert!(site.opens(&token), "a wrong use is no revocation");
    assert_eq!(site.revoke(OLD.credentials(), &token).status, 200);
    assert!(!site.opens(&token));
}
