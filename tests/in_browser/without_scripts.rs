//! The same where no scripts run: nothing needs them.

use super::chromium::Chromium;
use super::{SHOP, Scene};

fn begin() -> Option<Scene> {
    Scene::with(&Chromium { scripts: false, ..Chromium::default() }, |home| home)
}

#[test]
fn one_signs_in_allows_and_ends_access_without_scripts() {
    let Some(scene) = begin() else { return };
    scene.browser.goto(&scene.authorize(&[]));
    scene.sign_in_with("not-the-password");
    assert!(scene.browser.is_there("error"));
    let tokens = scene.authorized();
    assert!(scene.site().is_active(SHOP, &tokens.access));
    scene.browser.goto(&scene.url("/account"));
    scene.browser.press_any("form:has(input[name=authorization]) button");
    assert!(!scene.site().is_active(SHOP, &tokens.access));
    scene.browser.press("logout");
    assert_eq!(scene.browser.heading(), "You are signed out");
}

#[test]
fn one_denies_without_scripts() {
    let Some(scene) = begin() else { return };
    scene.browser.goto(&scene.authorize(&[]));
    scene.sign_in();
    scene.browser.leave("deny");
    assert_eq!(scene.application.received().parameter("error"), "access_denied");
}

#[test]
fn a_form_post_waits_for_a_button() {
    let Some(scene) = begin() else { return };
    scene.browser.goto(&scene.authorize(&[("response_mode", "form_post")]));
    scene.sign_in();
    scene.browser.press("allow");
    assert!(scene.browser.heading().starts_with("Back to"), "the page stays");
    assert!(scene.application.is_left_alone());
    scene.browser.leave("continue");
    let received = scene.application.received();
    assert_eq!(received.method, "POST");
    scene.redeem(&received.parameter("code"));
}

#[test]
fn a_token_comes_in_the_fragment_without_scripts() {
    let Some(scene) = begin() else { return };
    scene.browser.goto(&scene.authorize(&[("response_type", "token"), ("code_challenge", ""), ("code_challenge_method", "")]));
    scene.sign_in();
    assert!(scene.browser.leave("allow").contains("#access_token="));
}
