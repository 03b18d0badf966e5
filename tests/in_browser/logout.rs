//! Signing out.

use super::{SHOP, Scene};

#[test]
fn who_signs_out_is_asked_for_the_password_again() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.url("/account"));
    scene.sign_in();
    scene.browser.press("logout");
    assert_eq!(scene.browser.heading(), "You are signed out");
    scene.browser.goto(&scene.url("/account"));
    assert_eq!(scene.browser.heading(), "Sign in");
}

#[test]
fn a_link_to_sign_out_asks_first() {
    let Some(scene) = Scene::begin() else { return };
    let tokens = scene.authorized();
    scene.browser.goto(&scene.url("/logout"));
    assert_eq!(scene.browser.heading(), "Sign out?");
    scene.browser.goto(&scene.url("/account"));
    assert_eq!(scene.browser.heading(), "Your account", "asking does nothing");
    assert!(scene.site().is_active(SHOP, &tokens.access));
    scene.browser.goto(&scene.url("/logout"));
    scene.browser.press("logout");
    assert_eq!(scene.browser.heading(), "You are signed out");
    assert!(!scene.site().is_active(SHOP, &tokens.access), "what was allowed in this session ends with it");
    scene.browser.press("sign-in");
    assert_eq!(scene.browser.heading(), "Sign in");
}
