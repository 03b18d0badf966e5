//! `POST /api/oauth2/token/list`.

use serde_json::json;

use crate::api::{Registered, reef};
use crate::client::Site;
use crate::fixture::{DORY, KORAP_PUBLIC, MARLIN, SUPER, THIRD_PARTY};
use crate::server::{Home, Server};

fn third_party() -> Registered {
    Registered { id: THIRD_PARTY.0.into(), secret: Some(THIRD_PARTY.1.into()) }
}

fn public() -> Registered {
    Registered { id: KORAP_PUBLIC.into(), secret: None }
}

fn handles(site: &Site, user: (&str, &str), token_type: &str) -> Vec<String> {
    site.token_list(user, token_type).iter().map(|entry| entry["token"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn req_v06_what_clients_hold_of_a_user_is_listed_but_not_what_the_super_client_does() {
    let server = Server::start();
    let site = server.korap();
    let own = site.register(MARLIN, &reef(json!({ "name": "Aal" })));
    site.login(SUPER, DORY);
    site.api_tokens(MARLIN, &own, "search");
    site.api_tokens(DORY, &own, "search match_info");
    site.api_tokens(DORY, &public(), "search");
    // A code that nobody has redeemed gives nobody anything.
    site.api_code(DORY, &own.id, "search");

    let refresh = site.token_list(DORY, "refresh_token");
    assert_eq!(refresh.len(), 1, "public clients have none: {refresh:?}");
    let one = &refresh[0];
    assert_eq!(
        (&one["client_id"], &one["client_name"], &one["client_description"], &one["client_url"], &one["scope"]),
        (&json!(own.id), &json!("Aal"), &json!("A reef."), &json!("http://reef.example.com"), &json!(["search", "match_info"]))
    );
    assert!((31_535_000..=31_536_000).contains(&one["expires_in"].as_i64().unwrap()), "{one}");
    for date in ["created_date", "user_authentication_time"] {
        assert!(one[date].as_str().unwrap().ends_with('Z'), "{one}");
    }
    let access = site.token_list(DORY, "access_token");
    assert_eq!(access.iter().map(|entry| entry["client_id"].as_str().unwrap()).collect::<Vec<_>>(), [KORAP_PUBLIC, &own.id]);
    assert!((86_000..=86_400).contains(&access[1]["expires_in"].as_i64().unwrap()), "{access:?}");
    let of = |client| site.through("/api/oauth2/token/list", &[("token_type", "access_token"), ("client_id", client)]).basic(DORY).send();
    assert_eq!(of(KORAP_PUBLIC).json().as_array().unwrap().len(), 1);
    assert_eq!(of("nobody").json(), json!([]));
}

#[test]
fn req_v06_a_token_type_that_is_missing_or_none_is_refused() {
    let server = Server::start();
    for form in [&[][..], &[("token_type", "")], &[("token_type", "id_token")], &[("token_type", "ACCESS_TOKEN")]] {
        let answer = server.korap().through("/api/oauth2/token/list", form).basic(DORY).send();
        assert_eq!(answer.refused(400, "invalid_request"), "Missing token_type parameter value", "{form:?}");
    }
}

#[test]
fn req_v06_only_what_is_live_is_listed() {
    let server = Home::demo().with_client(KORAP_PUBLIC, "access_lifetime = '1s'").start();
    let site = server.korap();
    let (third, own) = (third_party(), site.register(MARLIN, &reef(json!({}))));
    let given = site.api_tokens(DORY, &third, "search");
    site.api_tokens(DORY, &own, "search");
    site.api_tokens(DORY, &public(), "search");
    assert_eq!(site.token_list(DORY, "refresh_token").len(), 2);
    assert_eq!(site.deregister(MARLIN, &own.id).status, 200);
    assert_eq!(site.token_list(DORY, "refresh_token").len(), 1);
    assert_eq!(site.revoke(THIRD_PARTY, given.refresh()).status, 200);
    for token_type in ["refresh_token", "access_token"] {
        while !site.token_list(DORY, token_type).is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

#[test]
fn sec_g08_a_handle_opens_nothing_and_is_no_token() {
    let server = Server::start();
    let site = server.korap();
    let given = site.api_tokens(DORY, &third_party(), "search");
    let (access, refresh) = (handles(site, DORY, "access_token"), handles(site, DORY, "refresh_token"));
    assert_eq!(access, refresh);
    let handle = &access[0];
    assert!(handle.starts_with("kwh_") && !given.access.contains(handle.as_str()) && !given.refresh().contains(handle.as_str()));
    assert!(!site.speaks(handle) && !site.is_active(THIRD_PARTY, handle));
    site.ask_refresh(THIRD_PARTY, handle).refused(400, "invalid_grant");
    third_party().redeem(site, handle).refused(400, "invalid_grant");
    assert_eq!(site.get("/secure").bearer(handle).send().status, 401);
    assert!(site.speaks(&given.access), "nor does that end anything");
}

#[test]
fn req_c17_a_handle_ends_what_it_names_for_its_client_and_its_user_and_nobody_else() {
    let server = Server::start();
    let site = server.korap();
    let third = third_party();
    for by_client in [true, false] {
        let given = site.api_tokens(DORY, &third, "search");
        let handle = &handles(site, DORY, "refresh_token")[0];
        let foreign = site.revoke(SUPER, handle);
        assert_eq!(foreign.refused(400, "unauthorized_client"), "The token was issued to another client");
        let stranger = site.through("/api/oauth2/revoke/super", &[("token", handle)]).basic(MARLIN).send();
        assert_eq!((stranger.status, stranger.body.as_str()), (200, "SUCCESS"));
        assert!(site.speaks(&given.access));
        let ended = match by_client {
            true => site.post("/api/oauth2/revoke").basic(THIRD_PARTY).form(&[("token", handle), ("token_type", "refresh_token")]).send(),
            false => site.through("/api/oauth2/revoke/super", &[("token", handle)]).basic(DORY).send(),
        };
        assert_eq!((ended.status, ended.body.as_str()), (200, "SUCCESS"));
        assert!(third.is_dead(site, &given));
        assert_eq!(site.token_list(DORY, "access_token").len(), 0);
    }
}
