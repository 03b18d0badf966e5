//! What holds for every page: its headers, what it may load, who may frame it, and its one path.

use crate::asking::Ask;
use crate::client::Answer;
use crate::fixture::{DORY, PHONE, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

/// One of each page, with the redirects between them.
fn every_answer(server: &Server) -> Vec<(&'static str, Answer)> {
    let site = server.standard();
    let mut person = Person::new(site, DORY);
    let login = person.get(&Ask::code(WEB).target());
    let wrong = person.post(&login.page().form("/login").with("username", DORY.0).with("password", "wrong"));
    let stale = person.post(&login.page().form("/login").with("csrf", "x"));
    let signed_in = person.fill_in(&login.page());
    let consent = person.get(signed_in.header("location"));
    let allowed = person.post(&consent.page().form("/consent").pressed("allow"));
    let repeated = person.post(&consent.page().form("/consent").pressed("allow"));
    site.redeem(WEB, &allowed.sent_with("code").unwrap());
    let form_post = person.get(&Ask::code(WEB).with("response_mode", "form_post").target());
    let told = person.get(&Ask::code(WEB).with("scope", "nonsense").target());
    let error = person.get(&Ask::code(WEB).with("redirect_uri", "https://evil.example").target());
    let account = person.get("/account");
    let password = person.get("/account/password");
    let sign_out = person.get("/logout");
    let logout = account.page().form("/logout");
    let done = person.post(&account.page().form("/account/applications/revoke"));
    let gone = person.post(&logout.clone().to("/account/sessions/end").with("session", "x"));
    let signed_out = person.post(&logout);
    vec![
        ("login", login),
        ("wrong", wrong),
        ("stale", stale),
        ("signed in", signed_in),
        ("consent", consent),
        ("allowed", allowed),
        ("repeated", repeated),
        ("form_post", form_post),
        ("told", told),
        ("error", error),
        ("account", account),
        ("password", password),
        ("sign out", sign_out),
        ("done", done),
        ("gone", gone),
        ("signed out", signed_out),
    ]
}

#[test]
fn sec_a13_no_page_tells_where_one_was_or_loads_anything_from_elsewhere() {
    let server = Server::start();
    for (name, answer) in every_answer(&server) {
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{name}: {answer:?}");
        if !answer.is_html() {
            assert!(answer.body.is_empty(), "{name}: a redirect says nothing more: {answer:?}");
            continue;
        }
        let page = answer.page();
        for element in &page.elements {
            for target in ["src", "href", "srcset", "data", "poster"].map(|attribute| element.get(attribute)) {
                assert!(target.is_empty() || (target.starts_with('/') && !target.starts_with("//")), "{name} loads {target}");
            }
            assert!(!["iframe", "object", "embed", "base"].contains(&element.name.as_str()), "{name}: {element:?}");
        }
        // What it loads is there, and may be stored; that is all that may.
        for link in page.all("link") {
            let asset = server.standard().get(link.get("href")).send();
            assert_eq!(asset.status, 200, "{asset:?}");
            assert!(!asset.header("cache-control").contains("no-store"), "{asset:?}");
        }
        for form in &page.forms {
            assert!(form.action.starts_with('/') || form.action == WEB.redirect_uri, "{name} posts to {}", form.action);
        }
    }
}

#[test]
fn sec_a14_no_page_can_be_framed() {
    let server = Server::start();
    for (name, answer) in every_answer(&server) {
        assert_eq!(answer.header("x-frame-options"), "DENY", "{name}: {answer:?}");
        if answer.is_html() {
            let policy = answer.header("content-security-policy");
            for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
                assert!(policy.split("; ").any(|one| one.starts_with(part)), "{name}: {part} in {policy}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("data:"), "{name}: {policy}");
            assert_eq!(policy.contains("script-src"), name == "form_post", "{name}: {policy}");
        }
    }
    // A form leads here, and by here to the application, which may lead on: only the scheme is certain.
    let mut person = Person::signed_in(server.standard(), DORY);
    let mut policy_of = |ask: Ask| person.get(&ask.target()).header("content-security-policy").to_owned();
    let web = policy_of(Ask::code(WEB).with("prompt", "consent"));
    assert!(web.contains("form-action 'self' https:;"), "{web}");
    let phone = policy_of(Ask::code(PHONE).with("redirect_uri", "http://127.0.0.1:5100/cb"));
    assert!(phone.contains("form-action 'self' http:;"), "{phone}");
}

#[test]
fn sec_p11_no_page_and_no_redirect_may_be_stored() {
    let server = Server::start();
    for (name, answer) in every_answer(&server) {
        assert_eq!(answer.header("cache-control"), "no-store", "{name}: {answer:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}: {answer:?}");
        answer.request_id();
    }
}

#[test]
fn sec_p10_no_script_of_another_origin_may_read_a_page() {
    let app = "https://app.example.com";
    let server = Home::demo().with(&format!("[cors]\nenabled = true\norigins = ['{app}']")).start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let form = [("grant_type", "client_credentials")];
    let shared = server.standard().post("/oauth/token").basic(crate::fixture::C1).header("Origin", app).form(&form).send();
    assert_eq!(shared.header("access-control-allow-origin"), app);
    let authorize = Ask::code(WEB).target();
    for path in ["/login", "/logout", "/account", "/account/password", "/consent", "/account/applications/revoke", &authorize] {
        for origin in [app, "https://evil.example", "null"] {
            for method in ["GET", "POST", "OPTIONS"] {
                let request = person.site.method(method, path).header("Origin", origin).header("Access-Control-Request-Method", "POST");
                let answer = person.send(request);
                for header in ["access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-headers"] {
                    assert_eq!(answer.header(header), "", "{method} {path} from {origin}: {answer:?}");
                }
            }
        }
    }
}

#[test]
fn sec_p09_pages_have_one_path_each() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    assert!(person.get("/account").page().text().contains("dory"));
    for path in [
        "//account",
        "/account/",
        "/./account",
        "/x/../account",
        "/%61ccount",
        "/account%2f",
        "/account%00",
        "/account;x=1",
        "/Account",
        "/ACCOUNT",
        "/account.",
        "/health/..;/account",
        "/account\\",
        "/account/password/",
        "/account%2fpassword",
        "/oauth//authorize",
        "/oauth/authorize/",
        "/login/",
        "//login",
        "/assets/../keyward.toml",
        "/assets/%2e%2e/keyward.toml",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {}\r\n\r\n", person.cookie_header());
        let answer = person.site.raw(request);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "404"].contains(&status) && !answer.contains("dory"), "{path}: {answer}");
    }
}

#[test]
fn what_is_not_there_is_a_page_for_people_and_json_for_programs() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    person.headers.push(("Accept".into(), "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8".into()));
    for (method, path, status, allow) in [
        ("GET", "/nothing-here", 404, ""),
        ("GET", "/consent", 405, "POST"),
        ("GET", "/account/applications/revoke", 405, "POST"),
        ("GET", "/account/sessions/end", 405, "POST"),
        ("PUT", "/login", 405, "GET, HEAD, POST"),
        ("PUT", "/logout", 405, "GET, HEAD, POST"),
        ("PUT", "/device", 405, "GET, HEAD, POST"),
        ("DELETE", "/oauth/authorize", 405, "GET, HEAD, POST"),
        ("POST", "/account", 405, "GET, HEAD"),
        ("PATCH", "/account/password", 405, "GET, HEAD, POST"),
    ] {
        let shown = person.send(person.site.method(method, path));
        assert_eq!((shown.status, shown.header("allow")), (status, allow), "{method} {path}: {shown:?}");
        assert!(shown.page().id("error").is_some_and(|error| error.text.contains("no page at this address")), "{shown:?}");
        let told = person.site.method(method, path).header("Accept", "application/json").send();
        assert_eq!((told.status, told.header("allow")), (status, allow), "{told:?}");
        assert_eq!(told.json()["error"], "invalid_request", "{told:?}");
    }
}

#[test]
fn pages_say_in_the_persons_language_what_a_mistake_is_and_where_they_are_signed_in() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::new(site, DORY);
    person.headers.push(("User-Agent".into(), "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into()));
    person.sign_in();
    for (language, words) in [("en", ["Firefox on Linux", "did not say where"]), ("de", ["Firefox unter Linux", "hat nicht gesagt, wohin"])]
    {
        let mut reader = person.clone();
        reader.headers.push(("Accept-Language".into(), language.into()));
        let without = Ask::code(PHONE).without("redirect_uri");
        let texts = [reader.get("/account"), reader.get(&without.target())].map(|answer| answer.page().text());
        for (text, words) in texts.iter().zip(words) {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    // Signed out elsewhere while a page was open.
    let form = person.get(&Ask::code(WEB).target()).page().form("/consent").pressed("allow");
    person.clone().sign_out();
    let stale = person.post(&form);
    assert!(stale.status == 403 && stale.page().text().contains("signed in or out"), "{stale:?}");
}
