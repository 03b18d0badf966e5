//! `POST /oauth/revoke`: a client ends a token of its own (RFC 7009).

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{Request, request::Parts};
use keyward_rules::revoke::{self, Ended, Question};
use keyward_store::facts;
use keyward_wire::{error::Refusal, revocation::RevocationRequest};
use secrecy::ExposeSecret;

use crate::{
    app::Site,
    authenticate,
    listener::Arrival,
    oauth::{asked, form_body},
    refused::refused,
    settle::settle_with,
};

/// Answers a revocation: 200 once the token is dead, and for a text that never was one.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match end(&site, &arrival, &parts, body).await {
        Ok(()) => site.profile.revoked_body.into_response(),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn end(site: &Site, arrival: &Arrival, parts: &Parts, body: Body) -> Result<(), Refusal> {
    let body = form_body(site, arrival, &parts.headers, body).await?;
    let (form, presented) = asked(site, arrival, &parts.headers, "", &body)?;
    let request = RevocationRequest::parse(&form)?;
    let client = authenticate::client(site, &presented, arrival.client).await?;
    let app = &site.app;
    let question = Question { client, token: Ended::parse(request.token.expose_secret(), &app.ring.load()) };
    settle_with(
        app,
        || facts::revoke::load(&app.store, &question),
        |facts, within| revoke::decide(&question, facts, within.ring, within.now),
        |(), _| Ok(()),
    )
    .await
}
