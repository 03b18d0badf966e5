//! What clients say of themselves: what is taken, what is left out, what is refused.

use serde_json::{Value, json};

use super::{PATH, ask, least, open, register, with};
use crate::asking::Ask;
use crate::fixture::DORY;
use crate::person::Person;

#[test]
fn sec_m02_what_only_the_operator_gives_cannot_be_asked_for() {
    let server = open();
    let site = server.standard();
    let plain = register(site, &least());
    let privileged = json!({
        "super": true, "super_client": true, "first_party": true, "skip_consent": true, "skip_authorization": true,
        "require_consent": false, "require_pkce": false, "permitted": true, "owner": "admin", "origin": "configured",
        "profile": "korap", "profiles": ["standard", "skyvault", "korap"], "audiences": ["https://api.example.com"],
        "resource_server_for": ["https://api.example.com"], "default_scopes": ["write"], "client_credentials_scopes": ["admin"],
        "scopes": ["admin"], "grants": ["password"], "roles": ["admin"], "response_modes": ["fragment"],
        "access_lifetime": 31_536_000, "access_token_lifetime": 31_536_000, "refresh_lifetime": 31_536_000,
        "code_lifetime": 31_536_000, "registration": {"super_client": true}, "id": "chosen", "client_id": "chosen",
        "client_secret": "chosen", "registration_access_token": "chosen", "client_id_issued_at": 1, "secret": "chosen",
        "protocol_mappers": [{"name": "aud"}], "software_statement": "e30.e30.", "epoch": 9, "type": "confidential",
    });
    for (name, value) in privileged.as_object().unwrap() {
        let newcomer = register(site, &with(name, value.clone()));
        let mut told = newcomer.told.clone();
        for own in
            ["client_id", "client_name", "client_secret", "registration_access_token", "registration_client_uri", "client_id_issued_at"]
        {
            assert_ne!(told[own], "chosen", "{name}");
            told[own] = plain.told[own].clone();
        }
        assert_eq!(told, plain.told, "{name} changes nothing");
        let shown = |id: &str| {
            let mut shown: Value = serde_json::from_str(&server.keyward(&["client", "show", id, "--json"]).done()).unwrap();
            for own in ["id", "name", "created_at"] {
                shown[own] = Value::Null;
            }
            shown
        };
        assert_eq!(shown(newcomer.id()), shown(plain.id()), "{name} changes nothing");
    }
    let shown: Value = serde_json::from_str(&server.keyward(&["client", "show", plain.id(), "--json"]).done()).unwrap();
    assert_eq!((&shown["super"], &shown["first_party"], &shown["require_pkce"]), (&json!(false), &json!(false), &json!(true)));
    assert_eq!((&shown["profiles"], &shown["kept_by"]), (&json!(["standard"]), &json!("itself")));
}

#[test]
fn sec_q03_a_client_cannot_register_for_more_than_the_terms() {
    let server = open();
    let site = server.standard();
    register(site, &with("scope", "write read"));
    for scope in ["admin", "read admin", "all", "rea", "READ"] {
        let said = ask(site, &with("scope", scope)).refused(400, "invalid_client_metadata");
        assert!(said.contains("read write"), "it says what there is: {said}");
    }
    for grant in ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code"] {
        let mut metadata = with("grant_types", json!([grant]));
        metadata["response_types"] = json!([]);
        let said = ask(site, &metadata).refused(400, "invalid_client_metadata");
        assert!(said.contains("authorization_code") && said.contains(grant), "{said}");
    }
    let app = register(site, &with("scope", "read")).app();
    let answer = Person::signed_in(site, DORY).get(&Ask::code(app).with("scope", "write").target());
    assert!(answer.error_page().text().contains("invalid_scope"));
}

#[test]
fn pkce_is_needed_of_confidential_clients_too() {
    let server = open();
    let app = register(server.standard(), &least()).app();
    let mut person = Person::signed_in(server.standard(), DORY);
    assert!(person.get(&Ask::code(app).target()).is_consent());
    person.get(&Ask::code(app).without("code_challenge").without("code_challenge_method").target()).error_page();
}

#[test]
fn sec_a06_an_address_that_is_not_safe_to_go_to_is_refused_wherever_it_stands() {
    let server = open();
    let site = server.standard();
    let one = ["client_uri", "logo_uri", "tos_uri", "policy_uri", "initiate_login_uri"];
    let many = ["redirect_uris", "post_logout_redirect_uris"];
    for name in one {
        register(site, &with(name, "https://newcomer.example.com/x"));
    }
    for scheme in ["javascript", "JaVaScRiPt", "data", "DATA", "vbscript", "file", "File", "blob"] {
        for address in [format!("{scheme}:alert(1)"), format!(" {scheme}:alert(1)"), format!("{scheme}://newcomer.example.com/x")] {
            for name in one {
                let said = ask(site, &with(name, address.as_str())).refused(400, "invalid_client_metadata");
                assert!(said.contains(name), "{said}");
            }
            for name in many {
                let error = if name == "redirect_uris" { "invalid_redirect_uri" } else { "invalid_client_metadata" };
                ask(site, &with(name, json!([address]))).refused(400, error);
            }
        }
    }
    let listed = server.keyward(&["client", "list", "--json"]).done();
    assert!(!listed.to_lowercase().contains("alert(1)"), "{listed}");
}

#[test]
fn sec_m04_no_address_of_a_registration_is_ever_fetched() {
    let server = open();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let here = format!("http://{}/x", listener.local_addr().unwrap());
    for name in ["client_uri", "logo_uri", "tos_uri", "policy_uri", "sector_identifier_uri", "backchannel_logout_uri"] {
        register(server.standard(), &with(name, here.as_str()));
    }
    register(server.standard(), &with("request_uris", json!([here])));
    ask(server.standard(), &with("jwks_uri", here.as_str())).refused(400, "invalid_client_metadata");
    ask(server.standard(), &with("jwks", json!({"keys": []}))).refused(400, "invalid_client_metadata");
    let connected = listener.accept().map(|_| ());
    assert!(connected.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}

#[test]
fn a_redirect_uri_is_needed_with_a_code_and_without_one_it_is_not() {
    let server = open();
    let said = ask(server.standard(), &json!({})).refused(400, "invalid_redirect_uri");
    assert!(said.contains("redirect_uris"), "{said}");
    register(server.standard(), &json!({"grant_types": ["client_credentials"], "response_types": []}));
}

#[test]
fn names_in_other_languages_and_members_nobody_knows_are_left_out() {
    let server = open();
    let mut metadata = with("client_name", "Coral Notes");
    for name in ["client_name#de", "contacts", "software_id", "software_version", "logo_uri#de", "x_unknown"] {
        metadata[name] = "https://newcomer.example.com/".into();
    }
    let told = register(server.standard(), &metadata).told;
    assert_eq!(told["client_name"], "Coral Notes");
    let members: Vec<_> = told.as_object().unwrap().keys().filter(|name| name.contains('#') || name.contains("software")).collect();
    assert!(members.is_empty() && told.get("contacts").is_none(), "{told}");
}

#[test]
fn a_body_that_is_no_registration_is_refused() {
    let server = open();
    let site = server.standard();
    let send = |content_type: &str, body: &str| site.post(PATH).body(content_type, body).send();
    let good = least().to_string();
    assert_eq!(send("application/json; charset=utf-8", &good).status, 201);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        send(content_type, &good).refused(400, "invalid_client_metadata");
    }
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(7000), "]".repeat(7000));
    for body in ["", "{", "[]", "null", "\"x\"", "{\"redirect_uris\":\"x\"", "\u{0}", &deep] {
        send("application/json", body).refused(400, "invalid_client_metadata");
    }
    let long = with("client_name", "x".repeat(20_000)).to_string();
    send("application/json", &long).refused(413, "invalid_request");
    let many: Vec<_> = (0..21).map(|n| format!("https://newcomer.example.com/{n}")).collect();
    ask(site, &with("redirect_uris", json!(many))).refused(400, "invalid_redirect_uri");
    ask(site, &with("client_name", "x".repeat(101))).refused(400, "invalid_client_metadata");
}
