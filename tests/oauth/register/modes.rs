//! Who may register.

use super::{PATH, TERMS, ask, home, least, open, register};
use crate::client::Site;
use crate::server::{Home, Server};

fn advertised(site: &Site) -> Option<String> {
    let told = site.get("/.well-known/oauth-authorization-server").send().json();
    told.get("registration_endpoint").map(|endpoint| endpoint.as_str().unwrap().to_owned())
}

#[test]
fn sec_m01_nobody_registers_unless_the_operator_says_so() {
    for server in [Server::start(), Home::demo().with(TERMS).start(), home("off").start()] {
        let site = server.standard();
        ask(site, &least()).refused(404, "invalid_request");
        for method in ["GET", "PUT", "DELETE"] {
            let answer = site.method(method, &format!("{PATH}/web")).bearer("kwm_x").send();
            assert_eq!(answer.status, 404, "{method}: {answer:?}");
        }
        assert_eq!(advertised(site), None, "what is not served is not listed");
    }
}

#[test]
fn req_q12_the_endpoint_is_listed_where_it_answers_and_only_there() {
    let server = open();
    let issuer = server.home().setting("issuer").unwrap().as_str().unwrap().to_owned();
    for (profile, site) in server.sites() {
        let listed = advertised(site);
        assert_eq!(listed, (profile == "standard").then(|| format!("{issuer}{PATH}")), "{profile}");
        assert_eq!(ask(site, &least()).status, if listed.is_some() { 201 } else { 404 }, "{profile}");
    }
}

#[test]
fn the_metadata_tells_what_a_client_to_come_may_do() {
    let mut home = home("open");
    for client in home.setting("client").unwrap().as_array().unwrap().clone() {
        home = home.without("client", "id", client["id"].as_str().unwrap());
    }
    let server = home.start();
    let told = server.standard().get("/.well-known/oauth-authorization-server").send().json();
    assert!(told["authorization_endpoint"].is_string() && told["code_challenge_methods_supported"][0] == "S256", "{told}");
    assert_eq!(told["token_endpoint_auth_methods_supported"], serde_json::json!(["client_secret_basic", "client_secret_post", "none"]));
    register(server.standard(), &least());
}

#[test]
fn sec_m01_one_address_registers_so_many_and_then_waits() {
    let server = home("open").start();
    let site = server.standard();
    let refused = ask(site, &serde_json::json!({"redirect_uris": ["x"]}));
    assert_eq!(refused.status, 400, "what is not registered is not counted: {refused:?}");
    for _ in 0..20 {
        register(site, &least());
    }
    let answer = ask(site, &least());
    answer.refused(429, "temporarily_unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0, "{answer:?}");
}

#[test]
fn sec_m01_no_more_clients_register_than_there_is_room_for() {
    let server = home("open").with("[registration]\nmost = 2").start();
    let site = server.standard();
    let (first, _) = (register(site, &least()), register(site, &least()));
    let answer = ask(site, &least());
    answer.refused(503, "temporarily_unavailable");
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    assert_eq!(first.managed(site, "DELETE").send().status, 204);
    register(site, &least());
}

#[test]
fn other_methods_are_told_which_ones_there_are() {
    let server = open();
    assert_eq!(server.standard().get(PATH).send().header("allow"), "POST");
    let answer = server.standard().post(&format!("{PATH}/x")).send();
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, PUT, DELETE"), "{answer:?}");
}
