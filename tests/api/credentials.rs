//! Every route of the API with every kind of credential.

use serde_json::json;

use crate::api::{BY_SUPER, Registered, reef};
use crate::asking::Ask;
use crate::client::{Answer, Request, Site};
use crate::fixture::{ADMIN, DORY, KORAP_PUBLIC, MARLIN, SUPER, THIRD_PARTY, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

/// A route: what it needs, whether guests are welcome, and a request that succeeds with the right credential.
struct Route {
    name: &'static str,
    /// Empty: any user will do.
    scope: &'static str,
    guests: bool,
    request: fn(&Site) -> Request<'_>,
}

const ROUTES: &[Route] = &[
    Route { name: "authorize", scope: "authorize", guests: false, request: authorize },
    Route { name: "register", scope: "register_client", guests: false, request: register },
    Route {
        name: "info",
        scope: "client_info",
        guests: true,
        request: |site| site.post("/api/oauth2/client/8bIDtZnH6NvRkW2Fq").form(&BY_SUPER),
    },
    Route { name: "list", scope: "list_user_client", guests: false, request: |site| site.post("/api/oauth2/client/list").form(&BY_SUPER) },
    Route { name: "reset", scope: "reset_client_secret", guests: false, request: reset },
    Route { name: "deregister", scope: "deregister_client", guests: false, request: deregister },
    Route { name: "user/info", scope: "user_info", guests: false, request: |site| site.get("/api/user/info") },
    Route { name: "plugins", scope: "list_user_client", guests: false, request: |site| site.post("/api/plugins").form(&BY_SUPER) },
    Route { name: "plugins/install", scope: "install_user_client", guests: false, request: install },
    Route {
        name: "plugins/installed",
        scope: "list_user_client",
        guests: false,
        request: |site| site.post("/api/plugins/installed").form(&BY_SUPER),
    },
    Route { name: "plugins/uninstall", scope: "uninstall_user_client", guests: false, request: uninstall },
    Route {
        name: "revoke/super",
        scope: "uninstall_user_client",
        guests: false,
        request: |site| site.through("/api/oauth2/revoke/super", &[("token", "unknown")]),
    },
    Route {
        name: "revoke/super/all",
        scope: "uninstall_user_client",
        guests: false,
        request: |site| site.through("/api/oauth2/revoke/super/all", &[("client_id", KORAP_PUBLIC)]),
    },
    Route {
        name: "token/list",
        scope: "list_user_client",
        guests: false,
        request: |site| site.through("/api/oauth2/token/list", &[("token_type", "access_token")]),
    },
    Route { name: "auth/status", scope: "", guests: false, request: |site| site.get("/api/auth/status") },
];

fn authorize(site: &Site) -> Request<'_> {
    site.get("/api/oauth2/authorize").query(&[("response_type", "code"), ("client_id", KORAP_PUBLIC), ("scope", "search")])
}

fn register(site: &Site) -> Request<'_> {
    site.post("/api/oauth2/client/register").body("application/json", reef(json!({})).to_string())
}

fn reset(site: &Site) -> Request<'_> {
    let own = site.register(DORY, &reef(json!({})));
    site.post("/api/oauth2/client/reset").form(&[("client_id", &own.id)])
}

fn install(site: &Site) -> Request<'_> {
    let own = site.register(MARLIN, &reef(json!({})));
    site.through("/api/plugins/install", &[("client_id", &own.id)])
}

fn uninstall(site: &Site) -> Request<'_> {
    let own = site.register(MARLIN, &reef(json!({})));
    let installed = site.through("/api/plugins/install", &[("client_id", &own.id)]).basic(DORY).send();
    assert_eq!(installed.status, 200, "{installed:?}");
    site.through("/api/plugins/uninstall", &[("client_id", &own.id)])
}

fn deregister(site: &Site) -> Request<'_> {
    let own = site.register(DORY, &reef(json!({})));
    site.method("DELETE", &format!("/api/oauth2/client/deregister/{}", own.id))
}

fn succeeded(answer: &Answer) -> bool {
    [200, 302].contains(&answer.status) && (answer.status == 200 || answer.sent_with("code").is_some())
}

/// A client that has a token of Dory's with `scope`.
fn third_party_token(site: &Site, scope: &str) -> String {
    let third = Registered { id: THIRD_PARTY.0.into(), secret: Some(THIRD_PARTY.1.into()) };
    third.redeem(site, &site.api_code(DORY, THIRD_PARTY.0, scope)).tokens().access
}

#[test]
fn sec_q01_each_route_wants_a_user_and_its_scope_and_nothing_else_will_do() {
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    let site = server.korap();
    let all = site.user_token(DORY, "all");
    let revoked = site.user_token(DORY, "all");
    site.revoke(SUPER, &revoked);
    let strict = server.standard();
    let foreign = strict.redeem(WEB, &Person::signed_in(strict, DORY).code(&Ask::code(WEB))).access;
    let machine = site.machine_token(SUPER).access;
    let api_error = |answer: &Answer| answer.api_error();

    for &Route { name, scope, guests, request } in ROUTES {
        let ask = |with: &dyn Fn(Request<'_>) -> Answer| with(request(site));
        // Who may.
        assert!(succeeded(&ask(&|request| request.bearer(&all).send())), "{name}");
        assert!(succeeded(&ask(&|request| request.basic(DORY).send())), "{name}");
        let narrow = if scope.is_empty() { "search" } else { scope };
        let by_third_party = third_party_token(site, &format!("search {narrow}"));
        assert!(succeeded(&ask(&|request| request.bearer(&by_third_party).send())), "{name}");
        // Who may not.
        let guest = ask(&|request| request.send());
        assert!(if guests { succeeded(&guest) } else { api_error(&guest) == (401, 2010) }, "{name}: {guest:?}");
        if !scope.is_empty() {
            // Their names contain the word `all`, which is not to have it.
            let sounding = ["install_user_client", "uninstall_user_client"].into_iter().filter(|word| *word != scope);
            let sounds_like_all = site.user_token(DORY, &sounding.collect::<Vec<_>>().join(" "));
            let answer = ask(&|request| request.bearer(&sounds_like_all).send());
            let told = json!([[2010, format!("Scope {scope} is not authorized"), scope]]);
            assert_eq!((answer.status, answer.api_errors()), (401, told), "{name}");
        }
        for wrong in [(DORY.0, "wrong"), ("nobody", DORY.1), SUPER, THIRD_PARTY, (DORY.0, "")] {
            assert_eq!(api_error(&ask(&|request| request.basic(wrong).send())), (401, 2004), "{name}: {wrong:?}");
        }
        for (what, token) in [("garbage", "nope"), ("revoked", &revoked), ("a strict client's", &foreign), ("nothing", "")] {
            assert_eq!(api_error(&ask(&|request| request.bearer(token).send())), (401, 2011), "{name}: {what}");
        }
        let own = ask(&|request| request.bearer(&machine).send());
        assert!(if guests { succeeded(&own) } else { api_error(&own) == (401, 2010) }, "{name}: {own:?}");
        for scheme in ["Blah x", "Digest username=\"dory\"", "", "basic", "Bearer"] {
            let answer = ask(&|request| request.header("Authorization", scheme).send());
            assert_eq!(answer.status, 401, "{name}: {scheme:?}: {answer:?}");
        }
        let twice = ask(&|request| request.basic(DORY).bearer(&all).send());
        assert_eq!(twice.status, 401, "{name}: two headers: {twice:?}");
    }
}

#[test]
fn sec_q01_what_goes_through_a_super_client_needs_its_secret() {
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    let site = server.korap();
    let paths = [
        "/api/plugins",
        "/api/plugins/install",
        "/api/plugins/installed",
        "/api/plugins/uninstall",
        "/api/oauth2/revoke/super",
        "/api/oauth2/revoke/super/all",
        "/api/oauth2/token/list",
    ];
    for path in paths {
        let rest = [("client_id", KORAP_PUBLIC), ("token", "unknown"), ("token_type", "access_token")];
        let ask = |by: &[(&str, &str)]| site.post(path).basic(DORY).form(&[by, &rest].concat()).send();
        let by = |id, secret| ask(&[("super_client_id", id), ("super_client_secret", secret)]);
        assert_eq!(ask(&[]).refused(400, "invalid_request"), "Missing parameter: super_client_id", "{path}");
        let secretless = ask(&[("super_client_id", SUPER.0)]).refused(400, "invalid_request");
        assert_eq!(secretless, "Missing parameter: super_client_secret", "{path}");
        by(SUPER.0, "wrong").refused(401, "invalid_client");
        by("nobody", "secret").refused(401, "invalid_client");
        // Of another profile; public; a header is no form.
        by("web", "web-Rk5uDn8xGt1sYb7p").refused(401, "invalid_client");
        for (id, secret) in [THIRD_PARTY, (KORAP_PUBLIC, "secret")] {
            let answer = by(id, secret);
            match path.contains("revoke") {
                true => assert_eq!(answer.api_error(), (400, 1803), "{path}"),
                false => assert!(answer.refused(401, "unauthorized_client").starts_with("Only super client is allowed"), "{path}"),
            }
        }
        let as_user = site.post(path).basic(SUPER).form(&[&BY_SUPER[..], &rest].concat()).send();
        assert_eq!(as_user.api_error(), (401, 2004), "{path}: the header names a user");
        assert_eq!(site.post(path).basic(DORY).body("application/json", "{}").send().status, 415, "{path}");
        assert_eq!(site.get(path).basic(DORY).send().status, 405, "{path}");
    }
}

#[test]
fn req_r09_an_expired_token_is_told_apart() {
    let server = Home::demo().with_client(THIRD_PARTY.0, "access_lifetime = '1s'").start();
    let site = server.korap();
    let token = third_party_token(site, "user_info");
    loop {
        let answer = site.get("/api/user/info").bearer(&token).send();
        if answer.status != 200 {
            assert_eq!((answer.status, answer.api_errors()), (401, json!([[2003, "Access token is expired"]])));
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    for &Route { name, request, .. } in ROUTES {
        assert_eq!(request(site).bearer(&token).send().api_error(), (401, 2003), "{name}");
    }
}

#[test]
fn the_api_is_on_its_own_listeners_only() {
    let server = Server::start();
    for site in [server.standard(), server.skyvault()] {
        for path in ["/api/oauth2/authorize", "/api/oauth2/scopes", "/api/auth/status", "/api/auth/apiToken", "/api/user/info"] {
            assert_eq!(site.get(path).basic(DORY).send().status, 404, "{path}");
        }
        for path in ["/api/oauth2/client/register", "/api/oauth2/client/list", "/api/oauth2/client/reset", "/api/oauth2/client/x"] {
            assert_eq!(site.post(path).basic(DORY).send().status, 404, "{path}");
        }
        for path in ["/api/plugins", "/api/oauth2/token/list", "/api/oauth2/revoke/super", "/api/admin/oauth2/token/clean"] {
            assert_eq!(site.post(path).basic(ADMIN).form(&BY_SUPER).send().status, 404, "{path}");
        }
    }
    for path in ["/api/v0.1/oauth2/scopes", "/api/v1.2/oauth2/scopes", "/api/v2/oauth2/scopes", "/oauth2/scopes"] {
        assert_eq!(server.korap().get(path).send().status, 404, "{path}");
    }
}
