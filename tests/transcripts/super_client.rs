//! The transcripts of revocation, plugins and administration: 001-26 to 001-29.

use std::fs;

use serde_json::json;

use super::{K, SB};
use crate::client::{Answer, Tokens};
use crate::fixture::{ADMIN, DORY, THIRD_PARTY};
use crate::server::Server;

const SC: &str = "super_client_id=dRJnpFH6RHTr6L7bNhrn7F&super_client_secret=_IGaQqvUUrPTzRKJvqPYnA";

/// The user token of the transcripts.
fn ut(server: &Server) -> String {
    let body = "grant_type=password&username=dory&password=dorypass";
    server.korap().post(K).header("Authorization", SB).raw_form(body).send().tokens().access
}

/// What client 9aHsGW6QflV13ixNpez gets of dory.
fn third_party_tokens(server: &Server) -> Tokens {
    let site = server.korap();
    let target = "/api/oauth2/authorize?response_type=code&client_id=9aHsGW6QflV13ixNpez&scope=search&state=thisIsMyState";
    let code = site.get(target).basic(DORY).send().sent_with("code").unwrap();
    let body = format!("grant_type=authorization_code&client_id=9aHsGW6QflV13ixNpez&client_secret=secret&code={code}");
    site.post(K).raw_form(&body).send().tokens()
}

#[test]
fn transcript_001_26_revocation_says_success_also_for_what_is_no_token() {
    let server = Server::start();
    let site = server.korap();
    let tokens = third_party_tokens(&server);
    for token in [tokens.refresh(), "unknown"] {
        let body = format!("client_id=9aHsGW6QflV13ixNpez&client_secret=secret&token={token}&token_type=refresh_token");
        let answer = site.post("/api/oauth2/revoke").raw_form(&body).send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
    }
    assert!(!site.is_active(THIRD_PARTY, &tokens.access));
}

#[test]
fn transcript_001_27_through_the_super_client_one_token_all_of_a_client_and_the_list() {
    let server = Server::start();
    let site = server.korap();
    let ut = ut(&server);
    let ask = |path: &str, more: &str| site.post(path).bearer(&ut).raw_form(&format!("{SC}&{more}")).send();
    let (one, other) = (third_party_tokens(&server), third_party_tokens(&server));
    let answer = ask("/api/oauth2/revoke/super", &format!("token={}", one.access));
    assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
    assert!(!site.is_active(THIRD_PARTY, &one.access) && site.is_active(THIRD_PARTY, &other.access));
    let listed = ask("/api/oauth2/token/list", "token_type=refresh_token");
    assert_eq!((listed.status, listed.json().as_array().unwrap().len()), (200, 2));
    let answer = ask("/api/oauth2/revoke/super/all", "client_id=9aHsGW6QflV13ixNpez");
    assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
    assert!(!site.is_active(THIRD_PARTY, &other.access));
    assert_eq!(ask("/api/oauth2/token/list", "token_type=refresh_token").json(), json!([]));
}

#[test]
fn transcript_001_28_the_life_of_a_plugin() {
    let server = Server::start();
    let site = server.korap();
    let ut = ut(&server);
    let ask = |path: &str, more: &str| site.post(&format!("/api/v1.0/{path}")).bearer(&ut).raw_form(&format!("{SC}&{more}")).send();
    let registered = site
        .post("/api/v1.0/oauth2/client/register")
        .basic(DORY)
        .body(
            "application/json",
            r#"{"name":"My plugin","type":"CONFIDENTIAL","description":" a plugin","url":"http://example.plugin.com","redirect_uri":"http://example.plugin.com/redirect","refresh_token_expiry":7776000,"source":{"name":"My plugin"}}"#,
        )
        .send();
    let id = registered.json()["client_id"].as_str().unwrap().to_owned();
    let named = format!("client_id={id}");
    let error = |answer: Answer| (answer.status, answer.json()["errors"].clone());
    let refused = |code: u16, text: &str| (400, json!([[code, text, id]]));

    assert_eq!(error(ask("plugins/install", &named)), refused(1850, "Plugin is not permitted"));
    let body = format!("{named}&permitted=true");
    assert_eq!(site.post("/api/v1.0/admin/oauth2/client/permit").basic(ADMIN).raw_form(&body).send().status, 200);
    assert_eq!(ask("plugins/install", &named).status, 200);
    assert_eq!(error(ask("plugins/install", &named)), refused(1851, "Plugin has been installed"));
    let market = ask("plugins", "permitted_only=true").json();
    assert!(market.as_array().unwrap().iter().any(|one| one["client_id"] == id.as_str()), "{market}");
    assert_eq!(ask("plugins/installed", "").json().as_array().unwrap().len(), 1);
    assert_eq!(ask("plugins/uninstall", &named).status, 200);
    let (status, errors) = error(ask("plugins/uninstall", &named));
    assert_eq!((status, &errors[0][0]), (404, &114.into()));
}

#[test]
fn transcript_001_29_administration_by_token_and_by_user() {
    let server = Server::start();
    let site = server.korap();
    let file = fs::read_to_string(server.home().path("adminToken")).unwrap();
    // As `curl -d @file` sends it: without line breaks.
    let by_token = site.post("/api/v1.0/admin/oauth2/token/clean").raw_form(&file.replace('\n', "")).send();
    assert_eq!(by_token.status, 200, "{by_token:?}");
    let client = r#"{"name":"OAuth2ClientTest","type":"CONFIDENTIAL","description":"A test client."}"#;
    let registered = site.post("/api/v1.0/oauth2/client/register").basic(DORY).body("application/json", client).send();
    let body = format!("client_id={}&super=true", registered.json()["client_id"].as_str().unwrap());
    let raise = |user| site.post("/api/v1.0/admin/oauth2/client/privilege").basic(user).raw_form(&body).send();
    let other = raise(DORY);
    assert_eq!((other.status, &other.json()["errors"][0][0]), (401, &2010.into()));
    let by_user = raise(ADMIN);
    assert_eq!((by_user.status, by_user.body.as_str()), (200, "SUCCESS"));
}
