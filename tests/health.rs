//! `GET /health`, `/health/ready`, `/management/health`.

use serde_json::json;

use crate::fixture::{ADMIN, SKYVAULT};
use crate::server::Server;

#[test]
fn req_r05_health_is_up_with_and_without_a_token() {
    let server = Server::start();
    for (_, site) in server.sites() {
        for path in ["/health", "/management/health"] {
            let answer = site.get(path).send();
            assert_eq!((answer.status, answer.json()), (200, json!({"status": "UP"})), "{path}");
            assert!(answer.header("content-type").starts_with("application/json"), "{answer:?}");
        }
        let ready = site.get("/health/ready").send();
        assert_eq!((ready.status, &ready.json()["status"]), (200, &json!("UP")), "{ready:?}");
    }
    let token = server.skyvault().login(SKYVAULT, ADMIN).access;
    assert_eq!(server.skyvault().get("/management/health").bearer(&token).send().json(), json!({"status": "UP"}));
}
