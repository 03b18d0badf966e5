//! `GET /oauth/jwks`, and the signed tokens its keys verify.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Site, texts};
use crate::fixture::{ADMIN, AUDIENCE_CLIENT, C1, C2, DORY, MACHINE, ORDERS, SKYVAULT};
use crate::jose::verify;
use crate::postgres;
use crate::server::{Home, Server};

const JWT: &str = "access_format = 'jwt'";

fn jwks(site: &Site) -> Value {
    let answer = site.get("/oauth/jwks").send();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[test]
fn sec_o01_only_public_parts_are_published() {
    let home = Home::demo().with_client(C1.0, JWT).with_client(C2.0, "access_format = 'jwt'\nalgorithm = 'ES256'");
    let server = home.with_client(MACHINE.0, "access_format = 'jwt'\nalgorithm = 'RS256'").start();
    let set = jwks(server.standard());
    let keys = set["keys"].as_array().unwrap();
    assert!(keys.len() >= 3, "a key for each algorithm in use: {set}");
    for key in keys {
        let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let allowed = ["kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "n", "e"];
        assert!(names.iter().all(|name| allowed.contains(name)), "a member too many: {key}");
        assert!(["OKP", "EC", "RSA"].contains(&key["kty"].as_str().unwrap()), "asymmetric only: {key}");
        assert!(key["kid"].is_string() && key["alg"].is_string(), "{key}");
        assert_eq!(key["use"], "sig");
    }
}

#[test]
fn req_r06_each_algorithm_yields_tokens_an_independent_verifier_accepts() {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let home = Home::demo().with_client(C1.0, &format!("{JWT}\nalgorithm = '{algorithm}'"));
        let server = home.start();
        let site = server.standard();
        let tokens = site.login(C1, DORY);
        let verified = verify(&jwks(site), &tokens.access).unwrap_or_else(|why| panic!("{algorithm}: {why}"));
        assert_eq!((&verified.header["typ"], &verified.header["alg"]), (&json!("at+jwt"), &json!(algorithm)));
        let claims = &verified.claims;
        assert_eq!(claims["iss"], server.home().setting("issuer").unwrap().as_str().unwrap());
        assert_eq!((&claims["client_id"], &claims["scope"]), (&json!(C1.0), &json!("read write")));
        for required in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
            assert!(!claims[required].is_null(), "RFC 9068 §2.2 requires {required}: {claims}");
        }
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), tokens.expires_in);
        assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 200);
        let told = site.introspect(C1, &tokens.access);
        assert_eq!((&told["active"], &told["username"], &told["sub"]), (&json!(true), &json!("dory"), &claims["sub"]));
    }
}

#[test]
fn req_r06_the_audience_becomes_the_claim() {
    let server = Home::demo().with_client(AUDIENCE_CLIENT.0, JWT).start();
    let site = server.skyvault();
    let form = [("grant_type", "client_credentials"), ("audience", ORDERS)];
    let tokens = site.post("/oauth/token").basic(AUDIENCE_CLIENT).form(&form).send().tokens();
    assert_eq!(texts(&verify(&jwks(site), &tokens.access).unwrap().claims["aud"]), [ORDERS]);
}

#[test]
fn req_r06_the_switch_of_the_seed_makes_every_token_a_jwt() {
    let server = Server::start();
    assert!(!server.skyvault().login(SKYVAULT, ADMIN).access.contains('.'), "opaque unless switched");
    drop(server);
    let server = Home::demo().with("[authentication.oauth]\njwt = true").start();
    let tokens = server.skyvault().login(SKYVAULT, ADMIN);
    verify(&jwks(server.skyvault()), &tokens.access).unwrap();
}

#[test]
fn a_signed_token_tells_nobody_the_name_of_a_user_by_its_subject_alone() {
    let server = Home::demo().with_client(C1.0, JWT).start();
    let site = server.standard();
    let claims = |token: &str| verify(&jwks(site), token).unwrap().claims;
    let (one, two) = (claims(&site.login(C1, DORY).access), claims(&site.login(C1, DORY).access));
    assert_eq!(one["sub"], two["sub"], "a subject stays the same");
    assert_ne!(one["jti"], two["jti"], "a token's id is its own");
}

#[test]
fn sec_o02_keys_rotate_under_load_and_a_verifier_with_a_cached_set_never_fails() {
    if postgres::is_the_store() {
        return;
    }
    // Scaled to seconds: a key is published two seconds before it signs, and the verifier keeps a set for one.
    let home = Home::demo().with("[keys]\npublish_before_use = '2s'").with_client(C1.0, JWT);
    let server = home.with_client(C2.0, "access_format = 'jwt'\nalgorithm = 'ES256'").start();
    let site = server.standard();
    let cache = Mutex::new((Instant::now(), jwks(site)));
    let (done, verified) = (AtomicBool::new(false), AtomicUsize::new(0));
    let kids = Mutex::new(std::collections::BTreeSet::new());
    let early = site.login(C1, DORY);

    scope(|threads| {
        let (done, verified, kids, cache) = (&done, &verified, &kids, &cache);
        for client in [C1, C2] {
            threads.spawn(move || {
                while !done.load(SeqCst) {
                    let token = site.machine_token(client).access;
                    let set = {
                        let mut cache = cache.lock().unwrap();
                        if cache.0.elapsed() > Duration::from_secs(1) {
                            *cache = (Instant::now(), jwks(site));
                        }
                        cache.1.clone()
                    };
                    let token = verify(&set, &token).unwrap_or_else(|why| panic!("a cached set failed: {why}"));
                    kids.lock().unwrap().insert(token.header["kid"].to_string());
                    verified.fetch_add(1, SeqCst);
                }
            });
        }
        let rotated = (0..3).all(|_| {
            let said = server.keyward(&["key", "rotate"]);
            sleep(Duration::from_millis(3000));
            said.ok
        });
        done.store(true, SeqCst);
        assert!(rotated, "every rotation succeeds");
    });
    assert!(verified.load(SeqCst) > 100);
    assert!(kids.lock().unwrap().len() >= 4, "rotation took place under two algorithms: {kids:?}");
    // What an older key signed is verified as long as it lives.
    verify(&jwks(site), &early.access).unwrap();
    assert!(site.is_active(C1, &early.access));
}

#[test]
fn a_new_key_is_published_before_it_signs() {
    if postgres::is_the_store() {
        return;
    }
    let home = Home::demo().with("[keys]\npublish_before_use = '1h'").with_client(C1.0, JWT);
    let server = home.start();
    let site = server.standard();
    let kid = |token: &str| verify(&jwks(site), token).unwrap().header["kid"].clone();
    let before = kid(&site.machine_token(C1).access);
    let published = jwks(site)["keys"].as_array().unwrap().len();
    server.keyward(&["key", "rotate"]).done();
    assert!(jwks(site)["keys"].as_array().unwrap().len() > published);
    assert_eq!(kid(&site.machine_token(C1).access), before, "published, not yet used");
}

#[test]
fn the_key_set_may_be_cached_and_says_for_how_long() {
    let server = Server::start();
    let answer = server.standard().get("/oauth/jwks").send();
    assert!(answer.header("cache-control").contains("max-age="), "{answer:?}");
    assert!(answer.header("content-type").starts_with("application/"), "{answer:?}");
    assert_eq!(server.standard().post("/oauth/jwks").form(&[]).send().status, 405);
}
