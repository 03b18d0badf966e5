//! The page of one's account.

use super::{SHOP, SHOP_NAME, Scene};

#[test]
fn access_that_is_ended_there_is_dead_at_once() {
    let Some(scene) = Scene::begin() else { return };
    let tokens = scene.authorized();
    let other = scene.authorized();
    assert!(scene.site().is_active(SHOP, &tokens.access) && scene.site().is_active(SHOP, &other.access));
    scene.browser.goto(&scene.url("/account"));
    assert!(scene.browser.text("article h3").contains(SHOP_NAME));
    assert_eq!(scene.browser.count(".authorization"), 2);
    scene.browser.press_any("form:has(input[name=authorization]) button");
    assert_eq!(scene.browser.text("#notice"), "That access has ended.");
    assert_eq!(scene.browser.count(".authorization"), 1);
    let alive = [&tokens, &other].map(|tokens| scene.site().is_active(SHOP, &tokens.access));
    assert_eq!(alive.iter().filter(|alive| **alive).count(), 1, "one of them, and only that one");
    scene.browser.press_any("form:has(input[name=authorization]) button");
    for tokens in [&tokens, &other] {
        assert!(!scene.site().is_active(SHOP, &tokens.access));
        scene.site().ask_refresh(SHOP, tokens.refresh()).refused(400, "invalid_grant");
    }
    assert_eq!(scene.browser.count("article"), 0);
}

#[test]
fn all_access_of_an_application_is_ended_at_once() {
    let Some(scene) = Scene::begin() else { return };
    let tokens = [scene.authorized(), scene.authorized()];
    scene.browser.goto(&scene.url("/account"));
    scene.browser.press_any("form:has(input[name=client]) button");
    assert_eq!(scene.browser.text("#notice"), "The application no longer has access.");
    for tokens in &tokens {
        assert!(!scene.site().is_active(SHOP, &tokens.access));
    }
}

#[test]
fn every_application_loses_access_at_once() {
    let Some(scene) = Scene::begin() else { return };
    let tokens = scene.authorized();
    let legacy = scene.site().login(crate::fixture::C1, super::DORY);
    scene.browser.goto(&scene.url("/account"));
    assert_eq!(scene.browser.count("article"), 2);
    scene.browser.click("summary");
    scene.browser.press_any("form:has(input[name=all]) button");
    assert_eq!(scene.browser.count("article"), 0);
    assert!(!scene.site().is_active(SHOP, &tokens.access));
    assert!(!scene.site().is_active(crate::fixture::C1, &legacy.access));
}

#[test]
fn another_browser_is_signed_out_from_here() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.url("/account"));
    scene.sign_in();
    assert_eq!(scene.browser.count("form:has(input[name=session])"), 0);
    scene.browser.forget_cookies();
    scene.browser.goto(&scene.url("/account"));
    scene.sign_in();
    assert!(scene.browser.text("main").contains("Chrome on Linux"));
    scene.browser.press_any("form:has(input[name=session]) button");
    assert_eq!(scene.browser.text("#notice"), "You are signed out there.");
    assert_eq!(scene.browser.count("form:has(input[name=session])"), 0);
}
