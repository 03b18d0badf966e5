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
    let script = PAGE.split_once("<script>").and_then(|(_, rest)| rest.split_once("</script>")).map_or("", |(script, _)| script);
    let hash = BASE64.encode(digest(&SHA256, script.as_bytes()).as_ref());
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store".to_owned())];
    Router::new().route(PATH, get(async move || (headers, Html(PAGE)).into_response()))
}

/// Lets it be opened under the name `localhost` as well, on the ports there are: that one is compared byte by byte.
pub fn register(config: &mut Config) {
    let ports = config.listeners.iter().map(|listener| listener.settings.address.port());
    let uris: Vec<_> = ports.filter_map(|port| RedirectUri::parse(&format!("http://localhost:{port}{PATH}")).ok()).collect();
    if let Some(client) = config.clients.iter_mut().find(|client| client.id.as_str() == CLIENT) {
        client.registration.redirect_uris.extend(uris);
    }
}
