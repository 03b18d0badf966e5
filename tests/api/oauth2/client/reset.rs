//! `POST /api/oauth2/client/reset`.

use serde_json::json;

use crate::api::reef;
use crate::fixture::{ADMIN, DORY, MARLIN, SUPER, THIRD_PARTY};
use crate::server::Server;

const RESET: &str = "/api/oauth2/client/reset";

#[test]
fn req_m06_another_secret_takes_the_place_of_the_old_one() {
    let server = Server::start();
    let site = server.korap();
    let mut client = site.register(DORY, &reef(json!({})));
    for path in [RESET, "/api/v1.0/oauth2/client/reset", "/api/v1.1/oauth2/client/reset"] {
        let token = site.user_token(DORY, "reset_client_secret");
        let answer = site.post(path).bearer(&token).form(&[("client_id", &client.id)]).send();
        assert_eq!((answer.status, &answer.json()["client_id"]), (200, &json!(client.id)), "{answer:?}");
        answer.assert_json_never_stored();
        let new = answer.json()["client_secret"].as_str().unwrap().to_owned();
        assert_ne!(new, client.credentials().1);
        site.post("/api/oauth2/token")
            .basic(client.credentials())
            .form(&[("grant_type", "client_credentials")])
            .send()
            .refused(401, "invalid_client");
        client.secret = Some(new);
        site.machine_token(client.credentials());
    }
    assert_eq!(site.reset(ADMIN, &client.id).status, 200, "an administrator may as well");
}

/// Kustvakt lets them live. Who wants another secret may have lost the old one, and then everything that was got with it too.
#[test]
fn sec_g07_what_the_client_held_ends_with_its_old_secret() {
    let server = Server::start();
    let site = server.korap();
    let client = site.register(DORY, &reef(json!({})));
    let tokens = client.redeem(site, &site.api_code(MARLIN, &client.id, "search")).tokens();
    let machine = site.machine_token(client.credentials()).access;
    let unredeemed = site.api_code(MARLIN, &client.id, "search");
    assert!(site.speaks(&tokens.access) && site.is_active(client.credentials(), &machine));
    let secret = site.reset(DORY, &client.id).json()["client_secret"].as_str().unwrap().to_owned();
    let renewed = (client.id.as_str(), secret.as_str());
    assert!(!site.speaks(&tokens.access));
    for token in [&tokens.access, &machine, tokens.refresh()] {
        assert!(!site.is_active(renewed, token));
    }
    site.ask_refresh(renewed, tokens.refresh()).refused(400, "invalid_grant");
    let form = [("grant_type", "authorization_code"), ("code", unredeemed.as_str())];
    site.post("/api/oauth2/token").basic(renewed).form(&form).send().refused(400, "invalid_grant");
}

#[test]
fn req_m06_a_public_client_has_none_and_the_configuration_keeps_its_own() {
    let server = Server::start();
    let site = server.korap();
    let public = site.register(DORY, &reef(json!({ "type": "PUBLIC" })));
    assert_eq!(site.reset(DORY, &public.id).refused(400, "invalid_request"), "Operation is not allowed for public clients");
    for id in [SUPER.0, THIRD_PARTY.0] {
        assert_eq!(site.reset(DORY, id).api_error(), (401, 2010));
        site.reset(ADMIN, id).refused(403, "access_denied");
    }
    site.user_token(DORY, "all");
}

#[test]
fn sec_q02_nobody_resets_what_is_somebody_elses() {
    let server = Server::start();
    let site = server.korap();
    let client = site.register(DORY, &reef(json!({})));
    let public = site.register(DORY, &reef(json!({ "type": "PUBLIC" })));
    for id in [&client.id, &public.id] {
        let answer = site.reset(MARLIN, id);
        assert_eq!(answer.api_errors(), json!([[2010, "Unauthorized operation for user: marlin", "marlin"]]));
    }
    let token = site.user_token(MARLIN, "all");
    assert_eq!(site.post(RESET).bearer(&token).form(&[("client_id", &client.id)]).send().api_error(), (401, 2010));
    site.machine_token(client.credentials());
    assert_eq!(site.reset(MARLIN, "nobody").refused(401, "invalid_client"), "Unknown client: nobody");
    assert_eq!(site.post(RESET).basic(DORY).form(&[]).send().refused(400, "invalid_request"), "Missing parameter: client_id");
    assert_eq!(site.reset(DORY, &client.id).status, 200);
}
