//! `auth/apiToken`, which older applications still ask for a token, and `auth/status`.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use keyward_wire::{
    error::Refusal,
    korap::{ApiError, DEPRECATED},
};

use super::{caller::Caller, user::says_who};
use crate::{app::Site, listener::Arrival, refused::refused};

/// Says where tokens are today.
pub async fn api_token(State(site): State<Site>, arrival: Arrival) -> Response {
    let error = ApiError::plain(DEPRECATED, "API token is no longer supported. Please use OAuth2 procedure instead.");
    refused(&site, &arrival, &Refusal::new(error.into(), "api_token", "this endpoint gives no tokens any more"))
}

/// Says who has authenticated.
pub async fn status(State(site): State<Site>, arrival: Arrival, headers: HeaderMap) -> Response {
    let user = Caller::of(&site, &arrival, &headers).await.and_then(|caller| caller.any_user());
    says_who(&site, &arrival, user)
}
