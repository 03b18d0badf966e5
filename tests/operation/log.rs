//! What the log says of a refusal, and what it keeps to itself.

use serde_json::Value;

use crate::client::Answer;
use crate::fixture::{C1, DORY};
use crate::server::Server;

/// The log line of the refusal that `answer` is.
fn line(server: &Server, answer: &Answer) -> Value {
    let lines = server.log_of(&answer.request_id());
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.into_iter().find(|event| event["message"] == "refused").unwrap_or_else(|| panic!("{answer:?}: {lines}"))
}

#[test]
fn a_refusal_names_the_client_and_never_the_user() {
    let server = Server::start();
    let site = server.standard();
    for (user, password) in [(DORY.0, "wrong"), ("typed-into-the-wrong-field", "wrong")] {
        let refused = line(&server, &site.ask_password(C1, (user, password)));
        assert_eq!(refused["client_id"], C1.0);
        assert!(!refused.to_string().contains(user), "a name can be a password in the wrong field: {refused}");
    }
    let refused = line(&server, &site.ask_password((C1.0, "wrong"), DORY));
    assert_eq!((&refused["client_id"], &refused["step"]), (&C1.0.into(), &"client_secret_matches".into()), "{refused}");
    let refused = line(&server, &site.ask_password(("a-secret-in-the-wrong-field", "wrong"), DORY));
    assert_eq!((refused.get("client_id"), &refused["step"]), (None, &"client_known".into()), "{refused}");
    let unnamed = line(&server, &site.post("/oauth/token").form(&[("grant_type", "password")]).send());
    assert!(unnamed.get("client_id").is_none(), "{unnamed}");
    let revoking = site.post("/oauth/revoke").basic((C1.0, "wrong")).form(&[("token", "t")]).send();
    assert_eq!(line(&server, &revoking)["client_id"], C1.0);
}

#[test]
fn sec_p16_a_client_id_in_the_log_is_short_and_printable() {
    let server = Server::start();
    let id = format!("a\u{1b}[31m\u{202e}\n{}", "x".repeat(3000));
    let answer = server.standard().post("/oauth/token").form(&[("grant_type", "password"), ("client_id", &id)]).send();
    let logged = line(&server, &answer)["client_id"].as_str().unwrap_or_default().to_owned();
    assert!(logged.starts_with("a?[31m??x") && logged.len() == 64, "{logged:?}");
}

#[test]
fn a_refused_scope_is_named_in_the_reason_and_cut_where_it_is_long() {
    let server = Server::start();
    let ask = |scope: &str| {
        let form = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1), ("scope", scope)];
        line(&server, &server.standard().post("/oauth/token").basic(C1).form(&form).send())
    };
    let reason = ask("read fly write swim")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("asked for fly swim;") && reason.contains("read write"), "{reason}");
    let long = ask(&format!("read {}", "fly".repeat(1000)))["reason"].as_str().unwrap().len();
    assert_eq!(long, 1000);
}
