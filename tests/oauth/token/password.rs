//! `grant_type=password`.

use crate::client::{Answer, Site};
use crate::fixture::{ADMIN, AUDIENCE_CLIENT, C1, Credentials, DORY, ORDERS, SKYVAULT, SUPER};
use crate::server::{Home, Server};

fn ask(site: &Site, client: Credentials<'_>, more: &[(&str, &str)]) -> Answer {
    let login = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1)];
    site.post("/oauth/token").basic(client).form(&[&login, more].concat()).send()
}

#[test]
fn req_p01_username_and_password_are_required() {
    let server = Server::start();
    for (site, client) in [(server.standard(), C1), (server.korap(), SUPER), (server.skyvault(), SKYVAULT)] {
        let send = |form: &[(&str, &str)]| site.post("/oauth/token").basic(client).form(form).send();
        let grant = ("grant_type", "password");
        send(&[grant, ("username", DORY.0), ("password", DORY.1)]).tokens();
        let description = send(&[grant, ("password", DORY.1)]).refused(400, "invalid_request");
        assert!(description.contains("username is missing"), "{description}");
        let description = send(&[grant, ("username", DORY.0)]).refused(400, "invalid_request");
        assert!(description.contains("password is missing"), "{description}");
        let description = send(&[grant, ("username", DORY.0), ("password", "")]).refused(400, "invalid_request");
        assert!(description.contains("password is missing"), "{description}");
    }
}

#[test]
fn req_p03_without_a_scope_the_clients_default_is_granted() {
    let server = Server::start();
    assert_eq!(ask(server.korap(), SUPER, &[]).tokens().scope, "all");
    assert_eq!(ask(server.skyvault(), SKYVAULT, &[]).tokens().scope, "read write");
    let for_orders = ask(server.skyvault(), AUDIENCE_CLIENT, &[("audience", ORDERS)]).tokens();
    assert_eq!(for_orders.scope, "read:orders write:orders");
}

#[test]
fn req_p04_a_scope_is_granted_and_repeated_as_asked() {
    let server = Server::start();
    assert_eq!(ask(server.korap(), SUPER, &[("scope", "match_info search")]).tokens().scope, "match_info search");
    assert_eq!(ask(server.standard(), C1, &[("scope", "write")]).tokens().scope, "write");
}

#[test]
fn req_p04_an_unknown_or_foreign_scope_is_refused_as_a_whole() {
    let server = Server::start();
    let description = ask(server.korap(), SUPER, &[("scope", "search read_address")]).refused(400, "invalid_scope");
    assert!(description.starts_with("Invalid scope"), "{description}");
    for scope in ["read admin", "nonsense", "read:orders:everything", "\"read\"", "read\\"] {
        ask(server.standard(), C1, &[("scope", scope)]).refused(400, "invalid_scope");
    }
}

#[test]
fn req_s01_scopes_are_case_sensitive() {
    let server = Server::start();
    ask(server.standard(), C1, &[("scope", "read")]).tokens();
    ask(server.standard(), C1, &[("scope", "READ")]).refused(400, "invalid_scope");
    ask(server.korap(), SUPER, &[("scope", "ALL")]).refused(400, "invalid_scope");
}

#[test]
fn req_s02_all_is_for_super_clients_alone() {
    let server = Server::start();
    assert_eq!(ask(server.korap(), SUPER, &[("scope", "all")]).tokens().scope, "all");
    ask(server.standard(), C1, &[("scope", "all")]).refused(400, "invalid_scope");
    ask(server.skyvault(), SKYVAULT, &[("scope", "all")]).refused(400, "invalid_scope");
}

#[test]
fn req_p05_an_unknown_user_and_a_wrong_password_get_the_same_answer() {
    let server = Server::start();
    for (site, client) in [(server.standard(), C1), (server.korap(), SUPER), (server.skyvault(), SKYVAULT)] {
        site.login(client, DORY);
        let wrong = site.ask_password(client, (DORY.0, "nope"));
        let unknown = site.ask_password(client, ("nobody", "nope"));
        wrong.refused(400, "invalid_grant");
        unknown.refused(400, "invalid_grant");
        assert_eq!(wrong.body, unknown.body);
        let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&wrong), names(&unknown));
    }
}

#[test]
fn req_p05_a_disabled_user_gets_the_same_answer() {
    let server = Server::start();
    let site = server.standard();
    site.login(C1, DORY);
    server.keyward(&["user", "disable", DORY.0]).done();
    let disabled = site.ask_password(C1, DORY);
    let wrong = site.ask_password(C1, ("nobody", "nope"));
    disabled.refused(400, "invalid_grant");
    assert_eq!(disabled.body, wrong.body);
    server.keyward(&["user", "enable", DORY.0]).done();
    site.login(C1, DORY);
}

#[test]
fn req_c06_the_local_password_is_the_one_of_the_password_example() {
    let server = Server::start();
    server.skyvault().login(SKYVAULT, ADMIN);
    server.skyvault().ask_password(SKYVAULT, ("admin", "admin")).refused(400, "invalid_grant");
}

#[test]
fn req_p07_the_example_of_seed_002_in_the_query_and_in_the_body() {
    let server = Server::start();
    let pairs = [("username", ADMIN.0), ("password", ADMIN.1), ("grant_type", "password")];
    for request in [server.skyvault().post("/oauth/token").query(&pairs), server.skyvault().post("/oauth/token").form(&pairs)] {
        let tokens = request.basic(SKYVAULT).send().tokens();
        assert_eq!(tokens.scope, "read write");
        assert!((1700..=1800).contains(&tokens.expires_in), "{tokens:?}");
        assert!(tokens.refresh.is_some());
    }
}

#[test]
fn req_p08_the_example_of_seed_000_with_credentials_in_the_body_and_an_audience() {
    let server = Server::start();
    let form = [
        ("grant_type", "password"),
        ("username", DORY.0),
        ("password", DORY.1),
        ("audience", ORDERS),
        ("scope", ""),
        ("client_id", AUDIENCE_CLIENT.0),
        ("client_secret", AUDIENCE_CLIENT.1),
    ];
    let tokens = server.skyvault().post("/oauth/token").form(&form).send().tokens();
    assert_eq!((tokens.expires_in, tokens.scope.as_str()), (86400, "read:orders write:orders"));
}

#[test]
fn req_p09_the_token_names_the_registered_spelling_of_the_user() {
    let server = Server::start();
    let site = server.standard();
    assert_eq!(site.introspect(C1, &site.login(C1, DORY).access)["username"], "dory");
}

#[test]
fn req_c21_lifetimes_are_the_clients_own() {
    let home = Home::demo().with_client(C1.0, "access_lifetime = '7m'\npassword_access_lifetime = '3m'");
    let server = home.start();
    let site = server.standard();
    assert_eq!(site.login(C1, DORY).expires_in, 180);
    assert_eq!(site.machine_token(C1).expires_in, 420);
}

#[test]
fn two_logins_never_share_a_token() {
    let server = Server::start();
    let (one, two) = (server.standard().login(C1, DORY), server.standard().login(C1, DORY));
    assert_ne!(one.access, two.access);
    assert_ne!(one.refresh, two.refresh);
}
