//! Who the client is: HTTP Basic, the body, or nothing at all.

use std::fs;

use crate::fixture::{C1, C2, DORY, MACHINE, PUBLIC, SKYVAULT, SUPER};
use crate::server::{Home, Server};

const MACHINE_GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// The paths a client authenticates at, each with the parameter it needs.
const BACK_CHANNEL: &[(&str, (&str, &str))] = &[
    ("/oauth/token", MACHINE_GRANT),
    ("/oauth/revoke", ("token", "x")),
    ("/oauth/introspect", ("token", "x")),
    ("/introspect", ("token", "x")),
    ("/oauth/check_token", ("token", "x")),
];

#[test]
fn req_t05_a_client_authenticates_by_basic_or_in_the_body() {
    let server = Server::start();
    let site = server.standard();
    site.post("/oauth/token").basic(C1).form(&[MACHINE_GRANT]).send().tokens();
    let body = [MACHINE_GRANT, ("client_id", C1.0), ("client_secret", C1.1)];
    site.post("/oauth/token").form(&body).send().tokens();
    // The scheme is case-insensitive (RFC 9110 §11.1).
    let pair = data_encoding::BASE64.encode(format!("{}:{}", C1.0, C1.1).as_bytes());
    for scheme in ["basic", "BASIC"] {
        let answer = site.post("/oauth/token").header("Authorization", &format!("{scheme} {pair}"));
        answer.form(&[MACHINE_GRANT]).send().tokens();
    }
}

#[test]
fn req_t05_basic_is_split_at_the_first_colon_and_form_decoded() {
    let home = Home::demo().with_client(MACHINE.0, r#"secret = "a:b+c%d é with-much-noise-4tG9""#);
    let server = home.start();
    let site = server.standard();
    let encoded = "a%3Ab%2Bc%25d+%C3%A9+with-much-noise-4tG9";
    site.post("/oauth/token").basic((MACHINE.0, encoded)).form(&[MACHINE_GRANT]).send().tokens();
    let wrong = encoded.replace("%3A", "%3B");
    site.post("/oauth/token").basic((MACHINE.0, &wrong)).form(&[MACHINE_GRANT]).send().refused(401, "invalid_client");
    let body = [MACHINE_GRANT, ("client_id", MACHINE.0), ("client_secret", "a:b+c%d é with-much-noise-4tG9")];
    site.post("/oauth/token").form(&body).send().tokens();
}

#[test]
fn req_t05_a_secret_with_a_raw_colon_is_understood() {
    let home = Home::demo().with_client(MACHINE.0, r#"secret = "left:right:noise-8sKq2Zp""#);
    let server = home.start();
    let raw = (MACHINE.0, "left:right:noise-8sKq2Zp");
    server.standard().post("/oauth/token").basic(raw).form(&[MACHINE_GRANT]).send().tokens();
}

#[test]
fn a_malformed_basic_header_is_refused_as_such() {
    let server = Server::start();
    let no_colon = data_encoding::BASE64.encode(b"C1");
    let not_text = data_encoding::BASE64.encode(b"C1:\xff\xfe");
    for value in ["Basic", "Basic ", "Basic !!!", &format!("Basic {no_colon}"), &format!("Basic {not_text}")] {
        let answer = server.standard().post("/oauth/token").header("Authorization", value);
        let answer = answer.form(&[MACHINE_GRANT]).send();
        assert!([400, 401].contains(&answer.status), "{value}: {answer:?}");
        let code = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(["invalid_client", "invalid_request"].contains(&code.as_str()), "{answer:?}");
        answer.refused(answer.status, &code);
    }
    let twice = server.standard().post("/oauth/token").basic(C1).basic(C2).form(&[MACHINE_GRANT]).send();
    assert!([400, 401].contains(&twice.status), "two Authorization headers: {twice:?}");
    // A scheme that is not Basic authenticates nobody.
    let bearer = server.standard().post("/oauth/token").bearer("abc").form(&[MACHINE_GRANT]).send();
    assert!([400, 401].contains(&bearer.status), "{bearer:?}");
}

#[test]
fn req_t06_with_basic_the_client_id_is_optional_and_must_agree() {
    let server = Server::start();
    let ask = |site: &crate::client::Site, path: &str, client, id: &str| {
        site.post(path).basic(client).form(&[MACHINE_GRANT, ("client_id", id)]).send()
    };
    ask(server.standard(), "/oauth/token", C1, C1.0).tokens();
    ask(server.standard(), "/oauth/token", C1, C2.0).refused(400, "invalid_request");
    ask(server.skyvault(), "/oauth/token", SKYVAULT, "alfrescoapp").refused(400, "invalid_request");
    // On korap the header wins.
    ask(server.korap(), "/api/oauth2/token", SUPER, "9aHsGW6QflV13ixNpez").tokens();
}

#[test]
fn req_t06_basic_and_a_body_secret_must_be_identical() {
    let server = Server::start();
    let ask = |secret: &str| {
        let form = [MACHINE_GRANT, ("client_id", C1.0), ("client_secret", secret)];
        server.standard().post("/oauth/token").basic(C1).form(&form).send()
    };
    ask(C1.1).tokens();
    ask("another").refused(400, "invalid_request");
}

#[test]
fn req_t07_a_confidential_client_must_authenticate() {
    let server = Server::start();
    let site = server.standard();
    site.post("/oauth/token").form(&[MACHINE_GRANT, ("client_id", C1.0)]).send().refused(401, "invalid_client");
    site.post("/oauth/token").basic((C1.0, "wrong")).form(&[MACHINE_GRANT]).send().refused(401, "invalid_client");
}

#[test]
fn sec_e01_no_wrong_and_empty_secrets_are_refused_on_every_back_channel() {
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    let site = server.standard();
    for &(path, needed) in BACK_CHANNEL {
        let accepted = site.post(path).basic(C1).form(&[needed]).send();
        assert!(accepted.status == 200 || accepted.json()["error"] == "invalid_token", "{path}: {accepted:?}");

        let id = ("client_id", C1.0);
        for refused in [
            site.post(path).form(&[needed, id]),
            site.post(path).form(&[needed, id, ("client_secret", "")]),
            site.post(path).form(&[needed, id, ("client_secret", "wrong")]),
            site.post(path).basic((C1.0, "")).form(&[needed]),
            site.post(path).basic((C1.0, "wrong")).form(&[needed]),
            site.post(path).basic((C1.0, C2.1)).form(&[needed]),
            site.post(path).basic(("nobody", "wrong")).form(&[needed]),
        ] {
            refused.send().refused(401, "invalid_client");
        }
        let nobody = site.post(path).form(&[needed]).send();
        assert!([400, 401].contains(&nobody.status), "{path}: {nobody:?}");
    }
}

#[test]
fn req_t08_a_public_client_needs_no_secret_and_a_supplied_one_is_ignored() {
    let server = Server::start();
    let login = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1), ("client_id", PUBLIC)];
    let ask = |more: &[(&str, &str)]| server.standard().post("/oauth/token").form(&[&login, more].concat()).send();
    assert_eq!(ask(&[]).tokens().scope, "read");
    ask(&[("client_secret", "whatever")]).tokens();
    server.standard().post("/oauth/token").basic((PUBLIC, "")).form(&login).send().tokens();
}

#[test]
fn req_t09_an_unknown_client_is_named_on_korap_and_treated_neutrally_elsewhere() {
    let server = Server::start();
    let stranger = [MACHINE_GRANT, ("client_id", "unknown-client-id"), ("client_secret", "secret")];
    let korap = server.korap().post("/api/oauth2/token").form(&stranger).send();
    assert_eq!(korap.refused(401, "invalid_client"), "Unknown client: unknown-client-id");

    let site = server.standard();
    let unknown = site.post("/oauth/token").form(&stranger).send().refused(401, "invalid_client");
    let wrong = [MACHINE_GRANT, ("client_id", C1.0), ("client_secret", "secret")];
    let known = site.post("/oauth/token").form(&wrong).send().refused(401, "invalid_client");
    assert_eq!(unknown, known, "whether a client exists is not told");
}

#[test]
fn req_t09_a_missing_or_empty_client_id_is_an_invalid_request() {
    let server = Server::start();
    for form in [&[MACHINE_GRANT][..], &[MACHINE_GRANT, ("client_id", "")], &[MACHINE_GRANT, ("client_secret", "x")]] {
        for (path, site) in [("/oauth/token", server.standard()), ("/api/oauth2/token", server.korap())] {
            let description = site.post(path).form(form).send().refused(400, "invalid_request");
            assert!(description.contains("client_id"), "{description}");
        }
    }
}

#[test]
fn sec_e06_secrets_are_hashed_at_rest_and_never_shown() {
    let server = Server::start();
    server.standard().machine_token(C1);
    let shown = server.keyward(&["client", "show", C1.0, "--json"]).done();
    assert!(shown.contains(C1.0), "{shown}");
    let listed = server.keyward(&["client", "list", "--json"]).done();
    let home = server.stop();
    for entry in fs::read_dir(home.path("")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name == "keyward.toml" || !entry.file_type().unwrap().is_file() {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        for secret in [C1.1, C2.1, SUPER.1, "dorypass"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is readable in {name}");
        }
    }
    for secret in [C1.1, C2.1, SUPER.1] {
        assert!(!shown.contains(secret) && !listed.contains(secret), "{shown} {listed}");
    }
}

#[test]
fn sec_e22_a_client_named_like_a_user_is_not_that_user() {
    let server = Home::demo().with_client(MACHINE.0, r#"id = "dory""#).start();
    let site = server.standard();
    let user = site.introspect(C1, &site.login(C1, DORY).access);
    let dory = ("dory", MACHINE.1);
    let client = site.introspect(dory, &site.machine_token(dory).access);
    assert_eq!(user["username"], "dory");
    assert_eq!(client.get("username"), None, "a client's own token has no user: {client}");
    assert!(client["sub"].is_string() && user["sub"].is_string(), "{client} {user}");
    assert_ne!(client["sub"], user["sub"], "the subjects of clients and users are disjoint");
}
