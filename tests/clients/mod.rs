//! Clients that others wrote: each gets tokens with a code and PKCE, refreshes them, and refuses what is not meant for it.
//!
//! 1. A client says where it would send a browser ([`Client::begin`]).
//! 2. [`person`] goes there, signs in, says yes, and tells where the browser is sent back to.
//! 3. The client is told, and makes tokens of it ([`Conversation::finish`]); the server is asked what they are worth.
//!
//! `oauth2` is a crate; the others are scripts in `js` and `python`, talked to over their standard input and output.

mod oauth2_crate;
mod person;
mod script;

use serde_json::Value;

use crate::client::Site;
use crate::server::{Home, Server};
use script::Script;

/// Where the browser is sent back to; nobody listens there.
const REDIRECT_URI: &str = "https://client.example.com/callback";
const CONFIDENTIAL: (&str, &str) = ("independent", "independent-Wn5+:/Qz8%rGk3t");
const PUBLIC: &str = "independent-public";
const SCOPE: &str = "read write";

/// The listeners at which these clients are tried.
const PROFILES: [&str; 2] = ["standard", "skyvault"];

/// What a client is told before it begins.
struct Setup {
    issuer: String,
    id: &'static str,
    secret: Option<&'static str>,
    /// What it registers itself with, if it has no id.
    invitation: Option<String>,
    /// Whether it shall redeem the code with another verifier than its own.
    wrong_verifier: bool,
}

/// A client that others wrote.
trait Client {
    /// Begins, and says where it would send a browser.
    fn begin(&self, setup: &Setup) -> (String, Box<dyn Conversation>);
}

/// A client that waits for its browser.
trait Conversation {
    /// Redeems what came back, and refreshes what it got. Answers the members of both token answers, or what was wrong.
    fn finish(self: Box<Self>, callback: &str) -> Result<(Value, Value), String>;
}

fn server(profile: &str) -> Server {
    let client = |id: &str, kind: &str| {
        format!(
            "[[client]]\nid = '{id}'\n{kind}\ngrants = ['authorization_code', 'refresh_token']\nredirect_uris = ['{REDIRECT_URI}']\n\
             scopes = ['read', 'write']\ndefault_scopes = ['read']\nprofiles = ['standard', 'skyvault']\n"
        )
    };
    let confidential = client(CONFIDENTIAL.0, &format!("type = 'confidential'\nsecret = '{}'", CONFIDENTIAL.1));
    Home::demo().with(&confidential).with(&client(PUBLIC, "type = 'public'")).with_issuer_of(profile).start()
}

fn site<'a>(server: &'a Server, profile: &str) -> &'a Site {
    server.sites().find(|(name, _)| *name == profile).expect("a listener").1
}

fn setups(site: &Site) -> [Setup; 2] {
    let setup = |id, secret| Setup { issuer: format!("http://{}", site.address), id, secret, invitation: None, wrong_verifier: false };
    [setup(CONFIDENTIAL.0, Some(CONFIDENTIAL.1)), setup(PUBLIC, None)]
}

/// A client that nobody knows registers itself, and then gets tokens like any other.
fn registers_itself(client: &dyn Client) {
    let terms = "[registration]\nmode = 'token'\nscopes = ['read', 'write']";
    let server = Home::demo().with_issuer_of("standard").with(terms).start();
    let made: Value = serde_json::from_str(&server.keyward(&["client", "invite", "--json"]).done()).unwrap();
    let invitation = Some(made["initial_access_token"].as_str().expect("a token").to_owned());
    let issuer = format!("http://{}", server.standard().address);
    let (authorize, conversation) = client.begin(&Setup { issuer, id: "", secret: None, invitation, wrong_verifier: false });
    let callback = person::allows(server.standard(), &authorize);
    let (first, second) = conversation.finish(&callback).unwrap_or_else(|why| panic!("{why}"));
    for tokens in [first, second] {
        let token = tokens["access_token"].as_str().expect("an access token");
        assert_eq!(server.standard().get("/secure").bearer(token).send().status, 200, "{tokens}");
    }
}

/// On every profile, as a confidential and as a public client: tokens, and fresh ones for them.
fn gets_and_refreshes_tokens(client: &dyn Client, may_be_public: bool) {
    for profile in PROFILES {
        let server = server(profile);
        let site = site(&server, profile);
        for setup in setups(site).iter().filter(|setup| may_be_public || setup.secret.is_some()) {
            let (authorize, conversation) = client.begin(setup);
            let callback = person::allows(site, &authorize);
            let (first, second) = conversation.finish(&callback).unwrap_or_else(|why| panic!("{profile}, {}: {why}", setup.id));
            for tokens in [&first, &second] {
                let token = tokens["access_token"].as_str().unwrap_or_else(|| panic!("an access token: {tokens}"));

                let alive = site.get("/secure").bearer(token).send().status;
                assert_eq!(alive, 200, "{profile}, {}: {tokens}", setup.id);
            }
            assert_ne!(first["access_token"], second["access_token"]);
            assert_ne!(first["refresh_token"], second["refresh_token"], "it was rotated, and the client kept up");
        }
    }
}

/// A code is worth nothing with another verifier; the server says so, and the client hands it on.
fn fails_with_a_wrong_verifier(client: &dyn Client) {
    for profile in PROFILES {
        let server = server(profile);
        let site = site(&server, profile);
        let [mut setup, _] = setups(site);
        setup.wrong_verifier = true;
        let (authorize, conversation) = client.begin(&setup);
        let callback = person::allows(site, &authorize);
        let why = conversation.finish(&callback).expect_err("no tokens");
        assert!(why.contains("invalid_grant"), "{profile}: {why}");
    }
}

/// The client itself refuses an answer in which `name` says something else; `complaint` is a word of what it says.
fn refuses_another(client: &dyn Client, name: &str, complaint: &str) {
    let server = server("standard");
    let [setup, _] = setups(server.standard());
    let (authorize, conversation) = client.begin(&setup);
    let callback = person::allows(server.standard(), &authorize);
    let mut changed = url::Url::parse(&callback).unwrap();
    let pairs: Vec<(String, String)> = changed.query_pairs().into_owned().collect();
    assert!(pairs.iter().any(|(own, _)| own == name), "{name} is sent: {callback}");
    let other = |own: &str, value: &str| if own == name { "http://elsewhere.example".to_owned() } else { value.to_owned() };
    changed.query_pairs_mut().clear().extend_pairs(pairs.iter().map(|(own, value)| (own, other(own, value))));
    let why = conversation.finish(changed.as_str()).expect_err("the client does not go on");
    assert!(why.contains(complaint) && !why.contains("invalid_grant"), "{why}");
}

#[test]
fn the_crate_oauth2_gets_and_refreshes_tokens() {
    gets_and_refreshes_tokens(&oauth2_crate::Oauth2Crate, true);
}

#[test]
fn the_crate_oauth2_fails_with_a_wrong_verifier() {
    fails_with_a_wrong_verifier(&oauth2_crate::Oauth2Crate);
}

#[test]
fn oauth4webapi_gets_and_refreshes_tokens() {
    let Some(client) = Script::node("oauth4webapi.js") else { return };
    gets_and_refreshes_tokens(&client, true);
}

#[test]
fn oauth4webapi_refuses_another_state_another_issuer_and_a_wrong_verifier() {
    let Some(client) = Script::node("oauth4webapi.js") else { return };
    refuses_another(&client, "state", "state");
    refuses_another(&client, "iss", "iss");
    fails_with_a_wrong_verifier(&client);
}

#[test]
fn req_m11_oauth4webapi_registers_itself() {
    let Some(client) = Script::node("oauth4webapi.js") else { return };
    registers_itself(&client);
}

#[test]
fn simple_oauth2_gets_and_refreshes_tokens() {
    let Some(client) = Script::node("simple-oauth2.js") else { return };
    gets_and_refreshes_tokens(&client, false);
}

#[test]
fn simple_oauth2_fails_with_a_wrong_verifier() {
    let Some(client) = Script::node("simple-oauth2.js") else { return };
    fails_with_a_wrong_verifier(&client);
}

#[test]
fn authlib_gets_and_refreshes_tokens() {
    let Some(client) = Script::python("authlib_client.py") else { return };
    gets_and_refreshes_tokens(&client, true);
}

#[test]
fn authlib_refuses_another_state_and_a_wrong_verifier() {
    let Some(client) = Script::python("authlib_client.py") else { return };
    refuses_another(&client, "state", "state");
    fails_with_a_wrong_verifier(&client);
}

#[test]
fn requests_oauthlib_gets_and_refreshes_tokens() {
    let Some(client) = Script::python("requests_oauthlib_client.py") else { return };
    gets_and_refreshes_tokens(&client, true);
}

#[test]
fn requests_oauthlib_refuses_another_state_and_a_wrong_verifier() {
    let Some(client) = Script::python("requests_oauthlib_client.py") else { return };
    refuses_another(&client, "state", "state");
    fails_with_a_wrong_verifier(&client);
}
