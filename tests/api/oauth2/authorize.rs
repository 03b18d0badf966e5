//! `/api/oauth2/authorize`: the application of a super client says that somebody said yes.

use serde_json::json;

use crate::api::{Registered, reef};
use crate::asking::{Ask, CHALLENGE, VERIFIER};
use crate::client::{Answer, Request, Site};
use crate::fixture::{App, DORY, KORAP_PUBLIC, MARLIN, SUPER, THIRD_PARTY};
use crate::person::Person;
use crate::server::Server;

const AUTHORIZE: &str = "/api/oauth2/authorize";
const CALLBACK: &str = "https://third.party.com/confidential/redirect";

/// What the third party of the demo asks, with `changed` parameters; an empty one is left out.
fn asked<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut asked = vec![("response_type", "code"), ("client_id", THIRD_PARTY.0), ("scope", "search"), ("state", "thisIsMyState")];
    asked.retain(|(name, _)| changed.iter().all(|(own, _)| own != name));
    asked.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
    asked
}

fn ask<'s>(site: &'s Site, changed: &[(&str, &str)]) -> Request<'s> {
    site.get(AUTHORIZE).query(&asked(changed))
}

/// What goes to the application.
fn sent(answer: &Answer) -> &str {
    assert_eq!((answer.status, answer.body.as_str(), answer.cookies().len()), (302, "", 0), "{answer:?}");
    assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("no-store", "no-referrer"), "{answer:?}");
    answer.header("location").strip_prefix(CALLBACK).unwrap_or_else(|| panic!("{answer:?}"))
}

#[test]
fn req_a03_a_token_and_a_password_of_a_user_are_answered_with_a_code() {
    let server = Server::start();
    let site = server.korap();
    let all = site.user_token(DORY, "all");
    let narrow = site.user_token(DORY, "authorize");
    for path in [AUTHORIZE, "/api/v1.0/oauth2/authorize", "/api/v1.1/oauth2/authorize"] {
        let by = |request: Request<'_>| {
            for request in [request.clone().bearer(&all), request.clone().bearer(&narrow), request.basic(DORY)] {
                let answer = request.send();
                assert!(sent(&answer).starts_with("?code=") && sent(&answer).ends_with("&state=thisIsMyState"), "{answer:?}");
            }
        };
        by(site.get(path).query(&asked(&[])));
        by(site.post(path).query(&asked(&[])));
        by(site.post(path).form(&asked(&[])));
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = site.method(method, AUTHORIZE).basic(DORY).send();
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, POST"));
    }
    assert_eq!(server.skyvault().get(AUTHORIZE).query(&asked(&[])).basic(DORY).send().status, 404);
}

#[test]
fn req_a03_who_may_not_is_told_before_anything_else() {
    let server = Server::start();
    let site = server.korap();
    // Whatever else is wrong.
    for wrong in [&[][..], &[("client_id", "nobody")], &[("redirect_uri", "https://different.uri/redirect")], &[("scope", "all")]] {
        let guest = ask(site, wrong).send();
        assert_eq!(guest.api_errors(), json!([[2010, "Unauthorized operation for user: guest", "guest"]]));
        let narrow = ask(site, wrong).bearer(&site.user_token(DORY, "search install_user_client")).send();
        assert_eq!(narrow.api_errors(), json!([[2010, "Scope authorize is not authorized", "authorize"]]));
        let machine = ask(site, wrong).bearer(&site.machine_token(SUPER).access).send();
        assert_eq!(machine.api_error(), (401, 2010), "a client's own token speaks for nobody");
        let client = ask(site, wrong).basic(SUPER).send();
        assert_eq!(client.api_error(), (401, 2004), "a client is no user");
        for answer in [guest, narrow, machine, client] {
            assert_eq!(answer.header("location"), "", "{answer:?}");
        }
    }
}

#[test]
fn req_a11_until_the_redirect_uri_is_known_the_answer_is_json_with_the_state() {
    let server = Server::start();
    let site = server.korap();
    let error = |changed: &[(&str, &str)]| {
        let answer = ask(site, changed).basic(DORY).send();
        assert_eq!(answer.header("location"), "", "{answer:?}");
        answer.assert_json_never_stored();
        (answer.status, answer.json())
    };
    let body = |error: &str, description: &str| json!({ "error": error, "error_description": description, "state": "thisIsMyState" });
    let invalid = (400, body("invalid_request", "Invalid redirect URI"));
    for uri in ["https://different.uri/redirect", "https://third.party.com/confidential/redirect#x", "http://localhost:1410", "not a uri"] {
        assert_eq!(error(&[("redirect_uri", uri)]), invalid, "{uri}");
    }
    assert_eq!(error(&[("client_id", "")]), (400, body("invalid_request", "Missing parameter: client_id")));
    assert_eq!(error(&[("client_id", "nobody")]), (401, body("invalid_client", "Unknown client: nobody")));
    // A client without a redirect URI has nowhere to be answered.
    let homeless = site.register(DORY, &reef(json!({ "redirect_uri": null })));
    assert_eq!(error(&[("client_id", &homeless.id)]), (400, body("invalid_request", "Missing parameter: redirect URI")));
    let (_, without) = error(&[("client_id", "nobody"), ("state", "")]);
    assert_eq!(without, json!({ "error": "invalid_client", "error_description": "Unknown client: nobody" }));
    let twice = site.get(AUTHORIZE).query(&asked(&[])).query(&[("client_id", KORAP_PUBLIC)]).basic(DORY).send();
    twice.refused(400, "invalid_request");
}

#[test]
fn req_a12_everything_else_goes_to_the_application_in_a_fixed_order() {
    let server = Server::start();
    let site = server.korap();
    let unsupported = "?error=unsupported_response_type&error_description=Unsupported+response+type.+Only+code+is+supported.";
    for (changed, error) in [
        (("scope", ""), "?error=invalid_scope&error_description=scope+is+required"),
        (("scope", "all"), "?error=invalid_scope&error_description=Requested+scope+all+is+not+allowed."),
        (("scope", "search all"), "?error=invalid_scope&error_description=Requested+scope+all+is+not+allowed."),
        (("scope", "invalid_scope"), "?error=invalid_scope&error_description=Invalid+scope"),
        (("response_type", "string"), unsupported),
        (("response_type", "token"), unsupported),
        (("response_type", "id_token"), unsupported),
        (("response_type", "code token"), unsupported),
        (("response_type", ""), "?error=invalid_request&error_description=Missing+parameter%3A+response_type"),
        (
            ("code_challenge_method", "plain"),
            "?error=invalid_request&error_description=code_challenge_method+must+be+S256%2C+beside+a+code_challenge",
        ),
    ] {
        let more: &[_] = if changed.0 == "code_challenge_method" { &[("code_challenge", CHALLENGE)] } else { &[] };
        let answer = ask(site, &[&[changed], more].concat()).basic(DORY).send();
        assert_eq!(sent(&answer), format!("{error}&state=thisIsMyState"), "{changed:?}");
        let answer = ask(site, &[&[changed, ("state", "")], more].concat()).basic(DORY).send();
        assert_eq!(sent(&answer), error, "{changed:?}");
    }
}

#[test]
fn sec_a17_the_answer_is_in_the_query_and_nowhere_else() {
    let server = Server::start();
    let site = server.korap();
    assert!(sent(&ask(site, &[("response_mode", "query")]).basic(DORY).send()).starts_with("?code="));
    for mode in ["form_post", "fragment", "web_message"] {
        let answer = ask(site, &[("response_mode", mode)]).basic(DORY).send();
        assert!(sent(&answer).starts_with("?error=invalid_request&error_description=response_mode+must+be+"), "{mode}: {answer:?}");
        assert_eq!(answer.sent_with("code"), None, "{mode}");
    }
}

#[test]
fn req_s04_a_scope_that_only_sounds_like_all_is_one_like_others() {
    let server = Server::start();
    let site = server.korap();
    // Asking for it is not asking for all, and holding it is not holding all.
    let answer = ask(site, &[("scope", "install_user_client uninstall_user_client")]).basic(DORY).send();
    assert!(sent(&answer).starts_with("?code="), "{answer:?}");
    let token = site.user_token(DORY, "install_user_client");
    assert_eq!(site.get("/api/user/info").bearer(&token).send().api_error(), (401, 2010));
}

#[test]
fn req_a15_a_challenge_is_honoured_and_is_not_needed() {
    let server = Server::start();
    let site = server.korap();
    let public = |form: &[(&str, &str)]| {
        let form = [&[("grant_type", "authorization_code"), ("client_id", KORAP_PUBLIC)], form].concat();
        site.post("/api/oauth2/token").form(&form).send()
    };
    let code = |more: &[(&str, &str)]| {
        let changed = [&[("client_id", KORAP_PUBLIC)], more].concat();
        ask(site, &changed).basic(DORY).send().sent_with("code").unwrap()
    };
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    public(&[("code", &code(&[]))]).tokens();
    public(&[("code", &code(&challenge)), ("code_verifier", VERIFIER)]).tokens();
    public(&[("code", &code(&challenge))]).refused(400, "invalid_grant");
    public(&[("code", &code(&[])), ("code_verifier", VERIFIER)]).refused(400, "invalid_grant");
}

#[test]
fn req_s02_only_a_super_client_is_given_all() {
    let server = Server::start();
    let site = server.korap();
    let for_itself = |request: Request<'_>| request.send();
    let own = [("client_id", SUPER.0), ("scope", "all")];
    let answer = for_itself(ask(site, &own).bearer(&site.user_token(DORY, "all")));
    let code = answer.sent_with("code").unwrap_or_else(|| panic!("{answer:?}"));
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    assert_eq!(site.post("/api/oauth2/token").basic(SUPER).form(&form).send().tokens().scope, "all");
    // Not even for itself, by a token that has less.
    let answer = for_itself(ask(site, &own).bearer(&site.user_token(DORY, "authorize search")));
    assert_eq!(answer.sent_error(), "invalid_scope");
    let answer = for_itself(ask(site, &[("scope", "all")]).bearer(&site.user_token(DORY, "all")));
    assert_eq!(answer.sent_error(), "invalid_scope");
}

#[test]
fn sec_l02_the_token_of_another_client_passes_on_no_more_than_it_has() {
    let server = Server::start();
    let site = server.korap();
    let third = Registered { id: THIRD_PARTY.0.into(), secret: Some(THIRD_PARTY.1.into()) };
    let held = third.redeem(site, &site.api_code(DORY, THIRD_PARTY.0, "authorize search")).tokens().access;
    let public = |scope| ask(site, &[("client_id", KORAP_PUBLIC), ("scope", scope)]).bearer(&held).send();
    assert!(public("search").sent_with("code").is_some());
    for more in ["match_info", "search match_info", "register_client"] {
        assert_eq!(public(more).sent_error(), "invalid_scope", "{more}");
    }
    // A super client's token with the same scope may: its application asks people.
    let trusted = site.user_token(DORY, "authorize");
    let answer = ask(site, &[("client_id", KORAP_PUBLIC), ("scope", "search match_info")]).bearer(&trusted).send();
    assert!(answer.sent_with("code").is_some(), "{answer:?}");
}

#[test]
fn sec_f07_what_was_authorized_by_a_token_ends_with_the_password() {
    let server = Server::start();
    server.keyward_reading("nemo-password", &["user", "add", "nemo"]).done();
    let site = server.korap();
    let nemo = ("nemo", "nemo-password");
    let by_token = site.user_token(nemo, "all");
    let code = |request: Request<'_>| request.bearer(&by_token).send().sent_with("code").unwrap();
    let third = Registered { id: THIRD_PARTY.0.into(), secret: Some(THIRD_PARTY.1.into()) };
    let tokens = third.redeem(site, &code(ask(site, &[]))).tokens();
    let unredeemed = code(ask(site, &[]));
    assert!(site.speaks(&tokens.access));
    server.keyward_reading("another-password", &["user", "password", "nemo"]).done();
    assert!(!site.speaks(&tokens.access));
    third.redeem(site, &unredeemed).refused(400, "invalid_grant");
    site.ask_refresh(THIRD_PARTY, tokens.refresh()).refused(400, "invalid_grant");
}

#[test]
fn sec_f07_what_was_authorized_by_a_token_of_a_browser_session_ends_with_it() {
    let server = Server::start();
    let site = server.korap();
    let third = App { id: THIRD_PARTY.0, secret: Some(THIRD_PARTY.1), redirect_uri: CALLBACK };
    let mut person = Person::signed_in(site, DORY);
    let held = |person: &mut Person<'_>, scope: &str| {
        let code = person.code(&Ask::code(third).with("scope", scope));
        let token = site.redeem(third, &code).access;
        let code = ask(site, &[("client_id", KORAP_PUBLIC)]).bearer(&token).send().sent_with("code").unwrap();
        Registered { id: KORAP_PUBLIC.into(), secret: None }.redeem(site, &code).tokens().access
    };
    let bound = held(&mut person, "authorize search");
    let by_password =
        Registered { id: KORAP_PUBLIC.into(), secret: None }.redeem(site, &site.api_code(DORY, KORAP_PUBLIC, "search")).tokens();
    assert!(site.speaks(&bound));
    person.sign_out();
    assert!(!site.speaks(&bound));
    assert!(site.speaks(&by_password.access), "a password is no session");
}

#[test]
fn req_a06_a_code_speaks_for_who_was_authenticated_and_for_the_client_that_asked() {
    let server = Server::start();
    let site = server.korap();
    let third = Registered { id: THIRD_PARTY.0.into(), secret: Some(THIRD_PARTY.1.into()) };
    for user in [DORY, MARLIN] {
        let access = third.redeem(site, &site.api_code(user, THIRD_PARTY.0, "user_info")).tokens().access;
        assert_eq!(site.get("/api/user/info").bearer(&access).send().json(), json!({ "username": user.0 }));
    }
    let stolen = site.api_code(DORY, THIRD_PARTY.0, "search");
    Registered { id: KORAP_PUBLIC.into(), secret: None }.redeem(site, &stolen).refused(400, "invalid_grant");
}
