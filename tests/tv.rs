//! Devices that cannot show pages: what they ask, and what people do with the codes they show.

use crate::client::{Answer, Site, Tokens};
use crate::fixture::Credentials;
use crate::person::Person;
use crate::server::Home;

/// A public client on a device.
pub const TV: &str = "tv";
/// A confidential one.
pub const HUB: Credentials<'static> = ("hub", "hub-Gs7wTq2dMx9nVb4kLp6h");

pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub const CLIENTS: &str = r#"
[[client]]
id = "tv"
name = "Reef TV"
type = "public"
grants = ["device_code", "refresh_token"]
scopes = ["read", "write"]
default_scopes = ["read"]
profiles = ["standard", "korap"]

[[client]]
id = "hub"
type = "confidential"
secret = "hub-Gs7wTq2dMx9nVb4kLp6h"
grants = ["device_code", "refresh_token"]
scopes = ["read", "write"]
default_scopes = ["read"]
audiences = ["https://api.example.com", "https://billing.example.com"]
profiles = ["standard"]
"#;

/// The tests' set-up with the clients above.
pub fn home() -> Home {
    Home::demo().with(CLIENTS)
}

/// What a device is given.
#[derive(Debug, Clone)]
pub struct Codes {
    pub device: String,
    pub user: String,
}

impl Site {
    /// The answer to a device authorization request of [`TV`].
    pub fn ask_codes(&self, form: &[(&str, &str)]) -> Answer {
        self.post("/oauth/device_authorization").form(&[&[("client_id", TV)], form].concat()).send()
    }

    /// The codes of a new device of [`TV`].
    pub fn codes(&self) -> Codes {
        self.ask_codes(&[]).codes()
    }

    /// The answer to [`TV`]'s question whether somebody has said something.
    pub fn poll(&self, codes: &Codes) -> Answer {
        self.post("/oauth/token").form(&[("grant_type", GRANT), ("client_id", TV), ("device_code", &codes.device)]).send()
    }

    /// What [`TV`] is told while nobody has said anything, however fast it asks.
    pub fn assert_waiting(&self, codes: &Codes) {
        let answer = self.poll(codes);
        let error = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && ["authorization_pending", "slow_down"].contains(&error.as_str()), "{answer:?}");
    }

    /// The new tokens of [`TV`] for a refresh token.
    pub fn refresh_tv(&self, token: &str) -> Answer {
        self.post("/oauth/token").form(&[("grant_type", "refresh_token"), ("client_id", TV), ("refresh_token", token)]).send()
    }

    /// The tokens of a device that `person` lets in.
    pub fn let_in(&self, person: &mut Person<'_>) -> Tokens {
        let codes = self.codes();
        person.say(&codes, "allow");
        self.poll(&codes).tokens()
    }
}

impl Answer {
    /// A successful device authorization answer (RFC 8628 §3.2).
    pub fn codes(&self) -> Codes {
        assert_eq!(self.status, 200, "{self:?}");
        self.assert_json_never_stored();
        let text = |name: &str| self.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {self:?}")).to_owned();
        Codes { device: text("device_code"), user: text("user_code") }
    }

    /// Whether this is the page that asks whether a device is let in.
    pub fn asks_about_a_device(&self) -> bool {
        self.status == 200 && self.is_consent() && self.page().forms.iter().any(|form| form.action == "/device" && form.method == "post")
    }
}

impl Person<'_> {
    /// Enters a code on the page for it, or is asked to sign in.
    pub fn enter(&mut self, code: &str) -> Answer {
        let shown = self.get("/device");
        if shown.is_login() { shown } else { self.post(&shown.page().form("/device").with("user_code", code)) }
    }

    /// Enters the code of a device and presses `allow` or `deny`, which must be taken.
    pub fn say(&mut self, codes: &Codes, word: &str) {
        let asked = self.enter(&codes.user);
        let answer = self.post(&asked.page().form("/device").pressed(word));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.page().forms.is_empty(), "nothing is left to do: {answer:?}");
    }
}
