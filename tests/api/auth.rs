//! `/api/auth/…`.

use serde_json::json;

use crate::fixture::{DORY, THIRD_PARTY};
use crate::server::Server;

#[test]
fn req_z08_who_asks_for_a_token_in_the_old_way_is_told_the_new_one() {
    let server = Server::start();
    let text = "API token is no longer supported. Please use OAuth2 procedure instead.";
    for path in ["/api/auth/apiToken", "/api/v1.0/auth/apiToken", "/api/v1.1/auth/apiToken"] {
        for request in [server.korap().get(path), server.korap().get(path).basic(DORY)] {
            let answer = request.send();
            assert_eq!((answer.status, answer.api_errors()), (400, json!([[115, text]])));
        }
    }
}

#[test]
fn req_z08_the_status_is_the_users_name_whatever_the_token_is_for() {
    let server = Server::start();
    let site = server.korap();
    let dory = json!({ "username": "dory" });
    for scope in ["all", "search", "install_user_client"] {
        let answer = site.get("/api/auth/status").bearer(&site.user_token(DORY, scope)).send();
        assert_eq!((answer.status, answer.json()), (200, dory.clone()), "{scope}");
    }
    let answer = site.get("/api/v1.0/auth/status").basic(DORY).send();
    assert_eq!((answer.status, answer.json()), (200, dory));
    let guest = site.get("/api/auth/status").send();
    assert_eq!((guest.status, guest.api_errors()), (401, json!([[2010, "Unauthorized operation for user: guest", "guest"]])));
    let machine = site.machine_token(THIRD_PARTY).access;
    assert_eq!(site.get("/api/auth/status").bearer(&machine).send().api_error(), (401, 2010));
}
