//! How a token request may be written down: method, content type, parameters and their spelling.

use crate::client::encode;
use crate::fixture::{ADMIN, C1, DORY, SKYVAULT, SUPER};
use crate::server::Server;

const LOGIN: &[(&str, &str)] = &[("grant_type", "password"), ("username", "dory"), ("password", "dorypass")];

#[test]
fn req_t01_only_post_is_served_on_every_token_path() {
    let server = Server::start();
    server.standard().post("/oauth/token").basic(C1).form(LOGIN).send().tokens();
    for (path, site) in [
        ("/oauth/token", server.standard()),
        ("/oauth/token", server.skyvault()),
        ("/api/oauth2/token", server.korap()),
        ("/api/v1.0/oauth2/token", server.korap()),
        ("/api/v1.1/oauth2/token", server.korap()),
    ] {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
            let answer = site.method(method, path).basic(C1).query(LOGIN).send();
            assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method} {path}: {answer:?}");
            assert!(!answer.body.contains("access_token\""), "{answer:?}");
        }
    }
}

#[test]
fn sec_p01_no_method_or_content_type_but_a_posted_form_yields_a_token() {
    let server = Server::start();
    let site = server.standard();
    let form = encode(LOGIN);
    site.post("/oauth/token").basic(C1).raw_form(&form).send().tokens();

    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"] {
        let answer = site.method(method, &format!("/oauth/token?_method=POST&{form}")).basic(C1).send();
        assert!((400..500).contains(&answer.status), "{method}: {answer:?}");
        assert!(!answer.body.contains("access_token\""), "{answer:?}");
    }
    let overridden = site.get("/oauth/token").header("X-HTTP-Method-Override", "POST").basic(C1).query(LOGIN).send();
    assert_eq!(overridden.status, 405);

    let json = r#"{"grant_type":"password","username":"dory","password":"dorypass"}"#;
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\npassword\r\n--b--\r\n";
    for (content_type, body) in [
        ("application/json", json),
        ("multipart/form-data; boundary=b", multipart),
        ("text/plain", form.as_str()),
        ("application/x-www-form-urlencodedd", form.as_str()),
    ] {
        let answer = site.post("/oauth/token").basic(C1).body(content_type, body).send();
        let description = answer.refused(400, "invalid_request");
        assert!(description.contains("application/x-www-form-urlencoded"), "says what was expected: {description}");
    }
    let untyped = site.post("/oauth/token").basic(C1).untyped_body(&form).send();
    untyped.refused(400, "invalid_request");
}

#[test]
fn req_t02_the_form_type_may_name_its_charset_and_an_empty_body_needs_no_type() {
    let server = Server::start();
    for content_type in [
        "application/x-www-form-urlencoded; charset=utf-8",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "Application/X-WWW-Form-Urlencoded",
    ] {
        server.standard().post("/oauth/token").basic(C1).body(content_type, encode(LOGIN)).send().tokens();
    }
    let empty = server.skyvault().post("/oauth/token?grant_type=password&username=admin&password=tiger");
    empty.basic(SKYVAULT).send().tokens();
}

#[test]
fn req_t02_another_content_type_is_415_on_korap_and_400_elsewhere() {
    let server = Server::start();
    let json = r#"{"grant_type":"password"}"#;
    let korap = server.korap().post("/api/oauth2/token").basic(SUPER).body("application/json", json).send();
    korap.refused(415, "invalid_request");
    let skyvault = server.skyvault().post("/oauth/token").basic(SKYVAULT).body("application/json", json).send();
    skyvault.refused(400, "invalid_request");
}

#[test]
fn req_t03_parameters_in_the_query_are_for_the_skyvault_profile_alone() {
    let server = Server::start();
    let pairs = [("grant_type", "password"), ("username", ADMIN.0), ("password", ADMIN.1)];
    server.skyvault().post("/oauth/token").basic(SKYVAULT).query(&pairs).send().tokens();

    server.standard().post("/oauth/token").basic(C1).form(&pairs).send().tokens();
    server.standard().post("/oauth/token").basic(C1).query(&pairs).send().refused(400, "invalid_request");
    server.korap().post("/api/oauth2/token").basic(SUPER).query(&pairs).send().refused(400, "invalid_request");
}

#[test]
fn req_t03_a_name_in_the_query_and_in_the_body_is_a_repetition() {
    let server = Server::start();
    let split = |query: &[(&str, &str)], body: &[(&str, &str)]| {
        server.skyvault().post("/oauth/token").basic(SKYVAULT).query(query).form(body).send()
    };
    split(&LOGIN[..1], &LOGIN[1..]).tokens();
    let description = split(LOGIN, &LOGIN[1..2]).refused(400, "invalid_request");
    assert!(description.contains("username"), "names the repeated parameter: {description}");
}

#[test]
fn req_t03_a_client_secret_in_the_query_is_always_refused() {
    let server = Server::start();
    for (_, site) in server.sites() {
        let id = [("client_id", SKYVAULT.0), ("client_secret", SKYVAULT.1)];
        site.post("/oauth/token").query(&id).form(LOGIN).send().refused(400, "invalid_request");
    }
    // Even where Basic has authenticated the client already.
    let doubled = server.skyvault().post("/oauth/token?client_secret=secret").basic(SKYVAULT).form(LOGIN).send();
    doubled.refused(400, "invalid_request");
}

#[test]
fn req_c01_values_of_the_query_are_never_logged() {
    let server = Server::start();
    let pairs = [
        ("grant_type", "password"),
        ("username", "admin"),
        ("password", "canary-in-query"),
        ("access_token", "canary-token"),
        ("client_secret", "canary-secret"),
    ];
    let answer = server.skyvault().post("/oauth/token").basic(SKYVAULT).query(&pairs).send();
    let line = server.log_of(&answer.request_id());
    assert!(!line.is_empty(), "the refusal is logged");
    server.skyvault().get("/secure?access_token=canary-token").send();
    server.skyvault().get("/no/such/path?code=canary-code").send();
    assert!(!server.log().contains("canary"), "{}", server.log());
}

#[test]
fn req_t04_raw_blanks_beside_ampersands_are_dropped_and_encoded_ones_kept() {
    let server = Server::start();
    let send = |body: &str| server.korap().post("/api/oauth2/token").basic(SUPER).raw_form(body).send();
    for body in [
        "grant_type=password\r\n&username=dory\r\n&password=dorypass\r\n",
        "\n grant_type=password&\tusername=dory \t&password=dorypass \n",
        "grant_type=password&username=dory&password=dorypass&scope=search match_info",
    ] {
        send(body).tokens();
    }
    send("grant_type=password&username=dory&password=dorypass%0A").refused(400, "invalid_grant");
    send("grant_type=password&username=dory&password=dorypass+").refused(400, "invalid_grant");
}

#[test]
fn req_t14_an_empty_parameter_is_a_missing_one_and_an_unknown_one_is_ignored() {
    let server = Server::start();
    let send = |more: &[(&str, &str)]| server.standard().post("/oauth/token").basic(C1).form(&[LOGIN, more].concat()).send();
    assert_eq!(send(&[("scope", ""), ("audience", ""), ("nonsense", "1")]).tokens().scope, "read write");
    let no_grant = [("grant_type", ""), ("username", DORY.0), ("password", DORY.1)];
    let description = server.standard().post("/oauth/token").basic(C1).form(&no_grant).send();
    assert!(description.refused(400, "invalid_request").contains("grant_type"));
}

#[test]
fn req_t03_every_repeated_parameter_is_refused_by_name() {
    let server = Server::start();
    for name in ["grant_type", "username", "password", "scope", "client_id", "audience", "refresh_token", "nonsense"] {
        let body = format!("{name}=C1&{name}=C1");
        let answer = server.standard().post("/oauth/token").basic(C1).raw_form(&body).send();
        let description = answer.refused(400, "invalid_request");
        assert!(description.contains(name), "{name}: {description}");
    }
}

#[test]
fn req_c14_blanks_in_names_are_forgiven_on_skyvault() {
    let server = Server::start();
    let target = "/oauth/token?grant_type=password&%20username=admin&password%20=tiger";
    server.skyvault().post(target).basic(SKYVAULT).send().tokens();
}

#[test]
fn req_c14_doubled_slashes_are_forgiven_on_skyvault() {
    let server = Server::start();
    let target = "//oauth/token?grant_type=password&username=admin&password=tiger";
    server.skyvault().post(target).basic(SKYVAULT).send().tokens();
}

#[test]
fn req_c03_the_malformed_token_path_of_the_seed_is_not_served() {
    let server = Server::start();
    for path in ["/grant_type=password&username=admin&password=tiger", "/?grant_type=password&username=admin"] {
        let answer = server.skyvault().post(path).basic(SKYVAULT).send();
        assert_eq!(answer.status, 404, "{answer:?}");
    }
}

#[test]
fn invalid_utf8_and_nul_are_refused_wherever_text_is_expected() {
    let server = Server::start();
    for body in [
        "grant_type=password&username=%FF%FE&password=x",
        "grant_type=password&username=dory&password=%C3%28",
        "grant_type=password&username=do%00ry&password=dorypass",
        "grant_type=password&username=dory&password=dorypass&scope=re%00ad",
        "grant_type=pass%FFword",
    ] {
        server.standard().post("/oauth/token").basic(C1).raw_form(body).send().refused(400, "invalid_request");
    }
    let bytes = b"grant_type=password&username=\xff\xfe&password=x";
    let answer = server.standard().post("/oauth/token").basic(C1).body("application/x-www-form-urlencoded", bytes).send();
    answer.refused(400, "invalid_request");
    server.standard().post("/oauth/token").basic(C1).form(LOGIN).send().tokens();
}

#[test]
fn sec_p02_what_is_too_large_is_refused_and_costs_no_memory() {
    let server = Server::start();
    let site = server.standard();
    site.post("/oauth/token").basic(C1).form(LOGIN).send().tokens();
    let before = server.memory_kib();

    let login = encode(LOGIN);
    for _ in 0..5 {
        let length = 10 << 20;
        let head = format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{login}&x="
        );
        let answer = site.raw([head.into_bytes(), vec![b'a'; length - login.len() - 3]].concat());
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
    let many: String = (0..10_000).map(|n| format!("&p{n}=")).collect();
    let answer = site.post("/oauth/token").basic(C1).raw_form(&format!("{login}{many}")).send();
    assert!([400, 413].contains(&answer.status), "{answer:?}");
    let long = "u".repeat(60_000);
    let answer = site.post("/oauth/token").basic(C1).raw_form(&format!("{login}&state={long}")).send();
    assert!([200, 400].contains(&answer.status), "{answer:?}");
    let answer = site.post("/oauth/token").basic(C1).form(&[("grant_type", "password"), ("username", &long)]).send();
    answer.refused(400, "invalid_request");
    let header = "h".repeat(64 << 10);
    let answer = site.raw(format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\nX-Long: {header}\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 431 ") || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let target = format!("/oauth/token?x={}", "q".repeat(64 << 10));
    let answer = site.raw(format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
    let status = answer.split(' ').nth(1).unwrap_or_default();
    assert!(["400", "413", "414", "431"].contains(&status), "{answer}");

    site.post("/oauth/token").basic(C1).form(LOGIN).send().tokens();
    let grown = server.memory_kib().saturating_sub(before);
    assert!(grown < 20 << 10, "50 MiB of refused bodies left {grown} KiB behind");
}

#[test]
fn sec_p02_a_body_that_does_not_name_its_length_is_bounded_as_well() {
    let server = Server::start();
    let head = "POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
    let answer = server.standard().raw(format!("{head}{}0\r\n\r\n", chunk.repeat(1000)));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn sec_p03_floods_of_names_and_words_are_answered() {
    let server = Server::start();
    let site = server.standard();
    let words = "read ".repeat(10_000);
    let answer = site.post("/oauth/token").basic(C1).form(&[LOGIN, &[("scope", words.trim())]].concat()).send();
    assert!([200, 400].contains(&answer.status), "{answer:?}");
    let distinct: String = (0..9_000).map(|n| format!("s{n} ")).collect();
    let answer = site.post("/oauth/token").basic(C1).form(&[LOGIN, &[("scope", distinct.trim())]].concat()).send();
    assert!((400..500).contains(&answer.status), "{answer:?}");
    let ampersands = format!("{}{}", encode(LOGIN), "&".repeat(60_000));
    let answer = site.post("/oauth/token").basic(C1).raw_form(&ampersands).send();
    assert!([200, 400].contains(&answer.status), "{answer:?}");
    let equals = "=".repeat(60_000);
    let answer = site.post("/oauth/token").basic(C1).raw_form(&equals).send();
    assert!((400..500).contains(&answer.status), "{answer:?}");
}
