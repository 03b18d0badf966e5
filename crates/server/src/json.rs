//! JSON and plain text as the endpoints answer them.

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
    let mut response = private((status, Json(body)).into_response());
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// The same as plain text.
#[must_use]
pub fn private_text(status: StatusCode, body: String) -> Response {
    private((status, body).into_response())
}

fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
