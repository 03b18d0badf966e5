//! What a client is told, and what it can do then.

use serde_json::json;

use super::{REDIRECT_URI, ask, least, open, register, with};
use crate::asking::Ask;
use crate::fixture::DORY;
use crate::person::Person;

#[test]
fn req_m11_a_client_registers_and_gets_tokens_with_a_code_and_pkce() {
    let server = open();
    let site = server.standard();
    for method in ["client_secret_basic", "none"] {
        let mut metadata = with("token_endpoint_auth_method", method);
        metadata["grant_types"] = json!(["authorization_code", "refresh_token"]);
        let app = register(site, &metadata).app();
        assert_eq!(app.secret.is_none(), method == "none");
        let code = Person::new(site, DORY).code(&Ask::code(app));
        let tokens = site.redeem(app, &code);
        site.assert_alive(app, &tokens);
        let again = site.refresh_as(app, tokens.refresh()).tokens();
        assert!(site.opens(&again.access));
    }
}

#[test]
fn req_m11_the_answer_names_everything_that_is_registered() {
    let server = open();
    let mut metadata = with("client_name", "Coral Notes");
    metadata["client_uri"] = "https://newcomer.example.com/about".into();
    metadata["scope"] = "read".into();
    metadata["redirect_uris"] = json!([REDIRECT_URI, "http://127.0.0.1/cb", REDIRECT_URI]);
    let newcomer = register(server.standard(), &metadata);
    let told = &newcomer.told;
    assert_eq!(told["redirect_uris"], json!([REDIRECT_URI, "http://127.0.0.1/cb"]), "more than one, none twice");
    assert_eq!(told["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(told["grant_types"], json!(["authorization_code"]));
    assert_eq!(told["response_types"], json!(["code"]));
    assert_eq!(told["client_name"], "Coral Notes");
    assert_eq!(told["client_uri"], "https://newcomer.example.com/about");
    assert_eq!(told["scope"], "read");
    assert_eq!(told["client_secret_expires_at"], 0);
    assert!(told["client_id_issued_at"].as_i64().is_some_and(|at| at > 1_600_000_000), "seconds: {told}");
    let issuer = server.home().setting("issuer").unwrap().as_str().unwrap();
    assert_eq!(newcomer.text("registration_client_uri"), format!("{issuer}{}", newcomer.path()));
    assert!(newcomer.text("client_secret").len() >= 43 && newcomer.token().len() >= 43);
    let log = server.log();
    assert!(!log.contains(newcomer.text("client_secret")) && !log.contains(newcomer.token()), "secrets are not logged");
}

#[test]
fn two_registrations_have_nothing_in_common() {
    let server = open();
    let (one, other) = (register(server.standard(), &least()), register(server.standard(), &least()));
    for name in ["client_id", "client_secret", "registration_access_token", "registration_client_uri"] {
        assert_ne!(one.told[name], other.told[name], "{name}");
    }
}

#[test]
fn a_public_client_has_no_secret_and_no_grant_that_needs_one() {
    let server = open();
    let told = register(server.standard(), &with("token_endpoint_auth_method", "none")).told;
    assert!(told.get("client_secret").is_none() && told.get("client_secret_expires_at").is_none(), "{told}");
    assert_eq!(told["token_endpoint_auth_method"], "none");
    let mut metadata = with("token_endpoint_auth_method", "none");
    metadata["grant_types"] = json!(["client_credentials"]);
    ask(server.standard(), &metadata).refused(400, "invalid_client_metadata");
    metadata["token_endpoint_auth_method"] = "client_secret_post".into();
    let app = register(server.standard(), &metadata).app();
    let own = server.standard().machine_token(app.credentials());
    assert_eq!(own.scope, "read");
}

#[test]
fn commands_show_who_registered_itself() {
    let server = open();
    let (newcomer, configured) = (register(server.standard(), &least()), "web");
    let shown = |id: &str| server.keyward(&["client", "show", id]).done();
    assert!(shown(newcomer.id()).contains("registered itself") && !shown(configured).contains("registered itself"));
    assert!(server.keyward(&["client", "list"]).done().contains("registered itself"));
    server.keyward(&["client", "remove", newcomer.id()]).done();
    super::assert_stranger(&newcomer.managed(server.standard(), "GET").send());
}
