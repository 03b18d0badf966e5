use keyward_rules::introspect::show;
use keyward_wire::introspection::IntrospectionResponse;
use serde_json::{json, to_value};

use crate::check::{for_client, for_user};
use crate::fixture::{ISSUER, NOW, audiences, authenticated, client, public_client, user, with};

/// Whether a client that is a resource server for `serves` sees a token of app for `token_is_for`.
fn sees(asker: &str, serves: &[&str], token_is_for: &[&str]) -> bool {
    let asker = authenticated(&with(client(asker), |registration| registration.resource_server_for = audiences(serves)));
    let mut case = for_user(client("app"));
    case.token.audience = audiences(token_is_for);
    show(&asker, case.check().unwrap()).is_some()
}

const A: &str = "https://a.example";
const B: &str = "https://b.example";

#[test]
fn sec_g04_a_token_is_seen_by_its_client_and_its_resource_servers_and_by_nobody_else() {
    let table = [
        ("its own client", "app", &[][..], &[][..], true),
        ("its own client, audience elsewhere", "app", &[], &[A], true),
        ("its resource server", "api", &[A], &[A], true),
        ("one of its resource servers", "api", &[B], &[A, B], true),
        ("a server of several audiences", "api", &[B, A], &[A], true),
        ("a server of another audience", "api", &[B], &[A], false),
        ("a resource server, token for none", "api", &[A], &[], false),
        ("a client that serves nothing", "api", &[], &[A], false),
        ("a client that serves nothing, token for none", "api", &[], &[], false),
    ];
    for (who, asker, serves, token_is_for, seen) in table {
        assert_eq!(sees(asker, serves, token_is_for), seen, "{who}");
    }
}

#[test]
fn sec_g04_being_allowed_to_ask_for_an_audience_does_not_let_a_client_introspect_for_it() {
    let asker = with(client("other"), |registration| {
        registration.audiences = audiences(&[A]);
        registration.super_client = true;
    });
    let mut case = for_user(client("app"));
    case.token.audience = audiences(&[A]);
    assert!(show(&authenticated(&asker), case.check().unwrap()).is_none());
}

#[test]
fn req_r03_a_live_token_of_a_user_is_shown_in_full() {
    let mut case = for_user(client("app"));
    case.token.audience = audiences(&[A]);
    let shown = show(&authenticated(&client("app")), case.check().unwrap()).unwrap();
    let expected = json!({
        "active": true, "scope": "read", "client_id": "app", "username": "dory", "token_type": "Bearer",
        "exp": NOW.seconds() + 600, "iat": NOW.seconds(), "sub": user("dory").id.subject(),
        "aud": A, "iss": ISSUER, "jti": "BwcHBwcHBwcHBwcHBwcHBw",
    });
    assert_eq!(to_value(shown.active(ISSUER)).unwrap(), expected);
    let expected = json!({
        "active": true, "user_name": "dory", "scope": ["read"], "client_id": "app", "exp": NOW.seconds() + 600, "aud": A,
    });
    assert_eq!(to_value(shown.checked()).unwrap(), expected);
}

#[test]
fn req_r03_a_live_token_of_a_client_names_no_user() {
    let shown = show(&authenticated(&client("app")), for_client(client("app")).check().unwrap()).unwrap();
    let active = to_value(shown.active(ISSUER)).unwrap();
    assert_eq!((&active["sub"], active.get("username"), active.get("aud")), (&json!("app"), None, None));
    assert_eq!(to_value(shown.checked()).unwrap().get("user_name"), None);
}

#[test]
fn sec_g06_what_is_not_shown_is_told_in_one_way() {
    assert_eq!(serde_json::to_string(&IntrospectionResponse::INACTIVE).unwrap(), r#"{"active":false}"#);
}

#[test]
fn req_r04_the_words_of_a_scope_are_listed_one_by_one() {
    let mut case = for_user(public_client("app"));
    case.token.scope = crate::fixture::scope("write read");
    let shown = show(&authenticated(&client("app")), case.check().unwrap()).unwrap();
    assert_eq!(shown.checked().scope, ["write", "read"]);
    assert_eq!(shown.active(ISSUER).scope, "write read");
}
