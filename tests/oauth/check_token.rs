//! `POST /oauth/check_token`, the older sister of introspection.

use serde_json::json;

use crate::fixture::{ADMIN, C1, C2, DORY, SKYVAULT};
use crate::server::Server;

#[test]
fn req_r04_a_good_token_is_described_in_the_older_words() {
    let server = Server::start();
    let site = server.skyvault();
    let tokens = site.login(SKYVAULT, ADMIN);
    let answer = site.post("/oauth/check_token").basic(SKYVAULT).form(&[("token", &tokens.access)]).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.assert_json_never_stored();
    let told = answer.json();
    assert_eq!(told["active"], true);
    assert_eq!(told["user_name"], "admin");
    assert_eq!(told["client_id"], SKYVAULT.0);
    assert_eq!(told["scope"], json!(["read", "write"]));
    let introspected = site.introspect(SKYVAULT, &tokens.access);
    assert_eq!(told["exp"], introspected["exp"]);
}

#[test]
fn req_r04_a_bad_token_is_refused() {
    let server = Server::start();
    let site = server.standard();
    let check = |client, token: &str| site.post("/oauth/check_token").basic(client).form(&[("token", token)]).send();
    let tokens = site.login(C1, DORY);
    assert_eq!(check(C1, &tokens.access).status, 200);
    check(C1, "nope").refused(400, "invalid_token");
    check(C2, &tokens.access).refused(400, "invalid_token");
    site.revoke(C1, &tokens.access);
    check(C1, &tokens.access).refused(400, "invalid_token");
}

#[test]
fn req_r04_only_post_and_only_with_a_token() {
    let server = Server::start();
    let site = server.standard();
    let answer = site.get("/oauth/check_token?token=x").basic(C1).send();
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    let answer = site.post("/oauth/check_token").basic(C1).form(&[]).send();
    assert!(answer.refused(400, "invalid_request").contains("token"));
}
