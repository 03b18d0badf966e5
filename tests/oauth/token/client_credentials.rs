//! `grant_type=client_credentials`: a token without a user.

use crate::client::texts;
use crate::fixture::{AUDIENCE_CLIENT, C1, KORAP_PUBLIC, MACHINE, ORDERS, ORDERS_API, PUBLIC, SUPER, THIRD_PARTY};
use crate::server::{Home, Server};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[test]
fn req_c01g_a_confidential_client_gets_a_token_of_its_own() {
    let server = Server::start();
    let site = server.standard();
    let tokens = site.machine_token(MACHINE);
    let told = site.introspect(MACHINE, &tokens.access);
    assert_eq!((&told["active"], &told["client_id"]), (&true.into(), &MACHINE.0.into()));
    assert_eq!(told.get("username"), None, "{told}");
    assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 200);
}

#[test]
fn req_c02g_a_public_client_gets_none() {
    let server = Server::start();
    let ask = |site: &crate::client::Site, id| site.post("/oauth/token").form(&[GRANT, ("client_id", id)]).send();
    ask(server.standard(), PUBLIC).refused(400, "unauthorized_client");
    let korap = ask(server.korap(), KORAP_PUBLIC);
    assert_eq!(korap.status, 400, "{korap:?}");
    let code = korap.json()["error"].as_str().unwrap_or_default().to_owned();
    assert!(["invalid_request", "unauthorized_client"].contains(&code.as_str()), "{korap:?}");
}

#[test]
fn req_c03g_scopes_are_reduced_to_the_configured_set() {
    let server = Server::start();
    let ask = |client, scope: &str| server.korap().post("/api/oauth2/token").basic(client).form(&[GRANT, ("scope", scope)]).send().tokens();
    assert_eq!(ask(THIRD_PARTY, "preferred_username client_info").scope, "client_info");
    assert_eq!(ask(THIRD_PARTY, "").scope, "client_info");
    assert_eq!(ask(THIRD_PARTY, "search").scope, "", "what is left may be nothing");
    assert_ne!(ask(SUPER, "").access, "");
}

#[test]
fn req_s03_the_scope_of_a_client_is_bounded_by_its_registration() {
    let server = Home::demo().with_client(C1.0, r#"client_credentials_scopes = ["read"]"#).start();
    let site = server.standard();
    assert_eq!(site.machine_token(C1).scope, "read");
    let narrowed = site.post("/oauth/token").basic(C1).form(&[GRANT, ("scope", "read write")]).send().tokens();
    assert_eq!(narrowed.scope, "read");
}

#[test]
fn req_c04g_there_is_no_refresh_token() {
    let server = Server::start();
    assert_eq!(server.standard().machine_token(C1).refresh, None);
    assert_eq!(server.korap().machine_token(SUPER).refresh, None);
}

#[test]
fn req_c05g_the_audience_is_honoured() {
    let server = Server::start();
    let form = [GRANT, ("audience", ORDERS)];
    let tokens = server.skyvault().post("/oauth/token").basic(AUDIENCE_CLIENT).form(&form).send().tokens();
    assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("read:orders write:orders", 86400));
    let told = server.standard().introspect(ORDERS_API, &tokens.access);
    assert_eq!(texts(&told["aud"]), [ORDERS], "{told}");
}
