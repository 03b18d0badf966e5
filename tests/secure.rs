//! `GET /secure`, the demo's protected resource (RFC 6750).

use std::thread::sleep;
use std::time::Duration;

use crate::client::Answer;
use crate::fixture::{ADMIN, C1, DORY, MACHINE, SKYVAULT, SUPER};
use crate::server::{Home, Server};

fn challenge(answer: &Answer) -> String {
    answer.header("www-authenticate").to_owned()
}

#[test]
fn req_r01_a_token_with_the_scope_read_is_greeted() {
    let server = Server::start();
    let tokens = server.skyvault().login(SKYVAULT, ADMIN);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let value = format!("{scheme} {}", tokens.access);
        let answer = server.skyvault().get("/secure").header("Authorization", &value).send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "Secure Hello!"));
        assert!(answer.header("content-type").starts_with("text/plain"), "{answer:?}");
    }
}

#[test]
fn req_r02_without_a_token_the_challenge_names_no_error() {
    let server = Server::start();
    let answer = server.standard().get("/secure").send();
    assert_eq!(answer.status, 401);
    assert!(challenge(&answer).starts_with("Bearer realm=\""), "{answer:?}");
    assert!(!challenge(&answer).contains("error="), "RFC 6750 §3.1: {answer:?}");
    let basic = server.standard().get("/secure").basic(DORY).send();
    assert_eq!(basic.status, 401, "{basic:?}");
    assert!(challenge(&basic).starts_with("Bearer "), "{basic:?}");
}

#[test]
fn req_r02_a_bad_expired_or_revoked_token_is_invalid() {
    let server = Home::demo().with_client(C1.0, r#"password_access_lifetime = "1s""#).start();
    let site = server.standard();
    let expired = site.login(C1, DORY).access;
    let revoked = site.machine_token(C1).access;
    assert_eq!(site.get("/secure").bearer(&revoked).send().status, 200);
    site.revoke(C1, &revoked);
    sleep(Duration::from_millis(2500));
    for token in ["nope", "", "a b", expired.as_str(), revoked.as_str()] {
        let answer = site.get("/secure").bearer(token).send();
        assert!([400, 401].contains(&answer.status), "{token}: {answer:?}");
        assert!(challenge(&answer).starts_with("Bearer realm=\""), "{answer:?}");
        let said = challenge(&answer);
        assert!(said.contains("error=\"invalid_token\"") || said.contains("error=\"invalid_request\""), "{said}");
    }
}

#[test]
fn req_r02_a_missing_scope_is_insufficient() {
    let server = Server::start();
    let site = server.standard();
    let form = [("grant_type", "client_credentials"), ("scope", "write")];
    let tokens = site.post("/oauth/token").basic(C1).form(&form).send().tokens();
    let answer = site.get("/secure").bearer(&tokens.access).send();
    assert_eq!(answer.status, 403);
    assert!(challenge(&answer).contains("error=\"insufficient_scope\""), "{answer:?}");
    assert!(challenge(&answer).contains("scope=\"read\""), "says which scope was expected: {answer:?}");
}

#[test]
fn req_s02_all_grants_every_scope() {
    let server = Server::start();
    let tokens = server.korap().login(SUPER, DORY);
    assert_eq!(tokens.scope, "all");
    assert_eq!(server.korap().get("/secure").bearer(&tokens.access).send().status, 200);
}

#[test]
fn req_s04_scopes_are_compared_as_whole_words() {
    // `install_user_client` contains `all`; `reader`, `unread` and `read:orders` contain `read`.
    let words = "['reader', 'unread', 'read:orders', 'install_user_client', 'read']";
    let home =
        Home::demo().with_client(MACHINE.0, &format!("scopes = {words}\ndefault_scopes = ['read']\nclient_credentials_scopes = {words}"));
    let server = home.start();
    let site = server.standard();
    let ask = |scope: &str| {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let tokens = site.post("/oauth/token").basic(MACHINE).form(&form).send().tokens();
        assert_eq!(tokens.scope, scope);
        site.get("/secure").bearer(&tokens.access).send().status
    };
    assert_eq!(ask("read"), 200);
    for scope in ["reader", "unread", "read:orders", "install_user_client", "reader unread install_user_client"] {
        assert_eq!(ask(scope), 403, "{scope}");
    }
}

#[test]
fn sec_g11_a_token_in_the_query_or_the_body_is_refused_and_never_logged() {
    let server = Server::start();
    let site = server.standard();
    let token = site.login(C1, DORY).access;
    assert_eq!(site.get("/secure").bearer(&token).send().status, 200);
    let in_query = site.get(&format!("/secure?access_token={token}")).send();
    assert_eq!(in_query.status, 401, "{in_query:?}");
    let both = site.get(&format!("/secure?access_token={token}")).bearer(&token).send();
    assert!([200, 400].contains(&both.status), "{both:?}");
    let in_body = site.post("/secure").form(&[("access_token", &token)]).send();
    assert_eq!(in_body.status, 405, "{in_body:?}");
    let twice = site.get("/secure").bearer(&token).bearer("nope").send();
    assert!([400, 401].contains(&twice.status), "two headers, two meanings: {twice:?}");
    server.log_of(&in_query.request_id());
    assert!(!server.log().contains(&token), "{}", server.log());
}

#[test]
fn only_get_and_head_are_served() {
    let server = Server::start();
    let token = server.standard().login(C1, DORY).access;
    let head = server.standard().method("HEAD", "/secure").bearer(&token).send();
    assert!([200, 405].contains(&head.status), "{head:?}");
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(server.standard().method(method, "/secure").bearer(&token).send().status, 405);
    }
}
