//! Every route there is, on one line each.

use axum::{
    Router,
    extract::{Request, State},
    middleware::from_fn_with_state,
    response::Response,
    routing::{MethodRouter, delete, get, post},
};
use http::{HeaderMap, Uri, header};
use keyward_wire::{
    error::{Code, Refusal},
    profile::ProfileName,
};

use tower::ServiceExt;

use crate::{
    account::{applications, home, password, sessions, sign_in, sign_out},
    app::Site,
    browser::{Visitor, assets, trouble},
    device, health, korap,
    listener::Arrival,
    node,
    oauth::{authorize, check_token, device_authorization, introspect, jwks, metadata, register, revoke, token},
    pages::{LOGO_PATH, STYLESHEET_PATH},
    refused::refused,
    secure,
};

/// A path and what answers there.
type Route = (&'static str, MethodRouter<Site>);

/// The endpoints that programs call, browsers' scripts among them where CORS lets them.
fn endpoints() -> Vec<Route> {
    vec![
        ("/oauth/token", only_post(post(token::post))),
        ("/oauth/device_authorization", only_post(post(device_authorization::post))),
        ("/oauth/introspect", only_post(post(introspect::post))),
        ("/introspect", only_post(post(introspect::post))),
        ("/oauth/check_token", only_post(post(check_token::post))),
        ("/oauth/revoke", only_post(post(revoke::post))),
    ]
}

/// What programs read about this server. It is answered whatever becomes of the store.
fn documents() -> Vec<Route> {
    vec![("/oauth/jwks", only_get(get(jwks::get))), ("/.well-known/oauth-authorization-server", only_get(get(metadata::get)))]
}

/// Where clients register themselves.
fn registration() -> Vec<Route> {
    let managed = get(register::managed::get).put(register::managed::put).delete(register::managed::delete);
    vec![(register::PATH, only_post(post(register::post))), ("/oauth/register/{client_id}", only(managed, "GET, HEAD, PUT, DELETE"))]
}

/// Routes of the KorAP API under each of its roots; unversioned means the current version.
macro_rules! under_every_root {
    ($($path:literal => $answer:expr;)+) => {
        [$({
            let answer: MethodRouter<Site> = $answer;
            [(concat!("/api", $path), answer.clone()), (concat!("/api/v1.0", $path), answer.clone()), (concat!("/api/v1.1", $path), answer)]
        }),+]
        .concat()
    };
}

/// What the KorAP API has.
fn korap_endpoints() -> Vec<Route> {
    under_every_root! {
        "/oauth2/token" => only_post(post(token::post));
        "/oauth2/revoke" => only_post(post(revoke::post));
        "/oauth2/client/register" => only_post(post(korap::client::register));
        "/oauth2/client/reset" => only_post(post(korap::client::reset));
        "/oauth2/client/list" => only_post(post(korap::client::list));
        "/oauth2/client/deregister/{client_id}" => only_delete(delete(korap::client::deregister));
        "/oauth2/client/{client_id}" => only_post(post(korap::client::info));
        "/oauth2/revoke/super" => only_post(post(korap::revoke::one));
        "/oauth2/revoke/super/all" => only_post(post(korap::revoke::all));
        "/oauth2/token/list" => only_post(post(korap::token_list::post));
        "/plugins" => only_post(post(korap::plugins::list));
        "/plugins/install" => only_post(post(korap::plugins::install));
        "/plugins/installed" => only_post(post(korap::plugins::installed));
        "/plugins/uninstall" => only_post(post(korap::plugins::uninstall));
        "/admin/oauth2/token/clean" => only_post(post(korap::admin::clean));
        "/admin/oauth2/client/privilege" => only_post(post(korap::admin::privilege));
        "/admin/oauth2/client/permit" => only_post(post(korap::admin::permit));
        "/oauth2/scopes" => only_get(get(korap::scopes::get));
        "/auth/apiToken" => only_get(get(korap::auth::api_token));
        "/auth/status" => only_get(get(korap::auth::status));
        "/user/info" => only_get(get(korap::user::info));
    }
}

/// Where the application of a super client says that somebody said yes. Scripts of other origins have nothing to say there.
fn korap_authorization() -> Vec<Route> {
    under_every_root! {
        "/oauth2/authorize" => get(korap::authorize::get).post(korap::authorize::post).fallback(get_or_post);
    }
}

/// What people open in a browser. No other site's script has anything to say here.
fn pages() -> Vec<Route> {
    vec![
        ("/authorize", page(get(authorize::get).post(authorize::post), "GET, HEAD, POST")),
        ("/oauth/authorize", page(get(authorize::get).post(authorize::post), "GET, HEAD, POST")),
        ("/consent", page(post(authorize::consent), "POST")),
        (device::PATH, page(get(device::get).post(device::post), "GET, HEAD, POST")),
        (sign_in::PATH, page(get(sign_in::get).post(sign_in::post), "GET, HEAD, POST")),
        ("/logout", page(get(sign_out::get).post(sign_out::post), "GET, HEAD, POST")),
        ("/", get(home::root).fallback(not_found)),
        (home::PATH, page(get(home::get), "GET, HEAD")),
        (password::PATH, page(get(password::get).post(password::post), "GET, HEAD, POST")),
        ("/account/applications/revoke", page(post(applications::revoke), "POST")),
        ("/account/sessions/end", page(post(sessions::end), "POST")),
        (STYLESHEET_PATH, only_get(get(assets::stylesheet))),
        (LOGO_PATH, only_get(get(assets::logo))),
    ]
}

/// What is there beside OAuth.
fn resources() -> Vec<Route> {
    vec![("/secure", only_get(get(secure::get)))]
}

/// What load balancers ask.
fn health() -> Vec<Route> {
    vec![
        ("/health", only_get(get(health::live))),
        ("/health/ready", only_get(get(health::ready))),
        ("/management/health", only_get(get(health::live))),
    ]
}

/// Every path of every profile, for the metrics.
#[must_use]
pub fn paths() -> Vec<&'static str> {
    let all = [endpoints(), documents(), registration(), korap_endpoints(), korap_authorization(), pages(), resources(), health()];
    all.into_iter().flatten().map(|(path, _)| path).collect()
}

/// The routes of a listener, by its profile.
pub fn routes(site: Site) -> Router {
    let mut open = with(Router::new(), endpoints());
    if site.profile.name == ProfileName::Standard {
        open = with(open, registration());
    }
    if site.profile.name == ProfileName::Korap {
        open = with(open, korap_endpoints());
    }
    let mut rest = with(with(Router::new(), pages()), resources());
    if site.profile.name == ProfileName::Korap {
        rest = with(rest, korap_authorization());
    }
    if site.app.store.is_shared() {
        let current = from_fn_with_state(site.clone(), node::current);
        (open, rest) = (open.layer(current.clone()), rest.layer(current));
    }
    // After that layer, so that they are answered without a look at the store.
    open = with(open, documents());
    if let Some(cors) = site.app.settings.load().cors.layer() {
        open = open.layer(cors);
    }
    let router = with(open.merge(rest), health()).fallback(not_found);
    if !site.profile.collapses_slashes {
        return router.with_state(site);
    }
    let strict: Router = router.clone().with_state(site.clone());
    router.fallback(async move |request: Request| strict.clone().oneshot(collapsed(request)).await).with_state(site)
}

/// The same request, with one slash wherever its path has several.
fn collapsed(mut request: Request) -> Request {
    let mut last = ' ';
    let once = |character: &char| !(std::mem::replace(&mut last, *character) == '/' && *character == '/');
    let path: String = request.uri().path().chars().filter(once).collect();
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(uri) = Uri::try_from(path + &query) {
        *request.uri_mut() = uri;
    }
    request
}

fn with(router: Router<Site>, routes: Vec<Route>) -> Router<Site> {
    routes.into_iter().fold(router, |router, (path, answer)| router.route(path, answer))
}

fn only_post(route: MethodRouter<Site>) -> MethodRouter<Site> {
    only(route, "POST")
}

fn only_delete(route: MethodRouter<Site>) -> MethodRouter<Site> {
    route.fallback(async |State(site): State<Site>, arrival: Arrival| wrong_method(&site, &arrival, "DELETE"))
}

fn only_get(route: MethodRouter<Site>) -> MethodRouter<Site> {
    only(route, "GET, HEAD")
}

fn only(route: MethodRouter<Site>, methods: &'static str) -> MethodRouter<Site> {
    route.fallback(async move |State(site): State<Site>, arrival: Arrival| wrong_method(&site, &arrival, methods))
}

fn page(route: MethodRouter<Site>, allowed: &'static str) -> MethodRouter<Site> {
    route.fallback(async move |State(site): State<Site>, arrival: Arrival, visitor: Visitor, headers: HeaderMap| {
        in_kind(&site, &arrival, &visitor, &headers, &not_allowed(allowed))
    })
}

async fn get_or_post(State(site): State<Site>, arrival: Arrival) -> Response {
    wrong_method(&site, &arrival, "GET, HEAD, POST")
}

fn wrong_method(site: &Site, arrival: &Arrival, allowed: &'static str) -> Response {
    refused(site, arrival, &not_allowed(allowed))
}

fn not_allowed(allowed: &'static str) -> Refusal {
    Refusal::new(Code::MethodNotAllowed(allowed), "method", format!("this endpoint answers {allowed} only"))
}

async fn not_found(State(site): State<Site>, arrival: Arrival, visitor: Visitor, headers: HeaderMap) -> Response {
    let refusal = Refusal::new(Code::NotFound, "path", "no endpoint has this path on this listener");
    in_kind(&site, &arrival, &visitor, &headers, &refusal)
}

/// Says so to programs in JSON, and on a page to people.
fn in_kind(site: &Site, arrival: &Arrival, visitor: &Visitor, headers: &HeaderMap, refusal: &Refusal) -> Response {
    let wants = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if wants.contains("text/html") { trouble(site, arrival, visitor, refusal) } else { refused(site, arrival, refusal) }
}
