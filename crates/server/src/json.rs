//! JSON as the endpoints answer it.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// The content type of every JSON answer of an OAuth endpoint.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");

/// An answer that nobody on the way may keep (RFC 6749 §5.1).
#[must_use]
pub fn private_json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
