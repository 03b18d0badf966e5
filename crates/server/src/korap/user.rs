//! `GET user/info`: a protected resource of the KorAP API.

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use keyward_wire::error::Refusal;
use serde::Serialize;

use super::caller::{ApiUser, Caller};
use crate::{app::Site, json::private_json, listener::Arrival, refused::refused};

#[derive(Serialize)]
struct Info<'a> {
    username: &'a str,
}

/// Says whom the caller speaks for.
pub async fn info(State(site): State<Site>, arrival: Arrival, headers: HeaderMap) -> Response {
    let user = Caller::of(&site, &arrival, &headers).await.and_then(|caller| caller.user("user_info"));
    says_who(&site, &arrival, user)
}

/// Answers with the name of `user`.
pub(super) fn says_who(site: &Site, arrival: &Arrival, user: Result<ApiUser, Refusal>) -> Response {
    match user {
        Ok(user) => private_json(StatusCode::OK, &Info { username: &user.user().username }),
        Err(refusal) => refused(site, arrival, &refusal),
    }
}
