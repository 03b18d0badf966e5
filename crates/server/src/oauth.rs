//! The OAuth endpoints, one file each, and what their requests have in common.

pub mod check_token;
pub mod introspect;
pub mod jwks;
pub mod metadata;
pub mod revoke;
pub mod token;

use axum::{
    Json,
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use keyward_wire::error::{Code, Refusal};
use serde::Serialize;

use crate::{
    app::Site,
    listener::{Arrival, BodyError, read_body},
    refused::{JSON, refused},
};

/// Reads a form body: of the one right type, within the limits of size and time. No body needs no type.
async fn form_body(site: &Site, arrival: &Arrival, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let limit = site.app.settings.load().body_limit;
    let body = read_body(body, limit, arrival.deadline).await.map_err(|error| {
        let code = match error {
            BodyError::TooLarge { .. } => Code::BodyTooLarge,
            BodyError::TooSlow => Code::BodyTooSlow,
            BodyError::Broken(_) => Code::FormMalformed,
        };
        Refusal::new(code, "body", error.to_string())
    })?;
    if body.is_empty() || is_form(headers) {
        return Ok(body);
    }
    Err(Refusal::new(Code::MediaType, "content_type", "expected Content-Type: application/x-www-form-urlencoded"))
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Answers with JSON that nobody may keep, or with the refusal.
fn answer<T: Serialize>(site: &Site, arrival: &Arrival, result: Result<T, Refusal>) -> Response {
    match result {
        Ok(body) => private_json(&body),
        Err(refusal) => refused(site, arrival, &refusal),
    }
}

fn private_json<T: Serialize>(body: &T) -> Response {
    let mut response = Json(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
