//! `POST /oauth/check_token`: introspection as Spring style resource servers ask for it.

use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode};
use keyward_wire::error::{Code, Refusal};

use crate::{app::Site, json::private_json, listener::Arrival, oauth::introspect::look, refused::refused};

/// Answers a check. Other than introspection, it answers a dead token with an error.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match look(&site, &arrival, &parts, body).await {
        Ok(Some(shown)) => private_json(StatusCode::OK, &shown.checked()),
        Ok(None) => {
            let reason = "the token is not live, or none of the asker's business";
            refused(&site, &arrival, &Refusal::new(Code::CheckedTokenInvalid, "token_live", reason))
        }
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}
