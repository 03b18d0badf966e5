//! Every route there is, on one line each.

use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{MethodRouter, get, post},
};
use keyward_wire::{
    error::{Code, Refusal},
    profile::ProfileName,
};

use crate::{
    app::Site,
    health,
    listener::Arrival,
    oauth::{check_token, introspect, jwks, metadata, revoke, token},
    refused::refused,
    secure,
};

/// Where the KorAP API lives: unversioned means the current version.
const KORAP_ROOTS: [&str; 3] = ["/api", "/api/v1.0", "/api/v1.1"];

/// The routes of a listener, by its profile.
pub fn routes(site: Site) -> Router {
    let mut open = Router::new()
        .route("/oauth/token", only_post(post(token::post)))
        .route("/oauth/introspect", only_post(post(introspect::post)))
        .route("/introspect", only_post(post(introspect::post)))
        .route("/oauth/check_token", only_post(post(check_token::post)))
        .route("/oauth/revoke", only_post(post(revoke::post)))
        .route("/oauth/jwks", only_get(get(jwks::get)))
        .route("/.well-known/oauth-authorization-server", only_get(get(metadata::get)));
    if site.profile.name == ProfileName::Korap {
        for root in KORAP_ROOTS {
            open = open
                .route(&format!("{root}/oauth2/token"), only_post(post(token::post)))
                .route(&format!("{root}/oauth2/revoke"), only_post(post(revoke::post)));
        }
    }
    if let Some(cors) = site.app.settings.load().cors.layer() {
        open = open.layer(cors);
    }
    open.route("/secure", only_get(get(secure::get)))
        .route("/health", only_get(get(health::live)))
        .route("/health/ready", only_get(get(health::ready)))
        .route("/management/health", only_get(get(health::live)))
        .fallback(not_found)
        .with_state(site)
}

fn only_post(route: MethodRouter<Site>) -> MethodRouter<Site> {
    route.fallback(async |State(site): State<Site>, arrival: Arrival| wrong_method(&site, &arrival, "POST"))
}

fn only_get(route: MethodRouter<Site>) -> MethodRouter<Site> {
    route.fallback(async |State(site): State<Site>, arrival: Arrival| wrong_method(&site, &arrival, "GET, HEAD"))
}

fn wrong_method(site: &Site, arrival: &Arrival, allowed: &'static str) -> Response {
    let refusal = Refusal::new(Code::MethodNotAllowed(allowed), "method", format!("this endpoint answers {allowed} only"));
    refused(site, arrival, &refusal)
}

async fn not_found(State(site): State<Site>, arrival: Arrival) -> Response {
    refused(&site, &arrival, &Refusal::new(Code::NotFound, "path", "no endpoint has this path on this listener"))
}
