//! Pages and flows in Debian's Chromium, driven by its own driver.
//!
//! 1. [`Scene`] is a server, an application that listens at its redirect URI, and a [`chromium::Chromium`].
//! 2. Every page that a test comes to by [`page`] is examined: [`watch`] sees nothing in the console, no request to anybody
//!    else and no dialog; and axe-core finds nothing when one [`look`]s at it, in both themes, on a desktop and on a phone.
//! 3. Screenshots stay in `target/screenshots`.
//!
//! One file for each flow.

mod account;
mod application;
mod authorize;
mod chromium;
mod device;
mod login;
mod logout;
mod look;
mod page;
mod password;
mod payloads;
mod watch;
mod without_scripts;

use std::net::SocketAddr;

use application::Application;
use chromium::Chromium;
use page::Browser;

use crate::client::{Site, encode};
use crate::fixture::{Credentials, DORY};
use crate::server::{Home, Server};

/// The application in these tests.
const SHOP: Credentials<'static> = ("shop", "shop-Xk2nVb7qLm4tRw9z");
/// What the page to consent calls it.
const SHOP_NAME: &str = "Corner Shop";
/// The pair of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Who plays in a test.
struct Scene {
    server: Server,
    application: Application,
    browser: Browser,
}

impl Scene {
    /// Everybody, with an ordinary browser; nothing where there is none.
    fn begin() -> Option<Self> {
        Self::with(&Chromium::default(), |home| home)
    }

    /// Everybody, with this browser and changed settings of the server.
    fn with(chromium: &Chromium, change: impl FnOnce(Home) -> Home) -> Option<Self> {
        let application = Application::start();
        let address = application.address();
        Self::before(chromium, application, address, change)
    }

    /// The same before an `application` that shows its pages at the address `shown`.
    fn before(chromium: &Chromium, application: Application, shown: SocketAddr, change: impl FnOnce(Home) -> Home) -> Option<Self> {
        if !crate::real::are_there("a browser") {
            return None;
        }
        let shop = format!(
            r#"
            [[client]]
            id = "{id}"
            name = "{SHOP_NAME}"
            type = "confidential"
            secret = "{secret}"
            grants = ["authorization_code", "implicit", "refresh_token"]
            redirect_uris = ["{callback}"]
            response_modes = ["query", "fragment", "form_post"]
            scopes = ["read", "write"]
            default_scopes = ["read"]

            [[scope]]
            name = "read"
            description = {{ en = "See your orders", de = "Ihre Bestellungen sehen" }}
            "#,
            id = SHOP.0,
            secret = SHOP.1,
            callback = application.callback(),
        );
        let server = change(Home::demo().with(&shop).with_issuer_of("standard")).start();
        let hosts = [server.standard().address, shown, application.address()].map(|address| address.to_string());
        Some(Self { browser: Browser::open(chromium, hosts), server, application })
    }

    fn site(&self) -> &Site {
        self.server.standard()
    }

    /// The address of a page of the server.
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.site().address)
    }

    /// Where the shop sends people, with these parameters instead of the usual ones or beside them.
    fn authorize(&self, changed: &[(&str, &str)]) -> String {
        let callback = self.application.callback();
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", SHOP.0),
            ("redirect_uri", callback.as_str()),
            ("scope", "read write"),
            ("state", "s-42"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        parameters.retain(|(name, _)| changed.iter().all(|(other, _)| name != other));
        parameters.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
        self.url(&format!("/oauth/authorize?{}", encode(&parameters)))
    }

    /// Signs in on the page that is shown.
    fn sign_in(&self) {
        self.sign_in_with(DORY.1);
    }

    /// Signs dory in with this password.
    fn sign_in_with(&self, password: &str) {
        self.browser.fill("username", DORY.0);
        self.browser.fill("password", password);
        self.browser.press("login");
    }

    /// What the shop gets for a code.
    fn redeem(&self, code: &str) -> crate::client::Tokens {
        let callback = self.application.callback();
        let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &callback), ("code_verifier", VERIFIER)];
        self.site().post("/oauth/token").basic(SHOP).form(&form).send().tokens()
    }

    /// Sends dory through everything, and answers the shop's tokens.
    fn authorized(&self) -> crate::client::Tokens {
        self.browser.goto(&self.authorize(&[]));
        if self.browser.is_there("login") {
            self.sign_in();
        }
        if self.browser.is_there("allow") {
            self.browser.leave("allow");
        }
        let received = self.application.received();
        self.redeem(&received.parameter("code"))
    }
}
