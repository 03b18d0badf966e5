//! `DELETE /api/oauth2/client/deregister/{client_id}`.

use serde_json::json;

use crate::api::reef;
use crate::fixture::{ADMIN, DORY, MARLIN, SUPER, THIRD_PARTY};
use crate::server::Server;

#[test]
fn req_m05_a_client_goes_with_its_codes_and_tokens() {
    let server = Server::start();
    let site = server.korap();
    for kind in ["CONFIDENTIAL", "PUBLIC"] {
        let client = site.register(DORY, &reef(json!({ "type": kind })));
        let tokens = client.redeem(site, &site.api_code(MARLIN, &client.id, "search")).tokens();
        let unredeemed = site.api_code(MARLIN, &client.id, "search");
        assert!(site.speaks(&tokens.access));
        let answer = site.deregister(DORY, &client.id);
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{answer:?}");
        assert!(!site.speaks(&tokens.access));
        client.redeem(site, &unredeemed).refused(401, "invalid_client");
        assert_eq!(site.deregister(DORY, &client.id).refused(401, "invalid_client"), format!("Unknown client: {}", client.id));
        assert_eq!(site.get("/api/user/info").bearer(&tokens.access).send().api_error(), (401, 2011));
    }
}

#[test]
fn req_m05_a_token_with_the_scope_and_an_administrator_may() {
    let server = Server::start();
    let site = server.korap();
    for root in ["/api", "/api/v1.0", "/api/v1.1"] {
        let [one, other] = [(); 2].map(|()| site.register(DORY, &reef(json!({}))));
        let delete = |id: &str| site.method("DELETE", &format!("{root}/oauth2/client/deregister/{id}"));
        assert_eq!(delete(&one.id).bearer(&site.user_token(DORY, "deregister_client")).send().status, 200);
        // The scope is asked of an administrator's token, too.
        let narrow = delete(&other.id).bearer(&site.user_token(ADMIN, "search")).send();
        assert_eq!(narrow.api_errors(), json!([[2010, "Scope deregister_client is not authorized", "deregister_client"]]));
        assert_eq!(delete(&other.id).basic(ADMIN).send().status, 200);
    }
}

#[test]
fn sec_q02_nobody_removes_what_is_somebody_elses() {
    let server = Server::start();
    let site = server.korap();
    let client = site.register(DORY, &reef(json!({})));
    let answer = site.deregister(MARLIN, &client.id);
    assert_eq!((answer.status, answer.api_errors()), (401, json!([[2010, "Unauthorized operation for user: marlin", "marlin"]])));
    let guest = site.method("DELETE", &format!("/api/oauth2/client/deregister/{}", client.id)).send();
    assert_eq!(guest.api_errors(), json!([[2010, "Unauthorized operation for user: guest", "guest"]]));
    for configured in [SUPER.0, THIRD_PARTY.0] {
        assert_eq!(site.deregister(DORY, configured).api_error(), (401, 2010));
        site.deregister(ADMIN, configured).refused(403, "access_denied");
    }
    site.machine_token(client.credentials());
    assert_eq!(site.deregister(DORY, &client.id).status, 200);
}

#[test]
fn req_m05_without_an_id_there_is_nothing_to_delete() {
    let server = Server::start();
    let site = server.korap();
    let answer = site.method("DELETE", "/api/oauth2/client/deregister").basic(DORY).send();
    assert_eq!(answer.status, 405, "{answer:?}");
    let client = site.register(DORY, &reef(json!({})));
    for method in ["GET", "POST", "PUT"] {
        let answer = site.method(method, &format!("/api/oauth2/client/deregister/{}", client.id)).basic(DORY).send();
        assert_eq!((answer.status, answer.header("allow")), (405, "DELETE"), "{method}");
    }
    assert_eq!(site.deregister(DORY, "%FF").refused(401, "invalid_client"), "Unknown client: ");
}
