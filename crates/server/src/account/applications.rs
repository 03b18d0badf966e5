//! `POST /account/applications/revoke`: takes from applications what they were allowed.

use axum::{extract::State, response::Response};
use http::StatusCode;
use keyward_rules::{
    account::{Withdrawal, withdraw},
    model::id::AuthorizationId,
};
use keyward_store::facts;
use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
};

use super::home;
use crate::{
    app::Site,
    browser::{Submission, trouble},
    listener::Arrival,
    pages::{AccountProblem, Notice},
    settle::settle_with,
};

/// Does it.
pub async fn revoke(State(site): State<Site>, arrival: Arrival, sent: Submission) -> Response {
    let done = end(&site, &arrival, &sent).await;
    done.unwrap_or_else(|refusal| trouble(&site, &arrival, &sent.visitor, &refusal))
}

async fn end(site: &Site, arrival: &Arrival, sent: &Submission) -> Result<Response, Refusal> {
    let (form, visitor) = (sent.form()?, &sent.visitor);
    let who = sent.of_account(site, &form)?;
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
        Ok(()) => home::after(site, visitor, done),
        Err(refusal) if refusal.code == Code::NotFound => gone().await,
        Err(refusal) => Err(refusal),
    }
}
