//! `GET /oauth/jwks`: the public signing keys (RFC 7517 §5).

use axum::{Json, extract::State, response::IntoResponse};
use http::{HeaderValue, header};

use keyward_rules::model::time::Seconds;

use crate::app::Site;

/// How long verifiers may keep the set: half the time a new key is published before it is used, an hour at most.
fn longest_cache(publish_before_use: Seconds) -> Seconds {
    Seconds((publish_before_use.0 / 2).min(3600))
}

/// Answers with every key that signs, will sign, or has signed what may still be presented.
pub async fn get(State(site): State<Site>) -> impl IntoResponse {
    let published = site.app.ring.load().published(site.app.now());
    let lead = site.app.settings.load().publish_before_use;
    let cache = HeaderValue::try_from(format!("public, max-age={}", longest_cache(lead).0)).unwrap_or(HeaderValue::from_static("no-store"));
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json")), (header::CACHE_CONTROL, cache)];
    (headers, Json(published))
}
