//! `GET oauth2/scopes`: what applications can ask for, with what it means. Keyward's own addition.

use axum::response::Response;
use http::StatusCode;
use keyward_wire::korap::scopes::EVERY;
use serde::Serialize;

use crate::json::private_json;

#[derive(Serialize)]
struct Described {
    scope: &'static str,
    description: &'static str,
}

/// Lists them, for everybody.
pub async fn get() -> Response {
    let every: Vec<Described> = EVERY.iter().map(|(scope, description)| Described { scope, description }).collect();
    private_json(StatusCode::OK, &every)
}
