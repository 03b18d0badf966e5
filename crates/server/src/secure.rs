//! `GET /secure`: a protected resource to try tokens on (RFC 6750).

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use keyward_wire::{
    bearer,
    error::{Code, Refusal},
};

use crate::{app::Site, authenticate, listener::Arrival, refused::refused};

/// The scope it needs.
const SCOPE: &str = "read";

/// Greets whoever has a live token for this server with the scope `read`.
pub async fn get(State(site): State<Site>, arrival: Arrival, headers: HeaderMap) -> Response {
    match greet(&site, &headers).await {
        Ok(greeting) => greeting.into_response(),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn greet(site: &Site, headers: &HeaderMap) -> Result<&'static str, Refusal> {
    let live = authenticate::own_access_token(&site.app, &bearer::read(headers)?).await?;
    let token = live.token();
    if !token.scope.permits(SCOPE) {
        return Err(Refusal::new(Code::ScopeInsufficient(SCOPE), "token_scope", format!("the access token has the scope {}", token.scope)));
    }
    Ok("Secure Hello!")
}
