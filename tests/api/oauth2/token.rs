//! `POST /api/oauth2/token`: what the korap profile does its own way.

use crate::fixture::{DORY, KORAP_PUBLIC, SUPER, THIRD_PARTY};
use crate::server::Server;

const LOGIN: [(&str, &str); 3] = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1)];

#[test]
fn req_c20_every_version_is_served_without_a_redirect_and_an_unknown_one_is_not() {
    let server = Server::start();
    for path in ["/api/oauth2/token", "/api/v1.0/oauth2/token", "/api/v1.1/oauth2/token", "/oauth/token"] {
        server.korap().post(path).basic(SUPER).form(&LOGIN).send().tokens();
    }
    for path in ["/api/v0.1/oauth2/token", "/api/v1.2/oauth2/token", "/api/v2/oauth2/token", "/oauth2/token"] {
        assert_eq!(server.korap().post(path).basic(SUPER).form(&LOGIN).send().status, 404, "{path}");
    }
    assert_eq!(server.skyvault().post("/api/oauth2/token").basic(SUPER).form(&LOGIN).send().status, 404);
}

#[test]
fn req_p02_the_password_grant_is_for_super_clients_alone() {
    let server = Server::start();
    let ask = |more: &[(&str, &str)]| server.korap().post("/api/oauth2/token").form(&[&LOGIN[..], more].concat()).send();
    ask(&[("client_id", SUPER.0), ("client_secret", SUPER.1)]).tokens();
    for refused in [ask(&[("client_id", THIRD_PARTY.0), ("client_secret", THIRD_PARTY.1)]), ask(&[("client_id", KORAP_PUBLIC)])] {
        let description = refused.refused(401, "unauthorized_client");
        assert_eq!(description, "Password grant is not allowed for third party clients");
    }
}

#[test]
fn req_c15_the_codes_of_the_profile_are_kept_where_pinned() {
    let server = Server::start();
    let ask = |form: &[(&str, &str)]| server.korap().post("/api/oauth2/token").form(form).send();
    let secretless = [&LOGIN[..], &[("client_id", SUPER.0)]].concat();
    assert_eq!(ask(&secretless).refused(400, "invalid_request"), "Missing parameter: client_secret");
    let empty = [&LOGIN[..], &[("client_id", SUPER.0), ("client_secret", "")]].concat();
    assert_eq!(ask(&empty).refused(400, "invalid_request"), "Missing parameter: client_secret");
    let nameless = [&LOGIN[..], &[("client_id", ""), ("client_secret", SUPER.1)]].concat();
    ask(&nameless).refused(400, "invalid_request");
}

#[test]
fn req_p06_the_example_of_the_seed_in_both_spellings() {
    let server = Server::start();
    let scoped = [&LOGIN[..], &[("scope", "search match_info")]].concat();
    let in_body = [&scoped[..], &[("client_id", SUPER.0), ("client_secret", SUPER.1)]].concat();
    for tokens in [
        server.korap().post("/api/oauth2/token").basic(SUPER).form(&scoped).send().tokens(),
        server.korap().post("/api/oauth2/token").form(&in_body).send().tokens(),
    ] {
        assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("search match_info", 259_200));
        assert!(tokens.refresh.is_some());
    }
}
