//! `GET user/info`: a protected resource of the KorAP API.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::caller::Caller;
use crate::{app::Site, json::private_json, listener::Arrival, refused::refused};

#[derive(Serialize)]
struct Info<'a> {
    username: &'a str,
}

/// Says whom the caller speaks for.
pub async fn info(State(site): State<Site>, arrival: Arrival, headers: HeaderMap) -> Response {
    match Caller::of(&site, &arrival, &headers).await.and_then(|caller| caller.user("user_info")) {
        Ok(user) => private_json(StatusCode::OK, &Info { username: &user.user().username }).into_response(),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}
