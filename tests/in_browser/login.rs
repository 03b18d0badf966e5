//! Signing in.

use super::{DORY, SHOP_NAME, Scene};
use crate::in_browser::chromium::Chromium;

#[test]
fn who_signs_in_comes_to_their_account() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.url("/"));
    assert_eq!(scene.browser.heading(), "Sign in");
    scene.sign_in();
    assert_eq!(scene.browser.heading(), "Your account");
    assert_eq!(scene.browser.address(), scene.url("/account"));
    assert!(scene.browser.text("main").contains(DORY.0));
    scene.browser.goto(&scene.url("/login"));
    assert_eq!(scene.browser.heading(), "Your account", "who is signed in is not asked again");
}

#[test]
fn a_wrong_password_is_said_and_the_name_kept() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.authorize(&[("login_hint", DORY.0)]));
    assert_eq!(scene.browser.value("username"), DORY.0, "the application knows who comes");
    assert!(scene.browser.text("main").contains(SHOP_NAME), "one sees for whom one signs in");
    scene.sign_in_with("not-the-password");
    assert_eq!(scene.browser.heading(), "Sign in");
    assert!(scene.browser.text("#error").contains("wrong"));
    assert_eq!((scene.browser.value("username"), scene.browser.value("password")), (DORY.0.into(), String::new()));
    scene.sign_in();
    assert!(scene.browser.is_there("allow"), "the right one goes on to where it began");
}

#[test]
fn a_browser_that_has_lost_its_cookies_is_told_so_and_gets_in_the_next_time() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.url("/login"));
    scene.browser.forget_cookies();
    scene.sign_in();
    assert!(scene.browser.text("#error").contains("sent no cookie"));
    scene.sign_in();
    assert_eq!(scene.browser.heading(), "Your account");
}

#[test]
fn the_pages_speak_german_to_those_who_do() {
    let german = Chromium { language: "de", ..Chromium::default() };
    let Some(scene) = Scene::with(&german, |home| home) else { return };
    scene.browser.goto(&scene.authorize(&[]));
    assert_eq!(scene.browser.heading(), "Anmelden");
    scene.sign_in();
    assert!(scene.browser.text("main").contains("Ihre Bestellungen sehen"));
    scene.browser.leave("allow");
    scene.application.received();
    scene.browser.goto(&scene.url("/account"));
    scene.browser.goto(&scene.url("/account/password"));
    scene.browser.goto(&scene.url("/logout"));
    scene.browser.press("logout");
    scene.browser.goto(&scene.authorize(&[("client_id", "nobody")]));
    assert!(scene.browser.is_there("error"));
}
