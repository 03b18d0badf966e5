//! `POST /api/oauth2/revoke`.

use serde_json::json;

use crate::api::{Registered, reef};
use crate::client::{Answer, Site};
use crate::fixture::{DORY, KORAP_PUBLIC, MARLIN, SUPER, THIRD_PARTY};
use crate::server::Server;

#[test]
fn req_v01_revocation_says_success_and_accepts_both_ways_to_authenticate() {
    let server = Server::start();
    let site = server.korap();
    for path in ["/api/oauth2/revoke", "/api/v1.0/oauth2/revoke", "/api/v1.1/oauth2/revoke"] {
        let tokens = site.login(SUPER, DORY);
        let form = [("client_id", SUPER.0), ("client_secret", SUPER.1), ("token", tokens.refresh()), ("token_type", "refresh_token")];
        let answer = site.post(path).form(&form).send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
        assert!(!site.is_active(SUPER, &tokens.access));

        let tokens = site.login(SUPER, DORY);
        let answer = site.post(path).basic(SUPER).form(&[("token", &tokens.access)]).send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
        assert!(!site.is_active(SUPER, &tokens.access));
    }
}

#[test]
fn req_v02_an_unknown_token_is_a_success_and_a_missing_parameter_is_not() {
    let server = Server::start();
    let ask = |form: &[(&str, &str)]| server.korap().post("/api/oauth2/revoke").form(form).send();
    let id = [("client_id", SUPER.0), ("client_secret", SUPER.1)];
    assert_eq!(ask(&[&id[..], &[("token", "unknown")]].concat()).status, 200);
    assert!(ask(&id).refused(400, "invalid_request").contains("token"));
    ask(&[("token", "unknown")]).refused(400, "invalid_request");
}

#[test]
fn sec_g07_a_token_of_another_client_stays_alive_here_too() {
    let server = Server::start();
    let site = server.korap();
    let tokens = site.login(SUPER, DORY);
    let answer = site.post("/api/oauth2/revoke").basic(THIRD_PARTY).form(&[("token", &tokens.access)]).send();
    assert!([200, 400].contains(&answer.status), "{answer:?}");
    assert!(site.is_active(SUPER, &tokens.access));
}

fn by_user(site: &Site, user: (&str, &str), token: &str) -> Answer {
    site.through("/api/oauth2/revoke/super", &[("token", token)]).basic(user).send()
}

fn all_by_user(site: &Site, user: (&str, &str), client: &str) -> Answer {
    site.through("/api/oauth2/revoke/super/all", &[("client_id", client)]).basic(user).send()
}

fn succeeded(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"), "{answer:?}");
}

#[test]
fn req_c29_the_type_of_a_token_may_be_hinted_at_in_both_ways_and_wrongly() {
    let server = Server::start();
    let site = server.korap();
    for hint in [("token_type", "refresh_token"), ("token_type_hint", "refresh_token"), ("token_type", "nonsense")] {
        let tokens = site.login(SUPER, DORY);
        succeeded(&site.post("/api/oauth2/revoke").basic(SUPER).form(&[("token", &tokens.access), hint]).send());
        assert!(!site.is_active(SUPER, &tokens.access));
        assert!(site.ask_refresh(SUPER, tokens.refresh()).status == 200, "an access token ends alone");
    }
}

#[test]
fn req_v04_users_end_tokens_of_theirs_whatever_client_has_them() {
    let server = Server::start();
    let site = server.korap();
    let own = site.register(MARLIN, &reef(json!({})));
    let given = site.api_tokens(DORY, &own, "search");
    succeeded(&by_user(site, DORY, &given.access));
    assert!(!site.speaks(&given.access));
    let refreshed = site.ask_refresh(own.credentials(), given.refresh()).tokens();
    succeeded(&by_user(site, DORY, refreshed.refresh()));
    assert!(own.is_dead(site, &refreshed));
    for unknown in ["unknown", "kwr_x", "kwa_x", "kwh_x"] {
        succeeded(&by_user(site, DORY, unknown));
    }
    site.through("/api/oauth2/revoke/super", &[]).basic(DORY).send().refused(400, "invalid_request");
}

#[test]
fn req_v04_somebody_elses_token_is_a_success_that_changes_nothing() {
    let server = Server::start();
    let site = server.korap();
    let own = site.register(DORY, &reef(json!({})));
    let (given, machine) = (site.api_tokens(DORY, &own, "search"), site.machine_token(own.credentials()));
    for token in [&given.access, given.refresh(), &machine.access] {
        succeeded(&by_user(site, MARLIN, token));
    }
    // Not even who registered a client ends its own tokens so.
    succeeded(&by_user(site, DORY, &machine.access));
    assert!(site.speaks(&given.access) && site.is_active(own.credentials(), &machine.access));
    site.refresh(own.credentials(), given.refresh());
}

#[test]
fn req_v06_the_access_token_of_a_public_client_is_listed_until_it_is_revoked() {
    let server = Server::start();
    let site = server.korap();
    let public = Registered { id: KORAP_PUBLIC.into(), secret: None };
    let (one, other) = (site.api_tokens(DORY, &public, "search"), site.api_tokens(DORY, &public, "search"));
    assert_eq!(site.token_list(DORY, "access_token").len(), 2);
    succeeded(&by_user(site, DORY, &one.access));
    assert_eq!(site.token_list(DORY, "access_token").len(), 1);
    assert!(!site.speaks(&one.access) && site.speaks(&other.access));
    let form = [("client_id", KORAP_PUBLIC), ("token", &other.access)];
    succeeded(&site.post("/api/oauth2/revoke").form(&form).send());
    assert_eq!(site.token_list(DORY, "access_token").len(), 0);
}

#[test]
fn req_v05_everything_a_client_holds_of_a_user_ends_and_nothing_else() {
    let server = Server::start();
    let site = server.korap();
    let (own, other) = (site.register(MARLIN, &reef(json!({}))), site.register(MARLIN, &reef(json!({}))));
    let (one, two) = (site.api_tokens(DORY, &own, "search"), site.api_tokens(DORY, &own, "match_info"));
    let stays = [site.api_tokens(MARLIN, &own, "search"), site.api_tokens(DORY, &other, "search")];
    let code = site.api_code(DORY, &own.id, "search");
    succeeded(&all_by_user(site, DORY, &own.id));
    assert!(own.is_dead(site, &one) && own.is_dead(site, &two));
    own.redeem(site, &code).refused(400, "invalid_grant");
    assert!(stays.iter().all(|tokens| site.speaks(&tokens.access)));
    assert!(site.speaks(&site.api_tokens(DORY, &own, "search").access), "what is allowed afterwards lives");
    for unknown in ["nobody", " x"] {
        all_by_user(site, DORY, unknown).refused(401, "invalid_client");
    }
    site.through("/api/oauth2/revoke/super/all", &[]).basic(DORY).send().refused(400, "invalid_request");
}
