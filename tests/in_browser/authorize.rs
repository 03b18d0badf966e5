//! Being asked for access, and what the application gets.

use serde_json::json;

use super::application::Application;
use super::chromium::Chromium;
use super::{DORY, SHOP, SHOP_NAME, Scene};

#[test]
fn who_allows_it_comes_back_with_a_code_that_is_worth_tokens() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.authorize(&[]));
    scene.sign_in();
    let page = scene.browser.text("main");
    for told in [SHOP_NAME, DORY.0, "See your orders", "write", &scene.application.address().to_string()] {
        assert!(page.contains(told), "the page says {told:?}: {page}");
    }
    scene.browser.leave("allow");
    let received = scene.application.received();
    received.assert_no_referrer();
    assert_eq!(received.parameter("state"), "s-42");
    assert_eq!(received.parameter("iss"), scene.url(""));
    let tokens = scene.redeem(&received.parameter("code"));
    assert_eq!(tokens.scope, "read write");
    assert!(scene.site().is_active(SHOP, &tokens.access));

    scene.browser.goto(&scene.authorize(&[("state", "again")]));
    assert_eq!(scene.application.received().parameter("state"), "again", "who said yes is not asked twice");
}

#[test]
fn who_denies_it_comes_back_without_a_code() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.authorize(&[]));
    scene.sign_in();
    scene.browser.leave("deny");
    let received = scene.application.received();
    assert_eq!((received.parameter("error"), received.parameter("state")), ("access_denied".into(), "s-42".into()));
    assert!(!received.target.contains("code="), "{received:?}");
    assert_eq!(scene.site().get("/health").send().status, 200);
    scene.browser.goto(&scene.url("/account"));
    assert_eq!(scene.browser.count("article"), 0, "nothing was allowed");
}

#[test]
fn somebody_else_signs_in_instead_and_is_asked() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.authorize(&[]));
    scene.sign_in();
    scene.browser.press("logout");
    assert_eq!(scene.browser.heading(), "Sign in");
    assert!(scene.browser.text("main").contains(SHOP_NAME), "the request goes on");
    scene.browser.fill("username", crate::fixture::MARLIN.0);
    scene.browser.fill("password", crate::fixture::MARLIN.1);
    scene.browser.press("login");
    assert!(scene.browser.text("main").contains(crate::fixture::MARLIN.0));
    assert!(scene.browser.is_there("allow"));
}

#[test]
fn the_implicit_grant_puts_a_token_into_the_fragment_and_not_onto_the_wire() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.authorize(&[("response_type", "token"), ("code_challenge", ""), ("code_challenge_method", "")]));
    scene.sign_in();
    let address = scene.browser.leave("allow");
    let fragment = address.split_once('#').expect("a fragment").1.to_owned();
    let parameter =
        |name: &str| form_urlencoded::parse(fragment.as_bytes()).find(|(other, _)| other == name).map(|(_, value)| value.to_string());
    assert_eq!(parameter("state").as_deref(), Some("s-42"));
    assert_eq!(parameter("token_type").as_deref(), Some("Bearer"));
    assert!(scene.site().is_active(SHOP, &parameter("access_token").unwrap()));
    let received = scene.application.received();
    received.assert_no_referrer();
    assert_eq!(received.target, "/callback", "the token is for the page, not for the server behind it");
}

#[test]
fn a_form_post_arrives_by_itself() {
    let Some(scene) = Scene::begin() else { return };
    scene.browser.goto(&scene.authorize(&[("response_mode", "form_post")]));
    scene.sign_in();
    let address = scene.browser.leave("allow");
    assert_eq!(address, scene.application.callback(), "nothing of it in the address");
    let received = scene.application.received();
    received.assert_no_referrer();
    assert_eq!((received.method.as_str(), received.target.as_str()), ("POST", "/callback"));
    assert_eq!(received.parameter("state"), "s-42");
    scene.redeem(&received.parameter("code"));
}

/// Browsers hold a form to the policy of its page through every redirect that follows.
#[test]
fn who_allows_it_arrives_where_the_application_leads_on_to() {
    for scripts in [true, false] {
        let shop = Application::start();
        let callback = Application::leading_on_to(&format!("http://{}/welcome", shop.address()));
        let chromium = Chromium { scripts, ..Chromium::default() };
        let Some(scene) = Scene::before(&chromium, callback, shop.address(), |home| home) else { return };
        scene.browser.goto(&scene.authorize(&[]));
        scene.sign_in();
        assert_eq!(scene.browser.leave("allow"), format!("http://{}/welcome", shop.address()));
        scene.redeem(&scene.application.received().parameter("code"));
        // Also right from the page to sign in, for who need not be asked any more.
        scene.browser.goto(&scene.authorize(&[("prompt", "login")]));
        scene.browser.fill("username", DORY.0);
        scene.browser.fill("password", DORY.1);
        assert_eq!(scene.browser.leave("login"), format!("http://{}/welcome", shop.address()));
    }
}

#[test]
fn what_cannot_be_answered_is_a_page_that_leads_nowhere() {
    let Some(scene) = Scene::begin() else { return };
    for changed in [("client_id", "nobody"), ("redirect_uri", "https://evil.example.com/"), ("client_id", "")] {
        scene.browser.goto(&scene.authorize(&[changed]));
        assert_eq!(scene.browser.heading(), "That did not work", "{changed:?}");
        assert!(scene.browser.is_there("error"), "{changed:?}");
        assert_eq!(scene.browser.count("form, main a"), 0, "{changed:?}");
    }
    assert!(scene.application.is_left_alone());
}

#[test]
fn who_is_asked_by_an_application_that_registered_itself_is_told_so() {
    let open = "[registration]\nmode = 'open'\nscopes = ['read', 'write']";
    let Some(scene) = Scene::with(&Chromium::default(), |home| home.with(open)) else { return };
    let callback = scene.application.callback();
    let said = json!({ "redirect_uris": [callback], "client_name": "Coral Notes", "scope": "read write" });
    let told = scene.site().post("/oauth/register").body("application/json", said.to_string()).send().json();
    scene.browser.goto(&scene.authorize(&[("client_id", told["client_id"].as_str().unwrap())]));
    scene.sign_in();
    let page = scene.browser.text("main");
    assert!(page.contains("Coral Notes") && page.contains("This application registered itself"), "{page}");
    scene.browser.leave("allow");
    assert!(!scene.application.received().parameter("code").is_empty());
    let mistake = scene.authorize(&[("client_id", told["client_id"].as_str().unwrap()), ("scope", "nonsense")]);
    scene.browser.goto(&mistake);
    assert!(scene.browser.is_there("error"), "a mistake stays here");
}
