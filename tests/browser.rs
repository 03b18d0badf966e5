//! What a script of another origin may do (CORS).

use crate::fixture::{C1, SKYVAULT};
use crate::server::{Home, Server};

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example.com";
const SHARED: &[&str] = &["/oauth/token", "/oauth/introspect", "/.well-known/oauth-authorization-server"];
const PRIVATE: &[&str] = &["/secure", "/health"];

fn preflight(server: &Server, path: &str, origin: &str) -> crate::client::Answer {
    server
        .standard()
        .method("OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,content-type")
        .send()
}

fn with_cors() -> Server {
    Home::demo().with(&format!("[cors]\nenabled = true\norigins = ['{APP}']")).start()
}

#[test]
fn req_r07_cors_is_off_unless_switched_on() {
    let server = Server::start();
    for path in SHARED {
        let answer = preflight(&server, path, APP);
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}: {answer:?}");
    }
    let form = [("grant_type", "client_credentials")];
    let answer = server.standard().post("/oauth/token").basic(C1).header("Origin", APP).form(&form).send();
    answer.tokens();
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[test]
fn sec_p10_only_a_configured_origin_may_read_only_what_is_shared() {
    let server = with_cors();
    for path in SHARED {
        let answer = preflight(&server, path, APP);
        assert!([200, 204].contains(&answer.status), "{path}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), APP, "{path}");
        assert!(answer.header("access-control-allow-methods").contains("POST") || path.starts_with("/.well"), "{answer:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "never with credentials");
        assert!(answer.header("vary").to_ascii_lowercase().contains("origin"), "{answer:?}");
    }
    for path in SHARED.iter().chain(PRIVATE) {
        for origin in [EVIL, "null", "https://app.example.com.evil.example", "http://app.example.com", "*", ""] {
            let answer = preflight(&server, path, origin);
            assert_eq!(answer.header("access-control-allow-origin"), "", "{path} {origin}: {answer:?}");
        }
    }
    for path in PRIVATE {
        assert_eq!(preflight(&server, path, APP).header("access-control-allow-origin"), "", "{path}");
    }
    let form = [("grant_type", "client_credentials")];
    let ask = |origin: &str| server.standard().post("/oauth/token").basic(C1).header("Origin", origin).form(&form).send();
    assert_eq!(ask(APP).header("access-control-allow-origin"), APP);
    assert_eq!(ask(EVIL).header("access-control-allow-origin"), "");
    let refused = server.standard().post("/oauth/token").header("Origin", APP).form(&form).send();
    assert_eq!(refused.header("access-control-allow-origin"), APP, "a script may read why it was refused");
}

#[test]
fn req_r07_the_switch_is_understood_in_the_spelling_of_the_seed() {
    let settings = format!("[authentication.oauth]\ncorsFilter = true\n[cors]\norigins = ['{APP}']");
    let server = Home::demo().with(&settings).start();
    let form = [("grant_type", "client_credentials")];
    let answer = server.skyvault().post("/oauth/token").basic(SKYVAULT).header("Origin", APP).form(&form).send();
    assert_eq!(answer.header("access-control-allow-origin"), APP, "{answer:?}");
}
