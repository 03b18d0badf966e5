//! Changing one's password.

use super::{SHOP, Scene};
use crate::client::Tokens;

const NAME: &str = "coral";
const OLD: &str = "coral-old-password";
const NEW: &str = "coral and a new password";

impl Scene {
    /// Adds a user whom the configuration does not name, and signs them in at the shop.
    fn coral_at_the_shop(&self) -> Tokens {
        self.server.keyward_reading(OLD, &["user", "add", NAME]).done();
        self.browser.goto(&self.authorize(&[]));
        self.coral_signs_in(OLD);
        self.authorized()
    }

    fn coral_signs_in(&self, password: &str) {
        self.browser.fill("username", NAME);
        self.browser.fill("password", password);
        self.browser.press("login");
    }

    fn change(&self, current: &str, new: &str, again: &str) {
        self.browser.fill("current_password", current);
        self.browser.fill("new_password", new);
        self.browser.fill("new_password_again", again);
        self.browser.press("change");
    }
}

#[test]
fn a_changed_password_ends_what_the_old_one_allowed() {
    let Some(scene) = Scene::begin() else { return };
    let tokens = scene.coral_at_the_shop();
    scene.browser.goto(&scene.url("/account/password"));
    scene.change("not the old one", NEW, NEW);
    assert!(scene.browser.text("#error").contains("Nothing was changed"));
    scene.change(OLD, NEW, "another one entirely");
    assert!(scene.browser.text("#error").contains("not the same"));
    assert!(scene.site().is_active(SHOP, &tokens.access));
    scene.change(OLD, NEW, NEW);
    assert!(scene.browser.text("#notice").contains("applications have to ask again"));
    assert!(!scene.site().is_active(SHOP, &tokens.access));
    scene.browser.press("logout");
    scene.browser.press("sign-in");
    scene.coral_signs_in(OLD);
    assert!(scene.browser.is_there("error"), "the old one is worth nothing");
    scene.coral_signs_in(NEW);
    assert_eq!(scene.browser.heading(), "Your account");
}

#[test]
fn applications_keep_their_access_where_one_wants_that() {
    let Some(scene) = Scene::begin() else { return };
    let tokens = scene.coral_at_the_shop();
    scene.browser.goto(&scene.url("/account/password"));
    scene.browser.click("#keep_applications");
    scene.change(OLD, NEW, NEW);
    assert!(scene.browser.text("#notice").contains("Applications keep their access"));
    assert!(scene.site().is_active(SHOP, &tokens.access));
}

#[test]
fn a_password_that_the_configuration_keeps_is_said_to_be_kept_elsewhere() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.url("/account/password"));
    scene.sign_in();
    assert_eq!(scene.browser.heading(), "Change password");
    assert!(!scene.browser.is_there("change"));
    assert!(scene.browser.text("#error").contains("cannot be changed here"));
}
