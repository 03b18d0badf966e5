//! `POST /oauth/revoke` (RFC 7009).

use std::time::{Duration, Instant};

use crate::fixture::{C1, C2, DORY, PUBLIC};
use crate::postgres;
use crate::server::{Home, Server};

#[test]
fn sec_g08_revoking_a_refresh_token_ends_its_access_tokens() {
    for format in ["opaque", "jwt"] {
        let server = Home::demo().with_client(C1.0, &format!("access_format = '{format}'")).start();
        let site = server.standard();
        let first = site.login(C1, DORY);
        let second = site.refresh(C1, first.refresh());
        assert!(site.is_active(C1, &first.access) && site.is_active(C1, &second.access));
        assert_eq!(site.revoke(C1, second.refresh()).status, 200);
        for tokens in [&first, &second] {
            assert!(!site.is_active(C1, &tokens.access));
            assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 401);
            site.ask_refresh(C1, tokens.refresh()).refused(400, "invalid_grant");
        }
    }
}

#[test]
fn sec_g08_revoking_an_access_token_leaves_the_refresh_token() {
    for format in ["opaque", "jwt"] {
        let server = Home::demo().with_client(C1.0, &format!("access_format = '{format}'")).start();
        let site = server.standard();
        let first = site.login(C1, DORY);
        let second = site.refresh(C1, first.refresh());
        assert_eq!(site.revoke(C1, &second.access).status, 200);
        assert!(!site.is_active(C1, &second.access));
        assert_eq!(site.get("/secure").bearer(&second.access).send().status, 401);
        assert!(site.is_active(C1, &first.access), "one revoked by itself, the other lives");
        site.refresh(C1, second.refresh());
    }
}

#[test]
fn an_older_refresh_token_still_revokes_its_authorization() {
    let server = Server::start();
    let site = server.standard();
    let first = site.login(C1, DORY);
    let second = site.refresh(C1, first.refresh());
    let third = site.refresh(C1, second.refresh());
    assert_eq!(site.revoke(C1, first.refresh()).status, 200);
    site.ask_refresh(C1, third.refresh()).refused(400, "invalid_grant");
}

#[test]
fn a_machine_token_is_revoked_by_itself() {
    let server = Server::start();
    let site = server.standard();
    let (one, two) = (site.machine_token(C1), site.machine_token(C1));
    assert_eq!(site.revoke(C1, &one.access).status, 200);
    assert!(!site.is_active(C1, &one.access));
    assert!(site.is_active(C1, &two.access));
}

#[test]
fn a_revocation_outlives_a_restart() {
    let server = Server::start();
    let site = server.standard();
    let (revoked, access, kept) = (site.login(C1, DORY), site.login(C1, DORY), site.login(C1, DORY));
    site.revoke(C1, revoked.refresh());
    site.revoke(C1, &access.access);
    let server = server.kill().start();
    let site = server.standard();
    assert!(!site.is_active(C1, &revoked.access));
    site.ask_refresh(C1, revoked.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &access.access));
    assert!(site.is_active(C1, &kept.access));
    site.refresh(C1, kept.refresh());
}

#[test]
fn sec_g07_a_token_of_another_client_stays_alive() {
    let server = Server::start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    for token in [&tokens.access, tokens.refresh()] {
        let answer = site.revoke(C2, token);
        assert!([200, 400].contains(&answer.status), "{answer:?}");
        let public = site.post("/oauth/revoke").form(&[("token", token), ("client_id", PUBLIC)]).send();
        assert!([200, 400, 401].contains(&public.status), "{public:?}");
    }
    assert!(site.is_active(C1, &tokens.access));
    site.refresh(C1, tokens.refresh());
    site.revoke(C1, tokens.refresh());
    assert!(!site.is_active(C1, &tokens.access), "its own client may");
}

#[test]
fn req_v02_an_unknown_token_is_200_and_a_missing_one_an_invalid_request() {
    let server = Server::start();
    let site = server.standard();
    let unknown = site.revoke(C1, "unknown");
    assert_eq!(unknown.status, 200);
    assert_eq!(unknown.header("cache-control"), "no-store");
    let ask = |body: &str| site.post("/oauth/revoke").basic(C1).raw_form(body).send();
    assert!(ask("").refused(400, "invalid_request").contains("token"));
    ask("token=a&token=b").refused(400, "invalid_request");
}

#[test]
fn req_c29_both_spellings_of_the_hint_are_accepted_and_neither_misleads() {
    let server = Server::start();
    let site = server.standard();
    for name in ["token_type", "token_type_hint"] {
        for hint in ["access_token", "refresh_token", "nonsense"] {
            let tokens = site.login(C1, DORY);
            let form = [("token", tokens.refresh()), (name, hint)];
            assert_eq!(site.post("/oauth/revoke").basic(C1).form(&form).send().status, 200);
            assert!(!site.is_active(C1, &tokens.access), "{name}={hint}");
        }
    }
}

#[test]
fn a_public_client_revokes_its_own_token() {
    let server = Server::start();
    let site = server.standard();
    let login = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1), ("client_id", PUBLIC)];
    let tokens = site.post("/oauth/token").form(&login).send().tokens();
    let form = [("token", tokens.refresh()), ("client_id", PUBLIC)];
    assert_eq!(site.post("/oauth/revoke").form(&form).send().status, 200);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh()), ("client_id", PUBLIC)];
    site.post("/oauth/token").form(&refresh).send().refused(400, "invalid_grant");
}

#[test]
fn sec_g09_a_store_that_cannot_write_is_never_reported_as_success() {
    if postgres::is_the_store() {
        return;
    }
    let server = Server::start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let blocker = rusqlite::Connection::open(server.home().database()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").expect("another process may hold the write lock");

    let answer = site.revoke(C1, tokens.refresh());
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    assert_eq!(site.ask_refresh(C1, tokens.refresh()).status, 503);
    assert!(site.is_active(C1, &tokens.access), "what needs no write goes on");

    blocker.execute_batch("ROLLBACK").unwrap();
    let begun = Instant::now();
    while site.revoke(C1, tokens.refresh()).status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the store never recovered: {}", server.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!site.is_active(C1, &tokens.access));
}
