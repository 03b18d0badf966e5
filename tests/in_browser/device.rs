//! Letting a device in that cannot show pages.

use super::chromium::Chromium;
use super::{DORY, Scene};
use crate::tv::CLIENTS;

fn scene() -> Option<Scene> {
    Scene::with(&Chromium::default(), |home| home.with(CLIENTS))
}

#[test]
fn who_enters_the_code_and_allows_it_lets_the_device_in() {
    let Some(scene) = scene() else { return };
    let codes = scene.site().codes();
    scene.browser.goto(&scene.url("/device"));
    scene.sign_in();
    scene.browser.fill("user_code", &codes.user.replace('-', "").to_lowercase());
    scene.browser.press("continue");
    let page = scene.browser.text("main");
    for told in ["Reef TV", DORY.0, &codes.user] {
        assert!(page.contains(told), "the page says {told:?}: {page}");
    }
    scene.site().assert_waiting(&codes);
    scene.browser.press("allow");
    let tokens = scene.site().poll(&codes).tokens();
    assert_eq!(scene.site().refresh_tv(tokens.refresh()).status, 200);
    scene.browser.goto(&scene.url("/account"));
    assert!(scene.browser.text("main").contains("Reef TV"));
}

#[test]
fn a_link_fills_the_code_in_and_who_denies_it_keeps_the_device_out() {
    let Some(scene) = scene() else { return };
    let codes = scene.site().codes();
    scene.browser.goto(&scene.url(&format!("/device?user_code={}", codes.user)));
    scene.sign_in();
    assert_eq!(scene.browser.value("user_code"), codes.user);
    scene.browser.press("continue");
    assert!(scene.browser.text("main").contains(&codes.user));
    scene.browser.press("deny");
    assert_eq!(scene.site().poll(&codes).json()["error"], "access_denied");
}

#[test]
fn a_code_that_no_device_shows_is_asked_for_again() {
    let Some(scene) = scene() else { return };
    scene.browser.goto(&scene.url("/device"));
    scene.sign_in();
    scene.browser.fill("user_code", "BCDF-GHJK");
    scene.browser.press("continue");
    assert!(scene.browser.is_there("error") && scene.browser.is_there("user_code"));
}
