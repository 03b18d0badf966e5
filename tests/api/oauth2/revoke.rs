//! `POST /api/oauth2/revoke`.

use crate::fixture::{DORY, SUPER, THIRD_PARTY};
use crate::server::Server;

#[test]
fn req_v01_revocation_says_success_and_accepts_both_ways_to_authenticate() {
    let server = Server::start();
    let site = server.korap();
    for path in ["/api/oauth2/revoke", "/api/v1.0/oauth2/revoke", "/api/v1.1/oauth2/revoke"] {
        let tokens = site.login(SUPER, DORY);
        let form = [("client_id", SUPER.0), ("client_secret", SUPER.1), ("token", tokens.refresh()), ("token_type", "refresh_token")];
        let answer = site.post(path).form(&form).send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
        assert!(!site.is_active(SUPER, &tokens.access));

        let tokens = site.login(SUPER, DORY);
        let answer = site.post(path).basic(SUPER).form(&[("token", &tokens.access)]).send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
        assert!(!site.is_active(SUPER, &tokens.access));
    }
}

#[test]
fn req_v02_an_unknown_token_is_a_success_and_a_missing_parameter_is_not() {
    let server = Server::start();
    let ask = |form: &[(&str, &str)]| server.korap().post("/api/oauth2/revoke").form(form).send();
    let id = [("client_id", SUPER.0), ("client_secret", SUPER.1)];
    assert_eq!(ask(&[&id[..], &[("token", "unknown")]].concat()).status, 200);
    assert!(ask(&id).refused(400, "invalid_request").contains("token"));
    ask(&[("token", "unknown")]).refused(400, "invalid_request");
}

#[test]
fn sec_g07_a_token_of_another_client_stays_alive_here_too() {
    let server = Server::start();
    let site = server.korap();
    let tokens = site.login(SUPER, DORY);
    let answer = site.post("/api/oauth2/revoke").basic(THIRD_PARTY).form(&[("token", &tokens.access)]).send();
    assert!([200, 400].contains(&answer.status), "{answer:?}");
    assert!(site.is_active(SUPER, &tokens.access));
}
