//! `POST /oauth/introspect`: is this token live, and what is it good for (RFC 7662)?

use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode, request::Parts};
use keyward_rules::{
    client_auth::AuthenticatedClient,
    introspect::{Shown, show},
    model::client::ClientKind,
};
use keyward_wire::{
    error::{Code, Refusal},
    introspection::{IntrospectionRequest, IntrospectionResponse},
};

use crate::{
    app::Site,
    authenticate,
    json::private_json,
    listener::Arrival,
    oauth::{asked, form_body},
    refused::refused,
};

/// Answers an introspection request. Every token the asker may not see is inactive, whatever else it is.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match look(&site, &arrival, &parts, body).await {
        Ok(Some(shown)) => private_json(StatusCode::OK, &IntrospectionResponse::Active(shown.active(&site.app.settings.load().issuer))),
        Ok(None) => private_json(StatusCode::OK, &IntrospectionResponse::INACTIVE),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

/// Authenticates the asker and looks at the token it sends.
///
/// # Errors
/// The request is malformed, the asker not authenticated, or the store does not work. A dead token is no error.
pub async fn look(site: &Site, arrival: &Arrival, parts: &Parts, body: Body) -> Result<Option<Shown>, Refusal> {
    let body = form_body(site, arrival, &parts.headers, body).await?;
    let (form, presented) = asked(site, arrival, &parts.headers, "", &body)?;
    let asker = confidential(authenticate::client(site, &presented, arrival.client).await?)?;
    let request = IntrospectionRequest::parse(&form)?;
    match authenticate::access_token(&site.app, &request.token).await {
        Ok(live) => Ok(show(&asker, live)),
        Err(refusal) if refusal.code == Code::TokenInvalid => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// Only clients with a secret may look at tokens (RFC 7662 §2.1): anybody can send a public client's id.
fn confidential(asker: AuthenticatedClient) -> Result<AuthenticatedClient, Refusal> {
    match asker.client().registration.kind {
        ClientKind::Confidential => Ok(asker),
        ClientKind::Public => Err(Refusal::new(Code::ClientPublic, "client_confidential", "introspection needs a client with a secret")),
    }
}
