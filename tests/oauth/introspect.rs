//! `POST /oauth/introspect` and its other path `/introspect` (RFC 7662).

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::client::{Site, texts};
use crate::fixture::{ADMIN, AUDIENCE_CLIENT, BILLING_API, C1, C2, Credentials, DORY, ORDERS, ORDERS_API, PUBLIC, SKYVAULT};
use crate::jose::forge;
use crate::server::{Home, Server};

/// The body of every inactive answer, byte for byte.
const INACTIVE: &str = r#"{"active":false}"#;

fn ask(site: &Site, client: Credentials<'_>, token: &str) -> String {
    let answer = site.post("/oauth/introspect").basic(client).form(&[("token", token)]).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.assert_json_never_stored();
    answer.body
}

#[test]
fn req_r03_an_active_token_is_described_in_full() {
    let server = Server::start();
    for (path, site, client) in [
        ("/introspect", server.skyvault(), SKYVAULT),
        ("/oauth/introspect", server.skyvault(), SKYVAULT),
        ("/introspect", server.standard(), C1),
        ("/oauth/introspect", server.standard(), C1),
    ] {
        let tokens = site.login(client, ADMIN);
        let told = site.post(path).basic(client).form(&[("token", &tokens.access)]).send().json();
        assert_eq!(told["active"], true, "{told}");
        assert_eq!(told["scope"], "read write");
        assert_eq!(told["client_id"], client.0);
        assert_eq!(told["username"], "admin");
        assert_eq!(told["token_type"], "Bearer");
        assert_eq!(told["iss"], server.home().setting("issuer").unwrap().as_str().unwrap());
        assert!(told["sub"].as_str().is_some_and(|sub| !sub.is_empty()), "{told}");
        let (exp, iat) = (told["exp"].as_u64().unwrap(), told["iat"].as_u64().unwrap());
        assert_eq!(exp - iat, tokens.expires_in, "{told}");
        assert!(told.as_object().unwrap().values().all(|value| !value.is_null()), "{told}");
    }
}

#[test]
fn req_r03_the_audience_is_shown() {
    let server = Server::start();
    let form = [("grant_type", "client_credentials"), ("audience", ORDERS)];
    let tokens = server.skyvault().post("/oauth/token").basic(AUDIENCE_CLIENT).form(&form).send().tokens();
    assert_eq!(texts(&server.skyvault().introspect(AUDIENCE_CLIENT, &tokens.access)["aud"]), [ORDERS]);
}

#[test]
fn req_r03_the_token_is_required_and_the_form_is_checked() {
    let server = Server::start();
    let site = server.standard();
    let ask = |body: &str| site.post("/oauth/introspect").basic(C1).raw_form(body).send();
    assert_eq!(ask("token=x").body, INACTIVE);
    assert!(ask("").refused(400, "invalid_request").contains("token"));
    assert!(ask("token=").refused(400, "invalid_request").contains("token"));
    ask("token=a&token=b").refused(400, "invalid_request");
    for method in ["GET", "PUT", "DELETE"] {
        let answer = site.method(method, "/oauth/introspect").basic(C1).send();
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{answer:?}");
    }
}

#[test]
fn a_public_client_may_not_introspect() {
    let server = Server::start();
    let form = [("token", "x"), ("client_id", PUBLIC)];
    // Anybody can send its id, and an unauthenticated caller learns nothing (RFC 7662 §2.1).
    server.standard().post("/oauth/introspect").form(&form).send().refused(400, "unauthorized_client");
}

#[test]
fn the_hint_about_the_kind_of_token_does_not_mislead() {
    let server = Server::start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    for hint in ["access_token", "refresh_token", "nonsense"] {
        let form = [("token", tokens.access.as_str()), ("token_type_hint", hint)];
        let told = site.post("/oauth/introspect").basic(C1).form(&form).send().json();
        assert_eq!(told["active"], true, "{hint}: {told}");
    }
}

#[test]
fn sec_g04_only_its_client_and_the_resource_servers_of_its_audience_see_a_token() {
    let server = Server::start();
    let site = server.standard();
    let own = site.login(C1, DORY);
    assert_eq!(site.introspect(C1, &own.access)["active"], true);
    for stranger in [C2, ORDERS_API, BILLING_API] {
        assert_eq!(ask(site, stranger, &own.access), INACTIVE);
        assert_eq!(ask(site, stranger, own.refresh()), INACTIVE);
    }
    let form = [("grant_type", "client_credentials"), ("audience", ORDERS)];
    let orders = server.skyvault().post("/oauth/token").basic(AUDIENCE_CLIENT).form(&form).send().tokens();
    assert_eq!(site.introspect(ORDERS_API, &orders.access)["active"], true);
    assert_eq!(ask(site, BILLING_API, &orders.access), INACTIVE);
    assert_eq!(ask(site, C1, &orders.access), INACTIVE);
}

#[test]
fn sec_g04_the_same_holds_for_signed_tokens() {
    let server = Home::demo().with_client(C1.0, r#"access_format = "jwt""#).start();
    let site = server.standard();
    let own = site.login(C1, DORY);
    assert_eq!(site.introspect(C1, &own.access)["active"], true);
    for stranger in [C2, ORDERS_API, BILLING_API] {
        assert_eq!(ask(site, stranger, &own.access), INACTIVE);
    }
}

#[test]
fn sec_g06_every_inactive_answer_is_the_same_bytes() {
    let home = Home::demo().with_client(C2.0, r#"password_access_lifetime = "1s""#);
    let server = home.start();
    let site = server.standard();
    let live = site.login(C1, DORY);
    assert_ne!(ask(site, C1, &live.access), INACTIVE);

    let expired = site.login(C2, DORY);
    sleep(Duration::from_millis(2500));
    let revoked = site.login(C1, DORY);
    site.revoke(C1, revoked.refresh());
    let long = "A".repeat(9000);
    let truncated = &live.access[..live.access.len() - 1];
    for token in ["unknown", "a.b.c", "..", " ", "\u{1F511}", "x=y&z", "%00", &long, truncated, &revoked.access] {
        assert_eq!(ask(site, C1, token), INACTIVE, "{token}");
    }
    assert_eq!(ask(site, C2, &expired.access), INACTIVE);
    assert_eq!(ask(site, C2, &live.access), INACTIVE);
}

#[test]
fn sec_o07_a_token_has_one_spelling() {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for format in ["opaque", "jwt"] {
        let server = Home::demo().with_client(C1.0, &format!("access_format = '{format}'")).start();
        let site = server.standard();
        let token = site.login(C1, DORY).access;
        assert_eq!(site.introspect(C1, &token)["active"], true);
        let mut spellings = vec![
            format!("{token}="),
            format!("{token}=="),
            format!("{token}\n"),
            format!(" {token}"),
            format!("{token}."),
            format!("{}\n{}", &token[..8], &token[8..]),
            token.replace('-', "+").replace('_', "/") + "?",
        ];
        // Every other last character of each part, among them those that differ in bits a decoder might drop.
        for end in token.match_indices('.').map(|(at, _)| at).chain([token.len()]) {
            let (start, last, rest) = (&token[..end - 1], &token[end - 1..end], &token[end..]);
            spellings.extend(alphabet.chars().filter(|c| !last.contains(*c)).map(|c| format!("{start}{c}{rest}")));
            spellings.push(format!("{start}{last}={rest}"));
        }
        for spelling in spellings {
            assert_eq!(ask(site, C1, &spelling), INACTIVE, "{spelling:?}");
        }
    }
}

#[test]
fn sec_o06_forged_and_outlandish_signed_tokens_are_refused() {
    let server = Home::demo().with_client(C1.0, r#"access_format = "jwt""#).start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    assert_eq!(site.introspect(C1, &tokens.access)["active"], true);
    let parts: Vec<_> = tokens.access.split('.').collect();
    let (header, claims) = (crate::jose::json(parts[0]).unwrap(), crate::jose::json(parts[1]).unwrap());
    let signature = data_encoding::BASE64URL_NOPAD.decode(parts[2].as_bytes()).unwrap();

    let mut forgeries = vec![
        forge(&json!({"alg": "none", "typ": "at+jwt"}), &claims, b""),
        forge(&json!({"alg": "None", "typ": "at+jwt", "kid": header["kid"]}), &claims, &signature),
        forge(&json!({"alg": "HS256", "typ": "at+jwt", "kid": header["kid"]}), &claims, &signature),
        forge(&json!({"alg": header["alg"], "typ": "at+jwt"}), &claims, &signature),
        forge(&json!({"alg": header["alg"], "typ": "JWT", "kid": header["kid"]}), &claims, &signature),
    ];
    for (name, value) in [
        ("exp", json!("9999999999")),
        ("exp", json!(-1)),
        ("exp", json!(1.5e300)),
        ("exp", json!(null)),
        ("aud", json!(7)),
        ("aud", json!({"a": 1})),
        ("sub", json!(["dory"])),
    ] {
        let mut changed = claims.clone();
        changed[name] = value;
        forgeries.push(forge(&header, &changed, &signature));
    }
    let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    let raw = |header: &str, claims: &str| format!("{}.{}.{}", encode(header), encode(claims), parts[2]);
    let duplicated = r#"{"alg":"none","alg":"EdDSA","typ":"at+jwt"}"#;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    forgeries.extend([
        raw(duplicated, &claims.to_string()),
        raw(&header.to_string(), r#"{"exp":1e400}"#),
        raw(&header.to_string(), r#"{"exp":NaN}"#),
        raw(&header.to_string(), &deep),
        raw(&deep, &claims.to_string()),
        raw("null", "null"),
        raw("{}", "{}"),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}.{}", parts[0], parts[1], parts[2], parts[2]),
    ]);
    for forgery in forgeries {
        assert_eq!(ask(site, C1, &forgery), INACTIVE, "{forgery}");
        assert_eq!(site.get("/secure").bearer(&forgery).send().status, 401);
    }
}

#[test]
fn sec_g03_no_artefact_passes_for_another() {
    let server = Home::demo().with_client(C2.0, r#"access_format = "jwt""#).start();
    let site = server.standard();
    for client in [C1, C2] {
        let tokens = site.login(client, DORY);
        assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 200);
        assert_eq!(site.get("/secure").bearer(tokens.refresh()).send().status, 401);
        site.ask_refresh(client, &tokens.access).refused(400, "invalid_grant");
        let answer = site.post("/oauth/check_token").basic(client).form(&[("token", tokens.refresh())]).send();
        assert_eq!(answer.status, 400, "check_token is about access tokens: {answer:?}");
    }
}
