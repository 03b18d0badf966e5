//! What comes from elsewhere is shown, and does nothing (A15); and whoever watches would notice.

use super::chromium::Chromium;
use super::page::Browser;
use super::{Application, SHOP, Scene};
use crate::client::encode;

const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' autofocus onfocus=alert(1) x='",
    "</title></style><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}<b id=injected>",
    "</script><iframe srcdoc='<script>parent.alert(1)</script>'>",
    "\u{202e}<details open ontoggle=alert(1)>",
];

/// Nothing on the page came from a payload.
fn assert_harmless(scene: &Scene, what: &str) {
    let foreign = "#injected, iframe, svg, main img, main script, [onerror], [onload], [onfocus], [ontoggle], [href^='javascript:']";
    assert_eq!(scene.browser.count(foreign), 0, "{what} at {}", scene.browser.address());
}

#[test]
fn sec_a15_nothing_in_a_request_becomes_part_of_a_page() {
    let Some(scene) = Scene::begin() else { return };
    for payload in PAYLOADS {
        for name in ["state", "login_hint", "ui_locales", "nonce"] {
            scene.browser.goto(&scene.authorize(&[(name, payload)]));
            assert_eq!(scene.browser.heading(), "Sign in", "{name} {payload}");
            assert_harmless(&scene, name);
        }
        scene.browser.goto(&scene.authorize(&[("login_hint", payload)]));
        assert_eq!(scene.browser.value("username"), *payload, "it is shown as it is");
        for name in ["client_id", "redirect_uri"] {
            scene.browser.goto(&scene.authorize(&[(name, payload)]));
            assert_eq!(scene.browser.heading(), "That did not work", "{name} {payload}");
            assert_harmless(&scene, name);
        }
        for name in ["scope", "response_type", "prompt", "response_mode"] {
            scene.browser.goto(&scene.authorize(&[(name, payload)]));
            assert_harmless(&scene, name);
        }
        scene.browser.goto(&scene.url("/login"));
        scene.browser.fill("username", payload);
        scene.browser.fill("password", payload);
        scene.browser.press("login");
        assert_harmless(&scene, "a name that was entered");
        scene.browser.goto(&scene.url(&format!("/account?{}", encode(&[("notice", payload)]))));
        assert_harmless(&scene, "a notice");
    }
}

#[test]
fn sec_a15_no_name_of_an_application_becomes_part_of_a_page() {
    for payload in PAYLOADS {
        let name = format!("name = '''{payload}'''");
        let Some(scene) = Scene::with(&Chromium::default(), |home| home.with_client(SHOP.0, &name)) else { return };
        scene.browser.goto(&scene.authorize(&[("state", payload), ("response_mode", "form_post")]));
        assert_harmless(&scene, "the page to sign in");
        scene.sign_in();
        assert_harmless(&scene, "the page to consent");
        scene.browser.leave("allow");
        let received = scene.application.received();
        assert_eq!(received.parameter("state"), *payload, "state comes back as it was");
        scene.redeem(&received.parameter("code"));
        scene.browser.goto(&scene.url("/account"));
        assert_eq!(scene.browser.count("article"), 1);
        assert_harmless(&scene, "the account");
    }
}

/// The positive twin of every other test here: what they would see is seen.
#[test]
fn whatever_is_wrong_with_a_page_is_noticed() {
    if !crate::real::are_there("a browser") {
        return;
    }
    let findings = |content: &'static str| {
        let application = Application::showing(content);
        let hosts = [application.address().to_string(), application.address().to_string()];
        let browser = Browser::open(&Chromium::default(), hosts);
        browser.visit(&application.callback());
        browser.findings().join("\n")
    };
    assert_eq!(findings("<h1>Harmless</h1>"), "");
    assert!(findings("<script>setTimeout(() => alert(1))</script>").contains("a dialog opened"));
    assert!(findings("<img src='http://tracker.example/x.png'>").contains("a request to http://tracker.example/x.png"));
    assert!(findings("<script>console.error('broken')</script>").contains("broken"));
    let policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:\"><script>alert(1)</script>";
    assert!(findings(policy).contains("Content Security Policy"), "a script that is only kept from running");

    let application = Application::showing("<p style='color:#ddd;background:#fff'>Hardly to be read<input>");
    let hosts = [application.address().to_string(), application.address().to_string()];
    let browser = Browser::open(&Chromium::default(), hosts);
    browser.visit(&application.callback());
    let violations = browser.violations().join("\n");
    assert!(violations.contains("color-contrast:") && violations.contains("label:"), "{violations}");
}
