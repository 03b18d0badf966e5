//! What holds for every answer of every endpoint: its headers, its paths, its log line, and what it never says.

use std::fs;

use crate::client::{Answer, Site};
use crate::fixture::{ADMIN, C1, DORY, SKYVAULT, SUPER};
use crate::server::{Home, Server};

/// Every path with a request that succeeds on it.
fn successes(server: &Server) -> Vec<(&'static str, Answer)> {
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let token = [("token", tokens.access.as_str())];
    vec![
        ("/oauth/token", site.ask_password(C1, DORY)),
        ("/api/oauth2/token", server.korap().ask_password(SUPER, DORY)),
        ("/oauth/introspect", site.post("/oauth/introspect").basic(C1).form(&token).send()),
        ("/introspect", site.post("/introspect").basic(C1).form(&token).send()),
        ("/oauth/check_token", site.post("/oauth/check_token").basic(C1).form(&token).send()),
        ("/secure", site.get("/secure").bearer(&tokens.access).send()),
        ("/oauth/revoke", site.post("/oauth/revoke").basic(C1).form(&token).send()),
        ("/health", site.get("/health").send()),
        ("/health/ready", site.get("/health/ready").send()),
        ("/management/health", site.get("/management/health").send()),
        ("/oauth/jwks", site.get("/oauth/jwks").send()),
        ("/.well-known/oauth-authorization-server", site.get("/.well-known/oauth-authorization-server").send()),
    ]
}

/// One refusal of each kind, with the step that must be named in the log.
fn refusals(site: &Site) -> Vec<Answer> {
    let post = |form: &[(&str, &str)]| site.post("/oauth/token").basic(C1).form(form).send();
    let password = ("grant_type", "password");
    vec![
        post(&[]),
        post(&[("grant_type", "blahblah")]),
        post(&[password]),
        post(&[password, ("username", DORY.0), ("password", "canary-password")]),
        post(&[password, ("username", "canary-user"), ("password", "canary-password")]),
        post(&[password, ("username", DORY.0), ("password", DORY.1), ("scope", "nonsense")]),
        post(&[password, ("username", DORY.0), ("password", DORY.1), ("audience", "https://unknown.example")]),
        post(&[("grant_type", "refresh_token"), ("refresh_token", "canary-refresh")]),
        post(&[("grant_type", "refresh_token")]),
        site.post("/oauth/token").basic((C1.0, "canary-secret")).form(&[password]).send(),
        site.post("/oauth/token").basic(("canary-client", "canary-secret")).form(&[password]).send(),
        site.post("/oauth/token").form(&[password]).send(),
        site.post("/oauth/token").basic(C1).body("application/json", "{\"password\":\"canary-json\"}").send(),
        site.post("/oauth/token").basic(C1).raw_form("password=canary-1&password=canary-2").send(),
        site.post("/oauth/token").basic(C1).raw_form("grant_type=password&username=%FF").send(),
        site.post("/oauth/token?client_secret=canary-secret").form(&[password]).send(),
        site.post("/oauth/revoke").basic(C1).form(&[]).send(),
        site.post("/oauth/introspect").basic((C1.0, "canary-secret")).form(&[("token", "canary-token")]).send(),
        site.post("/oauth/check_token").basic(C1).form(&[("token", "canary-token")]).send(),
    ]
}

#[test]
fn sec_p11_nothing_but_keys_and_metadata_may_be_stored() {
    let server = Server::start();
    for (path, answer) in successes(&server) {
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let cached = ["/oauth/jwks", "/.well-known/oauth-authorization-server"].contains(&path);
        let control = answer.header("cache-control");
        assert!(cached || control.contains("no-store"), "{path}: {answer:?}");
    }
    for answer in refusals(server.standard()) {
        assert!(answer.header("cache-control").contains("no-store"), "{answer:?}");
    }
    for path in ["/secure", "/no-such-path", "/oauth/token"] {
        let answer = server.standard().get(path).send();
        assert!(answer.header("cache-control").contains("no-store"), "{path}: {answer:?}");
    }
}

#[test]
fn every_answer_carries_its_own_request_id_and_tells_no_referrer() {
    let server = Server::start();
    let mut ids = std::collections::BTreeSet::new();
    for (path, answer) in successes(&server) {
        assert!(ids.insert(answer.request_id()), "{path} repeats an id");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}: {answer:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}: {answer:?}");
    }
    for answer in refusals(server.standard()) {
        assert!(ids.insert(answer.request_id()));
    }
    assert!(ids.insert(server.standard().get("/no-such-path").send().request_id()));
    // A caller does not choose the id, or it could write into the log.
    let chosen = server.standard().get("/health").header("x-request-id", "chosen\u{20}by=caller").send();
    assert_ne!(chosen.request_id(), "chosen by=caller");
}

#[test]
fn every_refusal_says_what_was_expected_and_its_log_line_names_the_failed_step() {
    let server = Server::start();
    let refusals = refusals(server.standard());
    for answer in &refusals {
        let code = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        answer.refused(answer.status, &code);
        let lines = server.log_of(&answer.request_id());
        let named = lines.lines().any(|line| {
            let event: serde_json::Value = serde_json::from_str(line).expect("a line of the log is JSON");
            let text = event.to_string();
            text.contains("\"step\":\"") && text.contains("\"reason\":\"")
        });
        assert!(named, "the step that failed is in the log of {answer:?}: {lines}");
    }
}

#[test]
fn req_q06_no_secret_is_ever_in_the_log_or_in_an_answer() {
    for format in ["json", "text"] {
        let settings = format!("[log]\nformat = '{format}'\nlevel = 'trace'\n[metrics]\naddress = '127.0.0.1:0'");
        let server = Home::demo().with(&settings).start();
        let refusals = refusals(server.standard());
        let site = server.standard();
        let tokens = site.login(C1, DORY);
        let refreshed = site.refresh(C1, tokens.refresh());
        let in_query = [("grant_type", "password"), ("username", ADMIN.0), ("password", ADMIN.1)];
        server.skyvault().post("/oauth/token").basic(SKYVAULT).query(&in_query).send().tokens();
        site.introspect(C1, &refreshed.access);
        site.revoke(C1, refreshed.refresh());
        let metrics = server.metrics().get("/metrics").send().body;
        assert!(metrics.contains("# TYPE"), "{metrics}");

        for answer in &refusals {
            assert!(!answer.body.contains("canary"), "an answer repeats what it was given: {answer:?}");
        }
        let root_key = fs::read(server.home().root_key()).unwrap();
        let home = server.stop();
        let log = ["stdout", "stderr"].map(|name| fs::read_to_string(home.path(name)).unwrap()).concat();
        let secrets = [C1.1, SKYVAULT.1, DORY.1, ADMIN.1, &tokens.access, tokens.refresh(), &refreshed.access];
        for said in [&log, &metrics] {
            for secret in secrets.iter().filter(|secret| **secret != "secret") {
                assert!(!said.contains(*secret), "{secret} is in the output: {said}");
            }
            assert!(!said.contains("canary-p") && !said.contains("canary-s"), "{said}");
            assert!(!said.contains("canary-t") && !said.contains("canary-r") && !said.contains("canary-j"), "{said}");
            assert!(!said.contains(String::from_utf8_lossy(&root_key).trim()), "the root key is in the output");
        }
    }
}

#[test]
fn the_text_log_names_the_step_as_well() {
    let server = Home::demo().with("[log]\nformat = 'text'").start();
    let answer = server.standard().ask_password(C1, (DORY.0, "wrong"));
    let lines = server.log_of(&answer.request_id());
    assert!(lines.contains("step=") && lines.contains("reason="), "{lines}");
    assert!(serde_json::from_str::<serde_json::Value>(lines.lines().next().unwrap()).is_err());
}

#[test]
fn sec_p16_injections_are_inert_and_log_lines_stay_one_line() {
    let payloads = [
        "dory' OR '1'='1",
        "dory\"; DROP TABLE users; --",
        "*)(uid=*",
        "dory\r\n{\"level\":\"INFO\",\"message\":\"INJECTED\"}",
        "dory\n2026-01-01T00:00:00Z  INFO INJECTED",
        "{{7*7}}${7*7}<%= 7*7 %>",
        "\u{1b}[31mINJECTED\u{1b}[0m",
        "../../../../etc/passwd",
        "$(touch INJECTED)`touch INJECTED`",
        "\u{202e}yrod",
        "<script>alert(1)</script>",
    ];
    for format in ["json", "text"] {
        let server = Home::demo().with(&format!("[log]\nformat = '{format}'\n[throttle]\nenabled = false")).start();
        let site = server.standard();
        for payload in payloads {
            for name in ["username", "password", "scope", "audience", "client_id", "grant_type", "refresh_token"] {
                let grant = if name == "refresh_token" { name } else { "password" };
                let mut form = vec![("grant_type", grant), ("username", DORY.0), ("password", DORY.1)];
                form.retain(|(key, _)| *key != name);
                form.push((name, payload));
                let answer = site.post("/oauth/token").basic(C1).form(&form).send();
                assert!((400..500).contains(&answer.status), "{name}={payload}: {answer:?}");
                assert!(!answer.body.contains("<script>"), "{answer:?}");
            }
            let stranger = site.post("/oauth/token").form(&[("client_id", payload), ("client_secret", payload)]).send();
            assert!((400..500).contains(&stranger.status), "{stranger:?}");
            assert_eq!(site.introspect(C1, payload)["active"], false);
        }
        site.login(C1, DORY);
        for line in server.log().lines() {
            assert!(!line.contains('\u{1b}'), "a terminal would obey this line: {line:?}");
            if format == "json" {
                serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|why| panic!("{why}: {line}"));
            } else {
                assert!(!line.starts_with("2026-01-01T00:00:00Z") && !line.starts_with('{'), "{line}");
            }
        }
        assert!(!server.home().path("INJECTED").exists());
    }
}

#[test]
fn sec_p09_paths_have_one_spelling() {
    let server = Server::start();
    let site = server.standard();
    let login = [("grant_type", "client_credentials")];
    site.post("/oauth/token").basic(C1).form(&login).send().tokens();
    for path in [
        "/oauth/./token",
        "/oauth/x/../token",
        "/oauth%2ftoken",
        "/oauth%2Ftoken",
        "/oauth/token/",
        "/oauth/token;x=1",
        "/oauth/token.",
        "/oauth/token%00",
        "/OAuth/token",
        "/oauth/TOKEN",
        "/.well-known/..;/oauth/token",
        "/%6fauth/token",
        "/oauth/token%20",
        "/oauth\\token",
    ] {
        let answer = site.raw(format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\ngrant_type=client_credentials",
            data_encoding::BASE64.encode(format!("{}:{}", C1.0, C1.1).as_bytes())
        ));
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "404"].contains(&status), "{path}: {answer}");
    }
    // Doubled slashes are for the profile whose seed shows them.
    assert_eq!(site.post("//oauth/token").basic(C1).form(&login).send().status, 404);
    for path in ["/metrics", "/secure/..;/health", "//secure", "/secure/", "/%73ecure", "/api/oauth2/token", "/etc/passwd"] {
        let answer = site.get(path).send();
        assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
    }
}

#[test]
fn metrics_are_on_their_own_listener_alone() {
    let server = Home::demo().with("[metrics]\naddress = '127.0.0.1:0'").start();
    server.standard().login(C1, DORY);
    let metrics = server.metrics().get("/metrics").send();
    assert_eq!(metrics.status, 200);
    assert!(metrics.body.contains("# TYPE") && metrics.body.contains("keyward"), "{}", metrics.body);
    for (_, site) in server.sites() {
        assert_eq!(site.get("/metrics").send().status, 404);
    }
    assert_eq!(server.metrics().post("/oauth/token").basic(C1).form(&[]).send().status, 404);
}
