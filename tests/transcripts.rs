//! The acceptance transcripts, request by request as they are written down.
//!
//! Bodies are sent as `curl -d` sends them: byte for byte, line breaks and blanks included.

mod siblings;
mod super_client;

use crate::client::Answer;
use crate::fixture::{ADMIN, DORY, SKYVAULT, SUPER, THIRD_PARTY};
use crate::person::Person;
use crate::server::Server;

/// The Basic header as the wiki page of seed 001 prints it.
const SB: &str = "Basic ZFJKbnBGSDZSSFRyNkw3Yk5ocm43RjpfSUdhUXF2VVVyUFR6UktKdnFQWW5B";
const K: &str = "/api/oauth2/token";

#[test]
fn transcript_000_1_the_stored_credential_asks_with_a_password_and_an_audience() {
    let server = Server::start();
    let answer = server
        .skyvault()
        .post("/oauth/token")
        .raw_form(
            "grant_type=password&username=dory&password=dorypass&audience=https%3A%2F%2Fapi.example.com&scope=\
             &client_id=YOUR_CLIENT_ID&client_secret=YOUR_CLIENT_SECRET",
        )
        .send();
    assert_eq!(answer.tokens().expires_in, 86400);
}

#[test]
fn transcript_000_2_the_synopsis_read_as_client_credentials() {
    let server = Server::start();
    let answer = server
        .skyvault()
        .post("/oauth/token")
        .raw_form(
            "audience=https%3A%2F%2Fapi.example.com&grant_type=client_credentials&client_id=YOUR_CLIENT_ID\
             &client_secret=YOUR_CLIENT_SECRET",
        )
        .send();
    assert_eq!(answer.tokens().expires_in, 86400);
}

#[test]
fn transcript_000_3_the_synopsis_verbatim_has_no_grant_type() {
    let server = Server::start();
    let body = "audience=grant_type=client_credentials&client_id=YOUR_CLIENT_ID&client_secret=YOUR_CLIENT_SECRET";
    let description = server.skyvault().post("/oauth/token").raw_form(body).send().refused(400, "invalid_request");
    assert!(description.contains("grant_type"), "{description}");
}

#[test]
fn transcript_001_1_password_grant_with_the_basic_header() {
    let server = Server::start();
    let answer = server
        .korap()
        .post(K)
        .header("Authorization", SB)
        .raw_form(
            "grant_type=password&client_id=dRJnpFH6RHTr6L7bNhrn7F&username=dory&password=dorypass\
             &scope=search match_info",
        )
        .send();
    let tokens = answer.tokens();
    assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("search match_info", 259_200));
    assert!(tokens.refresh.is_some());
}

#[test]
fn transcript_001_2_password_grant_with_credentials_in_the_body_and_a_stray_redirect_uri() {
    let server = Server::start();
    let answer = server
        .korap()
        .post(K)
        .raw_form(
            "grant_type=password&client_id=dRJnpFH6RHTr6L7bNhrn7F&client_secret=_IGaQqvUUrPTzRKJvqPYnA\
             &redirect_uri=http://example.client.com/redirect&username=dory&password=dorypass\
             &scope=search match_info",
        )
        .send();
    let tokens = answer.tokens();
    assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("search match_info", 259_200));
    assert!(tokens.refresh.is_some());
}

#[test]
fn transcript_001_3_password_grant_with_the_line_breaks_of_the_seed() {
    let server = Server::start();
    let body = "grant_type=password\n&client_id=dRJnpFH6RHTr6L7bNhrn7F\n&username=dory&password=dorypass\n\
                &scope=search match_info";
    let tokens = server.korap().post(K).header("Authorization", SB).raw_form(body).send().tokens();
    assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("search match_info", 259_200));
    assert!(tokens.refresh.is_some());
}

#[test]
fn transcript_001_4_without_a_scope_the_super_client_gets_all() {
    let server = Server::start();
    let body = "grant_type=password&username=dory&password=dorypass";
    let answer = server.korap().post("/api/v1.1/oauth2/token").header("Authorization", SB).raw_form(body).send();
    assert_eq!(answer.tokens().scope, "all");
}

#[test]
fn transcript_001_5_the_password_grant_is_refused_to_third_parties() {
    let server = Server::start();
    let body = "grant_type=password&client_id=9aHsGW6QflV13ixNpez&client_secret=secret&username=dory&password=dorypass";
    let description = server.korap().post(K).raw_form(body).send().refused(401, "unauthorized_client");
    assert_eq!(description, "Password grant is not allowed for third party clients");
}

#[test]
fn transcript_001_6_a_missing_secret_is_a_missing_parameter() {
    let server = Server::start();
    let body = "grant_type=password&client_id=dRJnpFH6RHTr6L7bNhrn7F&username=dory&password=dorypass";
    let description = server.korap().post(K).raw_form(body).send().refused(400, "invalid_request");
    assert_eq!(description, "Missing parameter: client_secret");
}

#[test]
fn transcript_001_7_a_wrong_secret_and_a_wrong_password() {
    let server = Server::start();
    let body = "grant_type=password&client_id=dRJnpFH6RHTr6L7bNhrn7F&client_secret=nope\
                &username=dory&password=dorypass";
    let answer = server.korap().post(K).raw_form(body).send();
    answer.refused(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic "), "{answer:?}");

    let body = "grant_type=password&username=dory&password=nope";
    server.korap().post(K).header("Authorization", SB).raw_form(body).send().refused(400, "invalid_grant");
}

#[test]
fn transcript_001_8_a_missing_and_an_unknown_grant_type() {
    let server = Server::start();
    let body = "username=dory&password=dorypass";
    server.korap().post(K).header("Authorization", SB).raw_form(body).send().refused(400, "invalid_request");

    let body = "grant_type=blahblah";
    server.korap().post(K).header("Authorization", SB).raw_form(body).send().refused(400, "unsupported_grant_type");
}

#[test]
fn transcript_001_9_an_unknown_scope_and_a_repeated_parameter() {
    let server = Server::start();
    let body = "grant_type=password&username=dory&password=dorypass&scope=read_address";
    server.korap().post(K).header("Authorization", SB).raw_form(body).send().refused(400, "invalid_scope");

    let body = "grant_type=password&grant_type=password&username=dory&password=dorypass";
    server.korap().post(K).header("Authorization", SB).raw_form(body).send().refused(400, "invalid_request");
}

#[test]
fn transcript_001_19_refresh_rotates_at_once_and_never_widens() {
    let server = Server::start();
    let refresh = |token: &str, more: &str| {
        let body = format!(
            "grant_type=refresh_token&client_id=dRJnpFH6RHTr6L7bNhrn7F&client_secret=_IGaQqvUUrPTzRKJvqPYnA\
             &refresh_token={token}{more}"
        );
        server.korap().post(K).raw_form(&body).send()
    };
    let first = server
        .korap()
        .post(K)
        .header("Authorization", SB)
        .form(&[("grant_type", "password"), ("username", DORY.0), ("password", DORY.1), ("scope", "search match_info")])
        .send()
        .tokens();

    let second = refresh(first.refresh(), "").tokens();
    assert_ne!(second.refresh(), first.refresh());
    assert_eq!(second.scope, "search match_info");

    let description = refresh(first.refresh(), "").refused(400, "invalid_grant");
    assert_eq!(description, "Refresh token has been revoked");

    refresh(second.refresh(), "&scope=search serialize_query").refused(400, "invalid_scope");
}

#[test]
fn transcript_001_20_client_credentials_with_a_reduced_scope() {
    let server = Server::start();
    let body = "grant_type=client_credentials&client_id=9aHsGW6QflV13ixNpez&client_secret=secret\
                &scope=preferred_username client_info";
    let tokens = server.korap().post(K).raw_form(body).send().tokens();
    assert_eq!(tokens.scope, "client_info");
    assert_eq!(tokens.refresh, None);
}

/// Signs in and says yes where asked; `request` is the transcript's request, sent as it is written: a POST with a client's
/// header.
fn answered(person: &mut Person<'_>, target: &str, decision: &str) -> Answer {
    let first = person.send(person.site.post(target).basic(SKYVAULT));
    assert!(first.header("location").is_empty() && !first.body.contains("kwc_"), "no session, no code: {first:?}");
    let consent = if first.is_login() { person.sign_in_here(&first) } else { first };
    assert!(consent.is_consent(), "{consent:?}");
    person.post(&consent.page().form("/consent").pressed(decision))
}

const AUTHORIZE: &str = "/authorize?response_type=code&client_id=SkyVaultapp&state=xyz&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb";

/// The code in the only form of answer that the transcripts allow.
fn code_in(answer: &Answer) -> String {
    assert!([302, 303].contains(&answer.status), "{answer:?}");
    let rest = answer.header("location").strip_prefix("https://client.example.com/cb?code=").unwrap_or_else(|| panic!("{answer:?}"));
    rest.strip_suffix("&state=xyz").unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[test]
fn transcript_002_1_authorization_code_after_login_and_consent() {
    let server = Server::start();
    let mut person = Person::new(server.skyvault(), ADMIN);
    let denied = answered(&mut person, AUTHORIZE, "deny");
    let location = denied.header("location");
    assert!(location.starts_with("https://client.example.com/cb?error=access_denied&"), "{location}");
    assert!(location.ends_with("&state=xyz") && !location.contains("code="), "{location}");
    code_in(&answered(&mut person, AUTHORIZE, "allow"));
    // The same with GET: what was allowed is remembered.
    code_in(&person.get(AUTHORIZE));
    let mut by_get = Person::new(server.skyvault(), DORY);
    let login = by_get.get(AUTHORIZE);
    let consent = by_get.sign_in_here(&login);
    code_in(&by_get.post(&consent.page().form("/consent").pressed("allow")));
}

#[test]
fn transcript_002_1b_the_literal_ids_of_the_seed() {
    let server = Server::start();
    let mut person = Person::new(server.skyvault(), ADMIN);
    let target = AUTHORIZE.replace("SkyVaultapp", "alfrescoapp");
    let code = code_in(&answered(&mut person, &target, "allow"));
    let target = format!("/oauth/token?grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb");
    let tokens = server.skyvault().post(&target).basic(("alfrescoapp", "secret")).send().tokens();
    let told = server.skyvault().introspect(("alfrescoapp", "secret"), &tokens.access);
    assert_eq!((&told["client_id"], &told["username"]), (&"alfrescoapp".into(), &"admin".into()));
}

#[test]
fn transcript_002_2_the_token_request_with_everything_in_the_query() {
    let server = Server::start();
    let site = server.skyvault();
    let mut person = Person::new(site, ADMIN);
    let redeem = |code: &str, uri: &str| {
        site.post(&format!("/oauth/token?grant_type=authorization_code&code={code}&redirect_uri={uri}")).basic(SKYVAULT).send()
    };
    let cb = "https%3A%2F%2Fclient.example.com%2Fcb";
    let code = code_in(&answered(&mut person, AUTHORIZE, "allow"));
    let tokens = redeem(&code, cb).tokens();
    assert_eq!(tokens.expires_in, 3600);
    assert_eq!(site.get("/secure").bearer(&tokens.access).send().body, "Secure Hello!");
    let refreshed = site.refresh(SKYVAULT, tokens.refresh());

    redeem(&code, cb).refused(400, "invalid_grant");
    for access in [&tokens.access, &refreshed.access] {
        assert!(!site.is_active(SKYVAULT, access), "a repeated code revokes what it gave");
    }
    site.ask_refresh(SKYVAULT, refreshed.refresh()).refused(400, "invalid_grant");

    let code = code_in(&person.get(AUTHORIZE));
    redeem(&code, "http%3A%2F%2Fexample.com%2Fcb").refused(400, "invalid_grant");
    assert!(!server.log().contains(&code), "the code is not in the log");
}

#[test]
fn transcript_002_3_implicit_with_the_doubled_slash() {
    let server = Server::start();
    let site = server.skyvault();
    let mut person = Person::new(site, ADMIN);
    let target = format!("/{}", AUTHORIZE.replace("response_type=code", "response_type=token"));
    assert!(target.starts_with("//authorize?"));
    for _ in 0..2 {
        let answer = answered(&mut person, &target, "allow");
        let fragment = answer.header("location").strip_prefix("https://client.example.com/cb#").unwrap_or_else(|| panic!("{answer:?}"));
        assert!(fragment.starts_with("access_token=") && !fragment.contains("refresh_token"), "{fragment}");
        let sent = |name: &str| answer.sent_with(name).unwrap();
        assert_eq!((sent("state"), sent("expires_in")), ("xyz".to_owned(), "3600".to_owned()));
        assert!(sent("token_type").eq_ignore_ascii_case("bearer"));
        assert_eq!(site.get("/secure").bearer(&sent("access_token")).send().body, "Secure Hello!");
    }
    let answer = person.send(site.post(&target.replace("&state=xyz", "")).basic(SKYVAULT));
    assert!(answer.header("location").starts_with("https://client.example.com/cb#error=invalid_request"), "{answer:?}");
}

#[test]
fn transcript_002_4_password_grant_with_everything_in_the_query() {
    let server = Server::start();
    let site = server.skyvault();
    let in_query = site.post("/oauth/token?username=admin&password=tiger&grant_type=password").basic(SKYVAULT).send().tokens();
    let in_body = site.post("/oauth/token").basic(SKYVAULT).raw_form("username=admin&password=tiger&grant_type=password").send().tokens();
    for tokens in [in_query, in_body] {
        assert_eq!(tokens.scope, "read write");
        assert!((1700..=1800).contains(&tokens.expires_in), "{}", tokens.expires_in);
        assert!(tokens.refresh.is_some());
    }

    let answer = site.get("/oauth/token?username=admin&password=tiger&grant_type=password").basic(SKYVAULT).send();
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{answer:?}");

    site.post("/oauth/token?client_id=SkyVaultapp&client_secret=secret&username=admin&password=tiger&grant_type=password")
        .send()
        .refused(400, "invalid_request");
    assert!(!server.log().contains("tiger"), "the password is not in the log");
}

#[test]
fn transcript_002_5_refresh_with_the_basic_header_alone() {
    let server = Server::start();
    let site = server.skyvault();
    let first = site.login(SKYVAULT, ("admin", "tiger"));
    let target = format!("/oauth/token?grant_type=refresh_token&refresh_token={}", first.refresh());
    let second = site.post(&target).basic(SKYVAULT).send().tokens();
    assert_ne!(second.refresh(), first.refresh());
    assert_ne!(second.access, first.access);
}

#[test]
fn transcript_002_6_the_protected_resource() {
    let server = Server::start();
    let site = server.skyvault();
    let tokens = site.login(SKYVAULT, ("admin", "tiger"));

    let answer = site.get("/secure").bearer(&tokens.access).send();
    assert_eq!((answer.status, answer.body.as_str()), (200, "Secure Hello!"));

    let answer = site.get("/secure").send();
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").starts_with("Bearer realm=\""), "{answer:?}");

    let answer = site.get("/secure").bearer("nope").send();
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{answer:?}");
}

#[test]
fn transcript_002_7_client_credentials_without_a_body() {
    let server = Server::start();
    let answer = server.skyvault().post("/oauth/token?grant_type=client_credentials").basic(SKYVAULT).send();
    assert_eq!(answer.tokens().refresh, None);
}

#[test]
fn transcript_002_9_introspection_check_token_and_health() {
    let server = Server::start();
    let site = server.skyvault();
    let tokens = site.login(SKYVAULT, ("admin", "tiger"));
    let body = format!("token={}", tokens.access);

    let told = site.post("/introspect").basic(SKYVAULT).raw_form(&body).send();
    assert_eq!((told.status, &told.json()["active"], &told.json()["username"]), (200, &true.into(), &"admin".into()));

    let told = site.post("/oauth/check_token").basic(SKYVAULT).raw_form(&body).send();
    assert_eq!((told.status, &told.json()["user_name"]), (200, &"admin".into()));

    let told = site.get("/management/health").bearer(&tokens.access).send();
    assert_eq!((told.status, told.json()), (200, serde_json::json!({"status": "UP"})));
}

#[test]
fn the_fixture_knows_every_client_and_user_of_the_transcripts() {
    let server = Server::start();
    for (client, scope) in [(SUPER, "all"), (THIRD_PARTY, "client_info")] {
        let site = server.korap();
        let tokens = site.post(K).basic(client).form(&[("grant_type", "client_credentials")]).send().tokens();
        assert!(scope == "all" || tokens.scope == scope, "{tokens:?}");
    }
    for user in [DORY, ("admin", "tiger"), ("marlin", "marlinpass")] {
        server.skyvault().login(("alfrescoapp", "secret"), user);
    }
}
