//! `POST /api/oauth2/client/list`.

use serde_json::{Value, json};

use crate::api::{BY_SUPER, reef};
use crate::client::Site;
use crate::fixture::{DORY, KORAP_PUBLIC, MARLIN, SUPER, THIRD_PARTY};
use crate::server::Server;

fn ask(site: &Site, version: &str, user: (&str, &str), filter: &[(&str, &str)]) -> Vec<Value> {
    let answer = site.post(&format!("/api{version}/oauth2/client/list")).basic(user).form(&[&BY_SUPER[..], filter].concat()).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.assert_json_never_stored();
    answer.json().as_array().unwrap().clone()
}

fn names(site: &Site, version: &str, user: (&str, &str), filter: &[(&str, &str)]) -> Vec<String> {
    ask(site, version, user, filter).iter().map(|client| client["client_name"].as_str().unwrap().to_owned()).collect()
}

const OWNED: [(&str, &str); 1] = [("filter_by", "owned_only")];
const AUTHORIZED: [(&str, &str); 1] = [("filter_by", "authorized_only")];

#[test]
fn req_m07_owned_and_authorized_clients_are_listed_by_name_and_each_once() {
    let server = Server::start();
    let site = server.korap();
    let named = |user, name: &str| site.register(user, &reef(json!({ "name": name })));
    let (zebra, _, nemo) = (named(DORY, "Zebra"), named(DORY, "Anemone"), named(MARLIN, "Nemo"));
    // Dory lets two of them in; a code that nobody has redeemed gives nobody access.
    for client in [&zebra, &nemo] {
        client.redeem(site, &site.api_code(DORY, &client.id, "search")).tokens();
    }
    client_twice(site, &zebra);
    site.api_code(DORY, THIRD_PARTY.0, "search");
    // What the super client itself holds is not worth telling.
    site.user_token(DORY, "all");

    for (version, both) in [("", ["Anemone", "Nemo", "Zebra"]), ("/v1.1", ["Anemone", "Nemo", "Zebra"])] {
        assert_eq!(names(site, version, DORY, &[]), both);
    }
    for version in ["", "/v1.0", "/v1.1"] {
        assert_eq!(names(site, version, DORY, &OWNED), ["Anemone", "Zebra"]);
        assert_eq!(names(site, version, DORY, &AUTHORIZED), ["Nemo", "Zebra"]);
    }
    assert_eq!(names(site, "/v1.0", DORY, &[]), ["Anemone", "Zebra"]);
    assert_eq!(names(site, "/v1.0", DORY, &[("authorized_only", "true")]), ["Nemo", "Zebra"]);
    assert_eq!(names(site, "/v1.0", DORY, &[("authorized_only", "false")]), ["Anemone", "Zebra"]);
    assert_eq!(names(site, "/v1.1", DORY, &[("authorized_only", "true")]), ["Anemone", "Nemo", "Zebra"], "of the oldest version only");
    assert_eq!(names(site, "", MARLIN, &[]), ["Nemo"]);
    assert_eq!(names(site, "", MARLIN, &AUTHORIZED), [""; 0]);
}

/// The same client, authorized once more.
fn client_twice(site: &Site, client: &crate::api::Registered) {
    client.redeem(site, &site.api_code(DORY, &client.id, "match_info")).tokens();
}

#[test]
fn req_m07_of_ones_own_everything_is_shown_and_of_others_what_all_may_see() {
    let server = Server::start();
    let site = server.korap();
    let plugin = site.register(DORY, &reef(json!({ "source": { "name": "plugin" }, "refresh_token_expiry": 60 })));
    let own = &ask(site, "", DORY, &OWNED)[0];
    assert_eq!(own["client_id"], plugin.id.as_str());
    assert_eq!((&own["client_redirect_uri"], &own["refresh_token_expiry"]), (&json!("https://reef.example.com/redirect"), &json!(60)));
    assert!(own["registration_date"].is_string() && own["source"].is_object() && own["permitted"] == json!(false), "{own}");
    plugin.redeem(site, &site.api_code(MARLIN, &plugin.id, "search")).tokens();
    let others = &ask(site, "", MARLIN, &AUTHORIZED)[0];
    assert_eq!(others["client_id"], plugin.id.as_str());
    for hidden in ["client_redirect_uri", "refresh_token_expiry", "registration_date"] {
        assert!(others.get(hidden).is_none(), "{others}");
    }
}

#[test]
fn req_m07_what_has_ended_is_not_listed_any_more() {
    let server = Server::start();
    let site = server.korap();
    let held = |id: &str| names(site, "", DORY, &AUTHORIZED).iter().any(|name| name == id);
    let client = site.register(MARLIN, &reef(json!({ "name": "short-lived" })));
    let tokens = client.redeem(site, &site.api_code(DORY, &client.id, "search")).tokens();
    assert!(held("short-lived"));
    site.revoke(client.credentials(), tokens.refresh());
    assert!(!held("short-lived"));
    client.redeem(site, &site.api_code(DORY, &client.id, "search")).tokens();
    assert!(held("short-lived"));
    assert_eq!(site.reset(MARLIN, &client.id).status, 200);
    assert!(!held("short-lived"), "another secret ends what it held");
    // A public client of the configuration is listed as well, until it is over.
    let public = crate::api::Registered { id: KORAP_PUBLIC.into(), secret: None };
    public.redeem(site, &site.api_code(DORY, KORAP_PUBLIC, "search")).tokens();
    assert!(held(KORAP_PUBLIC));
    assert_eq!(site.deregister(MARLIN, &client.id).status, 200);
    assert_eq!(names(site, "", MARLIN, &OWNED), [""; 0]);
}

#[test]
fn req_m07_another_filter_is_204_and_a_super_client_is_needed() {
    let server = Server::start();
    let site = server.korap();
    let ask = |form: &[(&str, &str)]| site.post("/api/oauth2/client/list").basic(DORY).form(form).send();
    let [id, secret] = BY_SUPER;
    for wrong in ["unknown", "owned_only ", "OWNED_ONLY"] {
        let answer = ask(&[id, secret, ("filter_by", wrong)]);
        assert_eq!((answer.api_error(), &answer.api_errors()[0][2]), ((400, 204), &json!("filter_by")), "{wrong}");
    }
    assert_eq!(ask(&[secret]).refused(400, "invalid_request"), "Missing parameter: super_client_id");
    assert_eq!(ask(&[id]).refused(400, "invalid_request"), "Missing parameter: super_client_secret");
    let third = ask(&[("super_client_id", THIRD_PARTY.0), ("super_client_secret", THIRD_PARTY.1)]);
    assert_eq!(third.refused(401, "unauthorized_client"), "Only super client is allowed to use this service");
    // Who the super client is does not come from the user's token.
    let other = site.post("/api/oauth2/client/list").bearer(&site.user_token(DORY, "all")).form(&[("super_client_id", SUPER.0)]).send();
    other.refused(400, "invalid_request");
}
