//! `POST /api/oauth2/client/register`.

use serde_json::{Value, json};

use crate::api::reef;
use crate::client::Answer;
use crate::fixture::{DORY, MARLIN};
use crate::server::{Home, Server};

const REGISTER: &str = "/api/oauth2/client/register";

#[test]
fn req_m01_a_confidential_client_gets_an_id_and_a_secret_that_work() {
    let server = Server::start();
    let site = server.korap();
    for path in [REGISTER, "/api/v1.0/oauth2/client/register", "/api/v1.1/oauth2/client/register"] {
        let token = site.user_token(DORY, "register_client");
        let answer = site.post(path).bearer(&token).body("application/json;charset=utf-8", reef(json!({})).to_string()).send();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json().as_object().unwrap().len(), 2, "{answer:?}");
    }
    let client = site.register(DORY, &reef(json!({})));
    // The id of the seed fits this form as well.
    assert!(client.id.len() == 22 && client.id.bytes().all(|byte| b"34679bdfhmnprtFGHJLMNPRT".contains(&byte)), "{}", client.id);
    assert!(client.credentials().1.len() >= 22);
    let tokens = client.redeem(site, &site.api_code(MARLIN, &client.id, "search match_info")).tokens();
    assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("search match_info", 86400));
    let refreshed = site.refresh(client.credentials(), tokens.refresh());
    assert!(!site.speaks(&tokens.access) && site.speaks(&refreshed.access), "a refresh ends the access token before it");
    assert_eq!(site.machine_token(client.credentials()).scope, "client_info");
    assert!(!server.log().contains(client.credentials().1), "the secret is not in the log");
}

#[test]
fn req_a14_a_public_client_has_no_secret_and_gets_a_long_access_token() {
    let server = Server::start();
    let site = server.korap();
    let client = site.register(DORY, &reef(json!({ "type": "PUBLIC" })));
    assert_eq!(client.secret, None);
    let tokens = client.redeem(site, &site.api_code(DORY, &client.id, "search")).tokens();
    assert_eq!((tokens.refresh, tokens.expires_in), (None, 31_536_000));
}

#[test]
fn req_m02_each_mistake_is_told_in_its_words() {
    let server = Server::start();
    let ask = |changed: Value| server.korap().ask_register(DORY, &reef(changed));
    assert_eq!(ask(json!({})).status, 200);
    for (changed, text) in [
        (json!({ "name": null }), "client_name is null"),
        (json!({ "name": "" }), "client_name must contain at least 3 characters"),
        (json!({ "name": "R" }), "client_name must contain at least 3 characters"),
        (json!({ "type": null }), "client_type is null"),
        (json!({ "description": null }), "client_description is null"),
        (json!({ "redirect_uri": "invalid" }), "Invalid redirect URI"),
        (json!({ "redirect_uri": "https://reef.example.com/redirect#fragment" }), "Invalid redirect URI"),
        (json!({ "redirect_uri": "javascript:alert(1)" }), "Invalid redirect URI"),
        (json!({ "url": "invalid" }), "Invalid URL"),
        (json!({ "url": "javascript:alert(1)" }), "Invalid URL"),
        (json!({ "refresh_token_expiry": 31_536_001 }), "Maximum refresh token expiry is 31536000 seconds (1 year)"),
        (
            json!({ "type": "PUBLIC", "refresh_token_expiry": 31_535_000 }),
            "Custom refresh token expiry is only applicable for confidential clients",
        ),
        (json!({ "type": "PUBLIC", "source": { "name": "My plugin" } }), "Only confidential plugins are supported."),
    ] {
        assert_eq!(ask(changed.clone()).refused(400, "invalid_request"), text, "{changed}");
    }
    let nowhere = ask(json!({ "source": { "name": "My plugin" }, "url": null }));
    assert_eq!((nowhere.status, nowhere.api_errors()), (400, json!([[105, "URL is required for plugins.", "url"]])));
    for changed in [json!({ "type": "OTHER" }), json!({ "type": "public" }), json!({ "name": 7 })] {
        assert_eq!(ask(changed).api_error(), (400, 201));
    }
}

#[test]
fn sec_p01_what_is_no_json_object_registers_nothing() {
    let server = Server::start();
    let site = server.korap();
    let post = |content_type: &str, body: &str| site.post(REGISTER).basic(DORY).body(content_type, body).send();
    let whole = reef(json!({})).to_string();
    for body in ["", "{", "[]", "name=Reef", &whole.replace('}', ""), &format!("{whole}{whole}"), &"[".repeat(60_000)] {
        assert_eq!(post("application/json", body).api_error(), (400, 201), "{body:.40}");
    }
    for content_type in ["application/x-www-form-urlencoded", "text/plain", "application/jsonx"] {
        let answer = post(content_type, &whole);
        assert_eq!(answer.status, 415, "{answer:?}");
        assert!(answer.refused(415, "invalid_request").contains("application/json"));
    }
    let large = reef(json!({ "source": "x".repeat(70_000) })).to_string();
    post("application/json", &large).refused(413, "invalid_request");
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(site.method(method, REGISTER).basic(DORY).send().status, 405);
    }
}

#[test]
fn sec_m02_nobody_registers_more_than_a_client_of_users_has() {
    let server = Server::start();
    let site = server.korap();
    let privileged = json!({
        "super": true, "first_party": true, "permitted": true, "scopes": ["all"], "grants": ["password"], "client_id": "mine", "client_secret": "s",
        "registered_by": "admin", "access_token_validity": 1, "profiles": ["standard"], "source": { "name": "plugin" },
    });
    let client = site.register(DORY, &reef(privileged));
    assert_ne!((client.id.as_str(), client.credentials().1), ("mine", "s"));
    let info = site.post(&format!("/api/oauth2/client/{}", client.id)).form(&crate::api::BY_SUPER).send().json();
    assert_eq!((&info["super"], &info["permitted"]), (&json!(false), &json!(false)), "a plugin waits for an administrator");
    assert_eq!(
        site.ask_password(client.credentials(), DORY).refused(401, "unauthorized_client"),
        "Password grant is not allowed for third party clients"
    );
    let scoped = |scope: &str| {
        let asked = [("response_type", "code"), ("client_id", &client.id), ("scope", scope)];
        site.get("/api/oauth2/authorize").query(&asked).basic(DORY).send()
    };
    assert!(scoped("search").sent_with("code").is_some());
    for scope in ["all", "admin", "search admin", "read"] {
        assert_eq!(scoped(scope).sent_error(), "invalid_scope", "{scope}");
    }
    // Other profiles do not know it, and its tokens open nothing there.
    assert_eq!(server.standard().ask_password(client.credentials(), DORY).status, 401);
    let tokens = client.redeem(site, &site.api_code(DORY, &client.id, "search")).tokens();
    assert_eq!(server.standard().get("/secure").bearer(&tokens.access).send().status, 403);
}

#[test]
fn req_c27_a_redirect_uri_is_as_registered_and_a_desktop_application_needs_none() {
    let server = Server::start();
    let site = server.korap();
    let asks = |id: &str, uri: &str| -> Answer {
        let asked = [("response_type", "code"), ("client_id", id), ("scope", "search"), ("redirect_uri", uri)];
        site.get("/api/oauth2/authorize").query(&asked).basic(DORY).send()
    };
    for uri in ["http://localhost:1410", "http://example.client.com/redirect", "https://third.party.client/redirect", "com.example.app:/cb"]
    {
        let client = site.register(DORY, &reef(json!({ "type": "PUBLIC", "redirect_uri": uri })));
        assert!(asks(&client.id, uri).sent_with("code").is_some(), "{uri}");
        for other in ["http://localhost:1411", "http://localhost:1410/", "https://reef.example.com/redirect"] {
            assert_eq!(asks(&client.id, other).refused(400, "invalid_request"), "Invalid redirect URI", "{uri}: {other}");
        }
    }
    let desktop = site.register(DORY, &reef(json!({ "type": "PUBLIC", "redirect_uri": null, "url": null })));
    assert_eq!(asks(&desktop.id, "https://anywhere.example.com/").refused(400, "invalid_request"), "Invalid redirect URI");
}

#[test]
fn req_c28_the_expiry_is_that_of_the_refresh_token() {
    let server = Server::start();
    let site = server.korap();
    for (member, asked, shown) in
        [("refresh_token_expiry", 7_776_000, 7_776_000), ("refreshTokenExpiry", 3600, 3600), ("other", 1, 31_536_000)]
    {
        let client = site.register(DORY, &reef(json!({ member: asked })));
        let info = site.post(&format!("/api/oauth2/client/{}", client.id)).basic(DORY).form(&crate::api::BY_SUPER).send().json();
        assert_eq!(info["refresh_token_expiry"], shown);
        let tokens = client.redeem(site, &site.api_code(DORY, &client.id, "search")).tokens();
        // No access token outlives what it could be refreshed from.
        assert_eq!(i64::try_from(tokens.expires_in).unwrap(), shown.min(86400));
    }
}

#[test]
fn sec_p02_one_user_registers_so_many_clients_and_not_without_end() {
    let server = Home::demo().with("[korap]\nclients_per_user = 3").start();
    let site = server.korap();
    let first = site.register(DORY, &reef(json!({})));
    for _ in 1..3 {
        site.register(DORY, &reef(json!({})));
    }
    let refused = site.ask_register(DORY, &reef(json!({}))).refused(400, "invalid_request");
    assert!(refused.contains("3 clients") && refused.contains("deregister"), "{refused}");
    site.register(MARLIN, &reef(json!({})));
    site.deregister(DORY, &first.id);
    site.register(DORY, &reef(json!({})));
}
