//! `POST /api/oauth2/client/{client_id}`.

use serde_json::{Value, json};

use crate::api::{BY_SUPER, reef};
use crate::client::{Request, Site};
use crate::fixture::{ADMIN, DORY, KORAP_PUBLIC, MARLIN, SUPER, THIRD_PARTY};
use crate::server::Server;

fn ask<'s>(site: &'s Site, id: &str) -> Request<'s> {
    site.post(&format!("/api/oauth2/client/{id}"))
}

fn told(request: Request<'_>) -> Value {
    let answer = request.form(&BY_SUPER).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.assert_json_never_stored();
    answer.json()
}

#[test]
fn req_m04_everybody_sees_what_a_client_says_of_itself_and_who_keeps_it_the_rest() {
    let server = Server::start();
    let site = server.korap();
    let client = site.register(DORY, &reef(json!({})));
    let to_all = json!({
        "super": false, "client_id": client.id, "client_name": "Reef", "client_type": "CONFIDENTIAL", "client_description": "A reef.",
        "client_url": "http://reef.example.com", "permitted": true,
    });
    for request in [
        ask(site, &client.id),
        ask(site, &client.id).basic(MARLIN),
        ask(site, &client.id).bearer(&site.user_token(MARLIN, "all")),
        ask(site, &client.id).bearer(&site.user_token(MARLIN, "client_info")),
        ask(site, &client.id).bearer(&site.machine_token(THIRD_PARTY).access),
    ] {
        assert_eq!(told(request), to_all);
    }
    for request in [
        ask(site, &client.id).basic(DORY),
        ask(site, &client.id).bearer(&site.user_token(DORY, "client_info")),
        ask(site, &client.id).basic(ADMIN),
    ] {
        let mut own = told(request);
        let date = own.as_object_mut().unwrap().remove("registration_date").unwrap();
        let date: jiff::Timestamp = date.as_str().unwrap().parse().expect("RFC 3339");
        assert!((jiff::Timestamp::now() - date).get_seconds().abs() < 600);
        let mut expected = to_all.clone();
        expected["client_redirect_uri"] = json!("https://reef.example.com/redirect");
        expected["refresh_token_expiry"] = json!(31_536_000);
        assert_eq!(own, expected);
    }
}

#[test]
fn req_m04_what_is_empty_is_left_out_and_a_plugin_shows_its_source_but_never_the_rest() {
    let server = Server::start();
    let site = server.korap();
    let public = site.register(DORY, &reef(json!({ "type": "PUBLIC", "url": null, "redirect_uri": null })));
    let own = told(ask(site, &public.id).basic(DORY));
    let members: Vec<_> = own.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["client_description", "client_id", "client_name", "client_type", "permitted", "registration_date", "super"]);
    let plugin = site.register(DORY, &reef(json!({ "source": { "name": "My plugin", "deep": [1, null] } })));
    for request in [ask(site, &plugin.id).basic(DORY), ask(site, &plugin.id)] {
        let shown = told(request);
        assert_eq!((&shown["source"], &shown["permitted"]), (&json!({ "name": "My plugin", "deep": [1, null] }), &json!(false)));
        assert!(shown.get("client_redirect_uri").is_none() && shown.get("registration_date").is_none(), "{shown}");
    }
    // The operator's own clients are nobody's.
    let configured = told(ask(site, SUPER.0).basic(DORY));
    assert_eq!((&configured["super"], configured.get("client_redirect_uri")), (&json!(true), None));
    assert_eq!(told(ask(site, KORAP_PUBLIC))["client_type"], "PUBLIC");
}

#[test]
fn req_m04_only_a_super_client_may_ask() {
    let server = Server::start();
    let site = server.korap();
    let by = |form: &[(&str, &str)]| ask(site, KORAP_PUBLIC).form(form).send();
    let [id, secret] = BY_SUPER;
    assert_eq!(by(&[id, secret]).status, 200);
    assert_eq!(by(&[secret]).refused(400, "invalid_request"), "Missing parameter: super_client_id");
    assert_eq!(by(&[id]).refused(400, "invalid_request"), "Missing parameter: super_client_secret");
    assert_eq!(by(&[id, ("super_client_secret", "")]).refused(400, "invalid_request"), "Missing parameter: super_client_secret");
    by(&[id, ("super_client_secret", "wrong")]).refused(401, "invalid_client");
    by(&[("super_client_id", "nobody"), secret]).refused(401, "invalid_client");
    let other = by(&[("super_client_id", THIRD_PARTY.0), ("super_client_secret", THIRD_PARTY.1)]);
    assert_eq!(other.refused(401, "unauthorized_client"), "Only super client is allowed to use this service");
    // A client of users never becomes one by naming itself so.
    let own = site.register(DORY, &reef(json!({ "super": true })));
    by(&[("super_client_id", &own.id), ("super_client_secret", own.credentials().1)]).refused(401, "unauthorized_client");
    site.post("/api/oauth2/client/x?super_client_secret=x").form(&[id]).send().refused(400, "invalid_request");
}

#[test]
fn req_m04_an_unknown_client_is_named_and_one_that_cannot_be_is_none() {
    let server = Server::start();
    let site = server.korap();
    let ask = |id: &str| ask(site, id).form(&BY_SUPER).send();
    assert_eq!(ask("nobody").refused(401, "invalid_client"), "Unknown client: nobody");
    for id in ["u-1", "%00", "%FF", "%20", &"x".repeat(300)] {
        assert!(ask(id).refused(401, "invalid_client").starts_with("Unknown client: "), "{id}");
    }
    assert_eq!(ask("a%2Fb").refused(401, "invalid_client"), "Unknown client: a/b");
    assert_eq!(ask("a/b").status, 404);
    assert_eq!(ask("").status, 404);
}
