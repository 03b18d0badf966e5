//! `/oauth/register`: clients that register themselves (RFC 7591, RFC 7592).

mod answer;
mod invited;
mod managed;
mod metadata;
mod modes;
mod people;
mod races;
mod unused;

use serde_json::{Value, json};

use crate::client::{Answer, Request, Site};
use crate::fixture::App;
use crate::server::{Home, Server};

const PATH: &str = "/oauth/register";
/// The terms of these tests.
const TERMS: &str = "[registration]\ngrants = ['authorization_code', 'refresh_token', 'client_credentials']\n\
                     scopes = ['read', 'write']\ndefault_scopes = ['read']\n";
const REDIRECT_URI: &str = "https://newcomer.example.com/cb";

fn home(mode: &str) -> Home {
    Home::demo().with_issuer_of("standard").with(TERMS).with(&format!("[registration]\nmode = '{mode}'"))
}

/// A server where anybody may register, as often as they like.
fn open() -> Server {
    home("open").with("[throttle]\nenabled = false").start()
}

/// The least that a client says of itself.
fn least() -> Value {
    json!({ "redirect_uris": [REDIRECT_URI] })
}

/// The same with one member more.
fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut metadata = least();
    metadata[name] = value.into();
    metadata
}

fn say<'s>(request: Request<'s>, metadata: &Value) -> Request<'s> {
    request.body("application/json", metadata.to_string())
}

fn ask(site: &Site, metadata: &Value) -> Answer {
    say(site.post(PATH), metadata).send()
}

fn register(site: &Site, metadata: &Value) -> Newcomer {
    Newcomer::of(&ask(site, metadata))
}

/// A client that has just registered itself.
struct Newcomer {
    told: Value,
}

impl Newcomer {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.assert_json_never_stored();
        Newcomer { told: answer.json() }
    }

    fn text(&self, name: &str) -> &'static str {
        self.told[name].as_str().unwrap_or_else(|| panic!("{name}: {}", self.told)).to_owned().leak()
    }

    fn id(&self) -> &'static str {
        self.text("client_id")
    }

    fn token(&self) -> &'static str {
        self.text("registration_access_token")
    }

    fn path(&self) -> String {
        format!("{PATH}/{}", self.id())
    }

    /// As the other tests know applications.
    fn app(&self) -> App {
        let secret = self.told.get("client_secret").map(|_| self.text("client_secret"));
        App { id: self.id(), secret, redirect_uri: REDIRECT_URI }
    }

    fn managed<'s>(&self, site: &'s Site, method: &str) -> Request<'s> {
        site.method(method, &self.path()).bearer(self.token())
    }

    fn put(&self, site: &Site, metadata: &Value) -> Answer {
        let mut metadata = metadata.clone();
        metadata["client_id"] = self.id().into();
        say(self.managed(site, "PUT"), &metadata).send()
    }
}

/// A refusal of who may not manage a registration: nothing in it says whether there is such a client.
fn assert_stranger(answer: &Answer) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_token")), "{answer:?}");
    assert!(answer.header("www-authenticate").starts_with("Bearer realm="), "{answer:?}");
    answer.assert_json_never_stored();
}
