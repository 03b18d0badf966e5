//! `/demo/app`: a small application to try the demo with, which runs in the browser and signs in with a code and PKCE.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Router,
    response::{Html, IntoResponse},
    routing::get,
};
use data_encoding::BASE64;
use http::header;
use keyward_wire::redirect_uri::RedirectUri;

use crate::config::Config;

/// What it is registered as.
const CLIENT: &str = "demo-app";
const PATH: &str = "/demo/app";
const PAGE: &str = include_str!("app.html");

/// Serves it.
pub fn routes() -> Router {
    let (script, style) = (hash_of("script"), hash_of("style"));
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src 'self' {style}; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store".to_owned())];
    Router::new().route(PATH, get(async move || (headers, Html(PAGE)).into_response()))
}

/// The one element of this name in the page, as a policy names it (CSP level 3 §2.3.1).
fn hash_of(element: &str) -> String {
    let inner = PAGE.split_once(&format!("<{element}>")).and_then(|(_, rest)| rest.split_once(&format!("</{element}>")));
    let hash = digest(&SHA256, inner.map_or("", |(inner, _)| inner).as_bytes());
    format!("'sha256-{}'", BASE64.encode(hash.as_ref()))
}

/// Lets it be opened under the name `localhost` as well, on the ports there are: that one is compared byte by byte.
pub fn register(config: &mut Config) {
    let ports = config.listeners.iter().map(|listener| listener.settings.address.port());
    let uris: Vec<_> = ports.filter_map(|port| RedirectUri::parse(&format!("http://localhost:{port}{PATH}")).ok()).collect();
    if let Some(client) = config.clients.iter_mut().find(|client| client.id.as_str() == CLIENT) {
        client.registration.redirect_uris.extend(uris);
    }
}
