//! `POST /account/applications/revoke`: takes from applications what they were allowed.

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, Request, StatusCode};
use keyward_rules::{
    account::{Withdrawal, withdraw},
    model::id::AuthorizationId,
};
use keyward_store::facts;
use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
};

use super::{Posted, home, posted};
use crate::{
    app::Site,
    browser::{Visitor, redirect, trouble},
    listener::Arrival,
    pages::{AccountProblem, Notice},
    refused::refused,
    settle::settle_with,
};

/// Does it.
pub async fn revoke(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = match Visitor::of(&site, &parts.headers, None).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refused(&site, &arrival, &refusal),
    };
    let done = end(&site, &arrival, &parts.headers, &visitor, body).await;
    done.unwrap_or_else(|refusal| trouble(&site, &arrival, &visitor, &refusal))
}

async fn end(site: &Site, arrival: &Arrival, headers: &HeaderMap, visitor: &Visitor, body: Body) -> Result<Response, Refusal> {
    let body = super::body(site, arrival, headers, body).await?;
    let Posted { form, who } = posted(site, headers, visitor, &body)?;
    let app = &site.app;
    let (what, done) = match (form.get("authorization"), form.get("client"), form.get("all")) {
        (Some(handle), _, _) => (AuthorizationId::parse(handle).map(Withdrawal::One), Notice::AuthorizationEnded),
        (None, Some(id), _) => (ClientId::parse(id).ok().map(Withdrawal::Client), Notice::ApplicationEnded),
        (None, None, Some(_)) => (Some(Withdrawal::All), Notice::AllApplicationsEnded),
        (None, None, None) => {
            return Err(Refusal::new(Code::ParameterMissing("authorization"), "parameter_present", "nothing is named to end"));
        }
    };
    let gone = || home::page(site, arrival, visitor, &who, StatusCode::NOT_FOUND, Err(Some(AccountProblem::Gone)));
    let Some(what) = what else { return gone().await };
    let user = who.user().id;
    let ended = settle_with(
        app,
        || facts::account::load(&app.store, user, &what, visitor.now),
        |facts, within| withdraw(user, &what, facts, within.now),
        |(), _| Ok(()),
    );
    match ended.await {
        Ok(()) => Ok(redirect(site, visitor, StatusCode::SEE_OTHER, &home::with_notice(done))),
        Err(refusal) if refusal.code == Code::NotFound => gone().await,
        Err(refusal) => Err(refusal),
    }
}
