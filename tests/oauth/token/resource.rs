//! For whom a token is: `audience` and `resource` (RFC 8707) on every grant.

use serde_json::json;

use crate::client::{Answer, texts};
use crate::fixture::{BILLING, BILLING_API, C1, C2, DORY, MACHINE, ORDERS, ORDERS_API};
use crate::server::{Home, Server};

/// A resource server that only these tests know.
const STOCK: &str = "https://stock.example.com";

/// C1 may ask tokens for orders and for stock, not for billing.
fn server() -> Server {
    Home::demo()
        .with(&format!("[[audience]]\nidentifier = '{STOCK}'\nscopes = ['read:stock']"))
        .with_client(C1.0, &format!("audiences = ['{ORDERS}', '{STOCK}']"))
        .start()
}

fn ask(server: &Server, client: crate::fixture::Credentials<'_>, grant: &str, more: &[(&str, &str)]) -> Answer {
    let form = [("grant_type", grant), ("username", DORY.0), ("password", DORY.1)];
    server.standard().post("/oauth/token").basic(client).form(&[&form, more].concat()).send()
}

#[test]
fn req_t16_audience_and_resource_are_recorded_on_every_grant() {
    let server = server();
    for grant in ["password", "client_credentials"] {
        for name in ["audience", "resource"] {
            let tokens = ask(&server, C1, grant, &[(name, ORDERS)]).tokens();
            let told = server.standard().introspect(ORDERS_API, &tokens.access);
            assert_eq!((told["active"].as_bool(), texts(&told["aud"])), (Some(true), vec![ORDERS]), "{grant} {name}");
        }
    }
}

#[test]
fn req_t16_a_refresh_keeps_the_audience() {
    let server = server();
    let first = ask(&server, C1, "password", &[("audience", ORDERS)]).tokens();
    let second = server.standard().refresh(C1, first.refresh());
    assert_eq!(texts(&server.standard().introspect(ORDERS_API, &second.access)["aud"]), [ORDERS]);
    let form = [("grant_type", "refresh_token"), ("refresh_token", second.refresh()), ("resource", BILLING)];
    server.standard().post("/oauth/token").basic(C1).form(&form).send().refused(400, "invalid_target");
}

#[test]
fn a_client_may_ask_for_several_resources_at_once() {
    let server = server();
    let tokens = ask(&server, C1, "password", &[("resource", ORDERS), ("resource", STOCK)]).tokens();
    assert_eq!(server.standard().introspect(C1, &tokens.access)["aud"], json!([ORDERS, STOCK]));
}

#[test]
fn req_t16_without_a_list_of_audiences_any_is_recorded_as_given() {
    let server = Home::of(
        "issuer = 'http://127.0.0.1:9191'\n[store]\nurl = 'sqlite:keyward.db'\n[keys]\nroot_key_file = 'root.key'\n\
         [[listener]]\naddress = '127.0.0.1:0'\nprofile = 'standard'\n\
         [[client]]\nid = 'machine'\ntype = 'confidential'\nsecret = 'machine-Pw4xNs8cGh2mKd6j'\n\
         grants = ['client_credentials']\nscopes = ['read']\ndefault_scopes = ['read']\nprofiles = ['standard']",
    )
    .start();
    let tokens = ask(&server, MACHINE, "client_credentials", &[("audience", "https://any.example.com")]).tokens();
    assert_eq!(texts(&server.standard().introspect(MACHINE, &tokens.access)["aud"]), ["https://any.example.com"]);
}

#[test]
fn a_client_of_one_audience_need_not_name_it() {
    let server = Home::demo().with_client(C1.0, &format!("audiences = ['{ORDERS}']")).start();
    let tokens = ask(&server, C1, "password", &[]).tokens();
    assert_eq!(texts(&server.standard().introspect(ORDERS_API, &tokens.access)["aud"]), [ORDERS]);
}

#[test]
fn req_t16_an_audience_nobody_registered_is_an_invalid_target() {
    let server = server();
    ask(&server, C1, "password", &[("audience", ORDERS)]).tokens();
    for name in ["audience", "resource"] {
        let answer = ask(&server, C1, "password", &[(name, "https://unknown.example.com")]);
        answer.refused(400, "invalid_target");
    }
}

#[test]
fn sec_g02_targets_that_are_foreign_relative_fragmented_or_several_are_refused() {
    let server = server();
    for grant in ["password", "client_credentials"] {
        ask(&server, C1, grant, &[("resource", ORDERS)]).tokens();
        for target in [
            BILLING,
            "/orders",
            "orders",
            "api.example.com",
            "https://api.example.com#fragment",
            "https://api.example.com/",
            "https://API.example.com",
            "https://api.example.com.evil.org",
            "https://api.example.com@evil.org",
            "*",
        ] {
            ask(&server, C1, grant, &[("resource", target)]).refused(400, "invalid_target");
        }
        let both = ask(&server, C1, grant, &[("resource", ORDERS), ("resource", BILLING)]);
        assert_eq!(both.status, 400, "{both:?}");
        assert!(["invalid_target", "invalid_request"].contains(&both.json()["error"].as_str().unwrap()), "{both:?}");
        ask(&server, C2, grant, &[("resource", ORDERS)]).refused(400, "invalid_target");
    }
}

#[test]
fn sec_g01_a_token_for_one_resource_server_is_nothing_to_another() {
    let server = server();
    let site = server.standard();
    let own = ask(&server, C1, "password", &[("scope", "read")]).tokens();
    assert_eq!(site.get("/secure").bearer(&own.access).send().status, 200);

    let foreign = ask(&server, C1, "password", &[("scope", "read"), ("audience", ORDERS)]).tokens();
    let answer = site.get("/secure").bearer(&foreign.access).send();
    assert_eq!(answer.status, 401, "a token for orders opens nothing here: {answer:?}");
    assert!(answer.header("www-authenticate").contains("invalid_token"), "{answer:?}");

    assert_eq!(site.introspect(ORDERS_API, &foreign.access)["active"], true);
    assert_eq!(site.introspect(BILLING_API, &foreign.access), json!({"active": false}));
}
