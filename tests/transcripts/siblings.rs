//! The transcripts of what stands beside seed 001: 001-10 to 001-25.

use serde_json::{Value, json};

use super::{K, SB};
use crate::client::{Answer, Site};
use crate::fixture::DORY;
use crate::server::Server;

const AZ: &str = "/api/oauth2/authorize?response_type=code&client_id=9aHsGW6QflV13ixNpez";
const SC: &str = "super_client_id=dRJnpFH6RHTr6L7bNhrn7F&super_client_secret=_IGaQqvUUrPTzRKJvqPYnA";
const REDIRECT: &str = "https://third.party.com/confidential/redirect";

/// `$UT`.
fn user_token(site: &Site) -> String {
    site.post(K).header("Authorization", SB).raw_form("grant_type=password&username=dory&password=dorypass").send().tokens().access
}

/// `$CODE`: what a `Location` leads with to `redirect_uri`.
fn code(answer: &Answer, redirect_uri: &str) -> String {
    assert_eq!(answer.status, 302, "{answer:?}");
    let rest = answer.header("location").strip_prefix(&format!("{redirect_uri}?code=")).unwrap_or_else(|| panic!("{answer:?}"));
    rest.split('&').next().unwrap().to_owned()
}

fn location(site: &Site, target: &str) -> String {
    let answer = site.get(target).basic(DORY).send();
    assert_eq!(answer.status, 302, "{answer:?}");
    answer.header("location").to_owned()
}

#[test]
fn transcripts_001_10_and_11_a_code_by_token_and_by_password_and_none_for_a_guest() {
    let server = Server::start();
    let site = server.korap();
    let target = format!("{AZ}&scope=search&state=thisIsMyState");
    for answer in [site.get(&target).bearer(&user_token(site)).send(), site.get(&target).basic(DORY).send()] {
        let code = code(&answer, REDIRECT);
        assert_eq!(answer.header("location"), format!("{REDIRECT}?code={code}&state=thisIsMyState"));
    }
    let guest = site.get(&format!("{AZ}&scope=search")).send();
    assert_eq!(guest.status, 401);
    assert_eq!(
        (&guest.json()["errors"][0][0], &guest.json()["errors"][0][1]),
        (&json!(2010), &json!("Unauthorized operation for user: guest"))
    );
}

#[test]
fn transcripts_001_12_to_14_mistakes_that_the_application_is_told() {
    let server = Server::start();
    let site = server.korap();
    assert_eq!(location(site, AZ), format!("{REDIRECT}?error=invalid_scope&error_description=scope+is+required"));
    let all = location(site, &format!("{AZ}&scope=all&state=thisIsMyState"));
    assert_eq!(all, format!("{REDIRECT}?error=invalid_scope&error_description=Requested+scope+all+is+not+allowed.&state=thisIsMyState"));
    for response_type in ["string", "token"] {
        let target =
            format!("/api/oauth2/authorize?response_type={response_type}&client_id=9aHsGW6QflV13ixNpez&scope=search&state=thisIsMyState");
        let expected =
            "?error=unsupported_response_type&error_description=Unsupported+response+type.+Only+code+is+supported.&state=thisIsMyState";
        assert_eq!(location(site, &target), format!("{REDIRECT}{expected}"));
    }
}

#[test]
fn transcripts_001_15_and_16_mistakes_that_lead_nowhere() {
    let server = Server::start();
    let site = server.korap();
    let target = format!("{AZ}&scope=search&state=thisIsMyState&redirect_uri=https%3A%2F%2Fdifferent.uri%2Fredirect");
    let answer = site.get(&target).basic(DORY).send();
    let expected = json!({ "error": "invalid_request", "error_description": "Invalid redirect URI", "state": "thisIsMyState" });
    assert_eq!((answer.status, answer.json(), answer.header("location")), (400, expected, ""));
    let target = "/api/oauth2/authorize?response_type=code&client_id=unknown-client-id&scope=search";
    let description = site.get(target).basic(DORY).send().refused(401, "invalid_client");
    assert_eq!(description, "Unknown client: unknown-client-id");
}

#[test]
fn transcripts_001_17_to_19_codes_and_refresh_tokens() {
    let server = Server::start();
    let site = server.korap();
    let authorize = || code(&site.get(&format!("{AZ}&scope=search")).basic(DORY).send(), REDIRECT);
    let redeem = |code: &str| {
        let body = format!("grant_type=authorization_code&client_id=9aHsGW6QflV13ixNpez&client_secret=secret&code={code}");
        site.post(K).raw_form(&body).send()
    };
    let first = authorize();
    assert!(redeem(&first).tokens().refresh.is_some());
    assert_eq!(redeem(&first).refused(400, "invalid_grant"), "Invalid authorization");

    let target = "/api/oauth2/authorize?response_type=code&client_id=8bIDtZnH6NvRkW2Fq&scope=search%20match_info";
    let public = code(&site.get(target).basic(DORY).send(), "https://third.party.client.com/redirect");
    let tokens = site.post(K).raw_form(&format!("grant_type=authorization_code&client_id=8bIDtZnH6NvRkW2Fq&code={public}")).send().tokens();
    assert_eq!((tokens.refresh, tokens.expires_in, tokens.scope.as_str()), (None, 31_536_000, "search match_info"));

    let tokens = redeem(&authorize()).tokens();
    let refresh = |token: &str, more: &str| {
        let body = format!("grant_type=refresh_token&client_id=9aHsGW6QflV13ixNpez&client_secret=secret&refresh_token={token}{more}");
        site.post(K).raw_form(&body).send()
    };
    let second = refresh(tokens.refresh(), "").tokens();
    assert_ne!(second.refresh(), tokens.refresh());
    refresh(second.refresh(), "&scope=search serialize_query").refused(400, "invalid_scope");
    assert_eq!(refresh(tokens.refresh(), "").refused(400, "invalid_grant"), "Refresh token has been revoked");
}

#[test]
fn transcripts_001_21_to_25_the_life_of_a_client() {
    let server = Server::start();
    let site = server.korap();
    let token = user_token(site);
    let register = |json: &str| site.post("/api/oauth2/client/register").bearer(&token).body("application/json", json).send();
    let answer = register(
        r#"{"name":"OAuth2ClientTest","type":"CONFIDENTIAL","description":"A test client.","url":"http://example.client.com","redirect_uri":"https://example.client.com/redirect"}"#,
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = |answer: &Answer, name: &str| answer.json()[name].as_str().unwrap().to_owned();
    let (id, secret) = (text(&answer, "client_id"), text(&answer, "client_secret"));
    assert!(id.len() == 22 && id.bytes().all(|byte| b"34679bdfhmnprtFGHJLMNPRT".contains(&byte)), "{id}");

    let short = register(r#"{"name":"R","type":"CONFIDENTIAL","description":"A test client."}"#);
    assert_eq!(short.refused(400, "invalid_request"), "client_name must contain at least 3 characters");
    let nameless = register(r#"{"type":"CONFIDENTIAL","description":"A test client."}"#);
    assert_eq!(nameless.refused(400, "invalid_request"), "client_name is null");

    let info = site.post(&format!("/api/oauth2/client/{id}")).bearer(&token).raw_form(SC).send();
    assert_eq!((info.status, &info.json()["client_name"]), (200, &json!("OAuth2ClientTest")), "{info:?}");
    let listed = |token: &str| -> Vec<Value> {
        let answer = site.post("/api/oauth2/client/list").bearer(token).raw_form(&format!("{SC}&filter_by=owned_only")).send();
        answer.json().as_array().unwrap().clone()
    };
    assert_eq!(listed(&token).len(), 1);
    assert_eq!(listed(&token)[0]["client_id"], id.as_str());

    let reset = site.post("/api/oauth2/client/reset").bearer(&token).raw_form(&format!("client_id={id}")).send();
    let new = text(&reset, "client_secret");
    assert_ne!(new, secret);
    let own = |secret: &str| site.post(K).raw_form(&format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")).send();
    own(&secret).refused(401, "invalid_client");
    let access = own(&new).tokens().access;
    let public = register(r#"{"name":"Public","type":"PUBLIC","description":"A test client."}"#);
    let public = format!("client_id={}", text(&public, "client_id"));
    site.post("/api/oauth2/client/reset").bearer(&token).raw_form(&public).send().refused(400, "invalid_request");

    let target = format!("/api/oauth2/authorize?response_type=code&client_id={id}&scope=search");
    let code = code(&site.get(&target).basic(DORY).send(), "https://example.client.com/redirect");
    let gone = site.method("DELETE", &format!("/api/oauth2/client/deregister/{id}")).bearer(&token).send();
    assert_eq!((gone.status, gone.body.as_str()), (200, ""));
    let redeem = format!("grant_type=authorization_code&client_id={id}&client_secret={new}&code={code}");
    site.post(K).raw_form(&redeem).send().refused(401, "invalid_client");
    assert_eq!(site.get("/api/auth/status").bearer(&access).send().status, 401);
    assert_eq!(listed(&token).len(), 1, "the public one is left");
}
