//! The form of every answer, good or bad.

use std::collections::BTreeSet;

use crate::fixture::{C1, DORY, SKYVAULT, SUPER};
use crate::server::Server;

const LOGIN: [(&str, &str); 3] = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1)];

#[test]
fn req_t12_a_token_answer_has_its_members_and_no_other() {
    let server = Server::start();
    for (path, site, client) in [
        ("/oauth/token", server.standard(), C1),
        ("/oauth/token", server.skyvault(), SKYVAULT),
        ("/api/oauth2/token", server.korap(), SUPER),
    ] {
        let members = |form: &[(&str, &str)]| {
            let answer = site.post(path).basic(client).form(form).send();
            let tokens = answer.tokens();
            assert!(!tokens.scope.is_empty() && tokens.expires_in > 0, "{answer:?}");
            answer.json().as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>()
        };
        let with_user = ["access_token", "expires_in", "refresh_token", "scope", "token_type"];
        assert_eq!(members(&LOGIN), with_user.map(str::to_owned).into());
        if client != SUPER {
            let machine = ["access_token", "expires_in", "scope", "token_type"];
            assert_eq!(members(&[("grant_type", "client_credentials")]), machine.map(str::to_owned).into());
        }
    }
}

#[test]
fn req_t15_a_refusal_has_its_members_and_no_other() {
    let server = Server::start();
    for (path, site, client) in [
        ("/oauth/token", server.standard(), C1),
        ("/oauth/token", server.skyvault(), SKYVAULT),
        ("/api/oauth2/token", server.korap(), SUPER),
    ] {
        site.post(path).basic(client).form(&LOGIN).send().tokens();
        for refused in [
            site.post(path).basic(client).form(&[]),
            site.post(path).basic(client).form(&[("grant_type", "x")]),
            site.post(path).basic((client.0, "wrong")).form(&LOGIN),
            site.post(path).basic(client).form(&[LOGIN[0], LOGIN[1], ("password", "wrong")]),
            site.post(path).basic(client).form(&[&LOGIN[..], &[("scope", "nonsense")]].concat()),
        ] {
            let answer = refused.send();
            let json = answer.json();
            answer.refused(answer.status, json["error"].as_str().expect("a code"));
            let allowed = ["error", "error_description", "error_uri", "errors"];
            assert!(json.as_object().unwrap().keys().all(|key| allowed.contains(&key.as_str())), "{json}");
            // RFC 6749 §5.2 names the characters a description may have.
            let description = json["error_description"].as_str().unwrap();
            assert!(description.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\'), "{description}");
        }
    }
}

#[test]
fn sec_g17_no_answer_but_a_success_carries_a_token() {
    let server = Server::start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let next = site.refresh(C1, tokens.refresh());
    site.refresh(C1, next.refresh());
    let reuse = site.ask_refresh(C1, tokens.refresh());
    reuse.refused(400, "invalid_grant");
    let wide = [("grant_type", "refresh_token"), ("refresh_token", next.refresh()), ("scope", "admin")];
    let refusals = [
        reuse,
        site.post("/oauth/token").basic(C1).form(&wide).send(),
        site.get("/secure").bearer(&format!("{}x", tokens.access)).send(),
        site.post("/oauth/check_token").basic(C1).form(&[("token", &tokens.access)]).send(),
        site.post("/oauth/introspect").basic(C1).form(&[("token", &tokens.access)]).send(),
        site.post("/oauth/revoke").basic(C1).form(&[("token", &tokens.access), ("token", "x")]).send(),
    ];
    for answer in refusals {
        for token in [&tokens.access, tokens.refresh(), &next.access, next.refresh()] {
            let text = format!("{} {:?}", answer.body, answer.headers);
            assert!(!text.contains(token), "{answer:?}");
        }
    }
}
