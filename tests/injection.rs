//! Texts that want to be more than text: on pages, in redirects, in the store and in the log.

use crate::asking::Ask;
use crate::fixture::{App, DORY, MARLIN, RIVAL, WEB};
use crate::html::Html;
use crate::person::Person;
use crate::server::Home;

const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" autofocus onfocus=alert(1) x=\"",
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</form><form action=https://evil.example>",
    "<!--",
    "]]>",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "${7*7}",
    "&lt;script&gt;",
    "\u{202e}\u{2066}txt",
    "<svg/onload=alert(1)>",
    "`\\\u{2028}",
];

/// Names of elements and attributes in order: what a text on a page must not change.
fn shape(page: &Html) -> Vec<String> {
    page.elements.iter().map(|element| format!("{} {:?}", element.name, element.attributes.keys().collect::<Vec<_>>())).collect()
}

#[test]
fn sec_a15_what_a_request_says_is_text_on_a_page_and_nothing_else() {
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    let site = server.standard();
    let mut person = Person::new(site, DORY);
    let parameters = ["state", "login_hint", "ui_locales", "nonce", "unknown"];
    let error_parameters = ["client_id", "redirect_uri"];
    let refused = person.get(&Ask::code(WEB).with("redirect_uri", "https://x").target()).page();
    let unknown = person.get(&Ask::code(WEB).with("client_id", "x").target()).page();
    let login = person.get(&Ask::code(WEB).target()).page();
    let consent = Person::signed_in(site, DORY).get(&Ask::code(WEB).target()).page();
    let wrong = person.post(&login.form("/login").with("username", "x").with("password", "x")).page();
    for payload in PAYLOADS {
        for name in parameters {
            let ask = Ask::code(WEB).with(name, payload);
            let page = person.get(&ask.target()).page();
            assert_eq!(shape(&page), shape(&login), "{name}={payload}");
            let page = Person::signed_in(site, DORY).get(&ask.target()).page();
            assert_eq!(shape(&page), shape(&consent), "{name}={payload}");
        }
        for name in error_parameters {
            let page = person.get(&Ask::code(WEB).with(name, payload).target()).error_page();
            let like = if name == "client_id" { &unknown } else { &refused };
            assert_eq!(shape(&page), shape(like), "{name}={payload}");
        }
        let hinted = person.get(&Ask::code(WEB).with("login_hint", payload).target()).page();
        assert_eq!(hinted.form("/login").field("username"), *payload);
        let page = person.post(&login.form("/login").with("username", payload).with("password", "x")).page();
        assert_eq!(shape(&page), shape(&wrong), "username={payload}");
        // To the application it goes encoded, and the rest of the answer stays as it is.
        let told = person.get(&Ask::code(WEB).with("scope", payload).with("state", payload).target());
        assert_eq!(told.sent_with("state").as_deref(), Some(*payload), "{told:?}");
        assert!(["invalid_scope", "invalid_request"].contains(&told.sent_error().as_str()), "{told:?}");
        let posted = person.get(&Ask::code(WEB).with("scope", "x").with("state", payload).with("response_mode", "form_post").target());
        assert_eq!(posted.page().form(WEB.redirect_uri).field("state"), *payload);
        assert_eq!(posted.page().all("script").count(), 1);
    }
}

#[test]
fn sec_a15_names_of_clients_and_users_are_text_as_well() {
    for payload in PAYLOADS.iter().step_by(3) {
        let name = toml::Value::String((*payload).to_owned());
        let server = Home::demo().with_client("rival", &format!("name = {name}")).with_client("web", "name = 'x'").start();
        let site = server.standard();
        let app = |app: App| {
            let mut person = Person::new(site, DORY);
            let login = person.get(&Ask::code(app).target());
            let consent = person.sign_in_here(&login);
            let sent = person.post(&consent.page().form("/consent").pressed("allow"));
            site.redeem(app, &sent.sent_with("code").unwrap());
            (login, consent)
        };
        let (plain, named) = (app(WEB), app(RIVAL));
        assert_eq!(shape(&named.0.page()), shape(&plain.0.page()), "{payload}");
        assert_eq!(shape(&named.1.page()), shape(&plain.1.page()), "{payload}");
        let account = Person::signed_in(site, DORY).get("/account").page();
        assert_eq!(account.all("script").count(), 0);
        assert!(account.elements.iter().all(|element| element.attributes.keys().all(|name| !name.starts_with("on"))), "{payload}");
    }
}

#[test]
fn sec_p16_injections_at_the_pages_are_inert_and_log_lines_stay_one_line() {
    let payloads = [
        "dory' OR '1'='1",
        "dory\"; DROP TABLE users; --",
        "dory\r\n{\"level\":\"INFO\",\"message\":\"INJECTED\"}",
        "dory\n2026-01-01T00:00:00Z  INFO INJECTED",
        "\u{1b}[31mINJECTED\u{1b}[0m",
        "../../../../etc/passwd",
        "*)(uid=*",
    ];
    for format in ["json", "text"] {
        let server = Home::demo().with(&format!("[log]\nformat = '{format}'\n[throttle]\nenabled = false")).start();
        let mut person = Person::new(server.standard(), DORY);
        for payload in payloads {
            for name in ["client_id", "redirect_uri", "scope", "state", "login_hint", "response_type", "prompt", "resource", "ui_locales"] {
                assert!(person.get(&Ask::code(WEB).with(name, payload).target()).status < 500);
            }
            let login = person.get("/login").page().form("/login");
            let answer = person.post(&login.with("username", payload).with("password", payload));
            assert!(answer.status == 400 && answer.is_login(), "{payload}: {answer:?}");
            let mut signed_in = Person::signed_in(server.standard(), DORY);
            signed_in.headers.push(("User-Agent".into(), payload.replace(['\r', '\n', '\u{1b}'], "")));
            let csrf = signed_in.get("/account").page().form("/logout");
            for (action, name) in [("applications/revoke", "authorization"), ("applications/revoke", "client"), ("sessions/end", "session")]
            {
                let form = csrf.clone().to(&format!("/account/{action}")).with(name, payload);
                assert!(signed_in.post(&form).status < 500);
            }
            assert_ne!(signed_in.get(&format!("/account?done={}", crate::client::encode(&[("", payload)]))).status, 500);
        }
        person.sign_in();
        Person::signed_in(server.standard(), MARLIN);
        for line in server.log().lines() {
            assert!(!line.contains('\u{1b}'), "a terminal would obey this line: {line:?}");
            if format == "json" {
                serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|why| panic!("{why}: {line}"));
            } else {
                assert!(!line.starts_with("2026-01-01T00:00:00Z") && !line.starts_with('{'), "{line}");
            }
        }
    }
}
