//! `GET /.well-known/oauth-authorization-server` (RFC 8414): what it lists works, what it does not list is refused.

use serde_json::Value;

use crate::client::Site;
use crate::fixture::{C1, DORY, PUBLIC};
use crate::server::{Home, Server};

const PATH: &str = "/.well-known/oauth-authorization-server";

fn metadata(site: &Site) -> Value {
    let answer = site.get(PATH).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.header("content-type").starts_with("application/json"), "{answer:?}");
    answer.json()
}

fn list(value: &Value) -> Vec<&str> {
    value.as_array().map(|all| all.iter().map(|one| one.as_str().unwrap()).collect()).unwrap_or_default()
}

#[test]
fn req_r08_the_metadata_is_complete_and_the_same_on_every_listener() {
    let server = Server::start();
    let told = metadata(server.standard());
    let issuer = server.home().setting("issuer").unwrap().as_str().unwrap();
    assert_eq!(told["issuer"], issuer);
    for required in ["token_endpoint", "jwks_uri", "introspection_endpoint", "revocation_endpoint"] {
        let url = told[required].as_str().unwrap_or_else(|| panic!("{required} is missing: {told}"));
        assert!(url.starts_with(issuer), "{url}");
    }
    assert!(told["response_types_supported"].is_array(), "RFC 8414 §2 requires it: {told}");
    for (profile, site) in server.sites() {
        assert_eq!(metadata(site)["issuer"], issuer, "{profile}");
    }
}

#[test]
fn req_q12_every_endpoint_listed_answers() {
    let server = Server::start();
    let told = metadata(server.standard());
    let issuer = told["issuer"].as_str().unwrap();
    for (name, value) in told.as_object().unwrap() {
        if !(name.ends_with("_endpoint") || name.ends_with("_uri")) {
            continue;
        }
        let path = value.as_str().unwrap().strip_prefix(issuer).unwrap();
        let method = if name == "jwks_uri" { "GET" } else { "POST" };
        let answer = server.standard().method(method, path).send();
        assert!(![404, 405].contains(&answer.status), "{name} {path}: {answer:?}");
    }
}

#[test]
fn req_q12_grants_listed_work_and_others_are_unsupported() {
    let server = Server::start();
    let told = metadata(server.standard());
    let listed = list(&told["grant_types_supported"]);
    let every_grant = [
        "authorization_code",
        "implicit",
        "password",
        "client_credentials",
        "refresh_token",
        "external_token",
        "external_auth",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
    ];
    assert!(listed.iter().all(|grant| every_grant.contains(grant)), "{listed:?}");
    assert!(["password", "client_credentials", "refresh_token"].iter().all(|grant| listed.contains(grant)));
    let tokens = server.standard().login(C1, DORY);
    // The implicit grant is the authorization endpoint's, which says so among its response types.
    assert_eq!(listed.contains(&"implicit"), list(&told["response_types_supported"]).contains(&"token"), "{told}");
    for grant in every_grant.into_iter().filter(|grant| *grant != "implicit") {
        let form = [("grant_type", grant), ("username", DORY.0), ("password", DORY.1), ("refresh_token", tokens.refresh())];
        let answer = server.standard().post("/oauth/token").basic(C1).form(&form).send();
        if listed.contains(&grant) {
            assert_ne!(answer.json()["error"], "unsupported_grant_type", "{grant} is listed: {answer:?}");
        } else {
            answer.refused(400, "unsupported_grant_type");
        }
    }
}

#[test]
fn req_q12_a_legacy_grant_no_client_has_is_not_advertised_and_not_served() {
    let mut home = Home::demo();
    let ids: Vec<_> = home.setting("client").unwrap().as_array().unwrap().clone();
    for client in ids {
        home = home.with_client(
            client["id"].as_str().unwrap(),
            "grants = ['client_credentials']\ntype = 'confidential'\nsecret = 'same-for-all-Rk4w'",
        );
    }
    let server = home.start();
    let told = metadata(server.standard());
    assert_eq!(list(&told["grant_types_supported"]), ["client_credentials"], "{told}");
    let answer = server.standard().ask_password((C1.0, "same-for-all-Rk4w"), DORY);
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[test]
fn req_q12_client_authentication_methods_listed_work_and_others_are_refused() {
    let server = Server::start();
    let told = metadata(server.standard());
    for endpoint in ["token", "introspection", "revocation"] {
        let name = format!("{endpoint}_endpoint_auth_methods_supported");
        let listed = list(&told[&name]);
        assert!(listed.contains(&"client_secret_basic") && listed.contains(&"client_secret_post"), "{name}: {told}");
        let known = ["client_secret_basic", "client_secret_post", "none"];
        assert!(listed.iter().all(|method| known.contains(method)), "nothing else is served: {name} {listed:?}");
    }
    let post = |form: &[(&str, &str)]| server.standard().post("/oauth/token").form(form).send();
    let grant = ("grant_type", "client_credentials");
    server.standard().machine_token(C1);
    post(&[grant, ("client_id", C1.0), ("client_secret", C1.1)]).tokens();
    let login = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1), ("client_id", PUBLIC)];
    let none = post(&login);
    let lists_none = list(&told["token_endpoint_auth_methods_supported"]).contains(&"none");
    assert_eq!(none.status == 200, lists_none, "{none:?}");
    let assertion = [
        grant,
        ("client_id", C1.0),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "e30.e30.e30"),
    ];
    post(&assertion).refused(401, "invalid_client");
}

#[test]
fn req_q12_scopes_listed_are_granted_to_somebody_and_algorithms_listed_have_keys() {
    let server = Server::start();
    let told = metadata(server.standard());
    let clients = server.home().setting("client").unwrap().as_array().unwrap().clone();
    let audiences = server.home().setting("audience").unwrap().as_array().unwrap().clone();
    let registered: Vec<_> = clients
        .iter()
        .chain(&audiences)
        .filter_map(|table| table.get("scopes")?.as_array())
        .flatten()
        .map(|scope| scope.as_str().unwrap())
        .collect();
    for scope in list(&told["scopes_supported"]) {
        assert!(registered.contains(&scope), "nobody can be granted {scope}");
    }
}

#[test]
fn sec_d03_the_host_of_the_request_changes_nothing() {
    let server = Server::start();
    let plain = metadata(server.standard());
    let evil = server.standard().get(PATH).header("Host", "evil.example").send();
    assert_eq!(evil.json(), plain);
    let absolute =
        server.standard().raw(format!("GET http://evil.example{PATH} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"));
    assert!(!absolute.contains("http://evil.example"), "{absolute}");
}
