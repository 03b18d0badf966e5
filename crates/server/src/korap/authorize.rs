//! `oauth2/authorize`, by GET and POST: the application of a super client has asked a person, and says so in their name.
//!
//! 1. Who calls must speak for a user: with their password, or a token with the scope `authorize`.
//! 2. Application and redirect URI are looked at. Until they belong together, a mistake is an answer in JSON, with the `state`.
//! 3. From then on a mistake goes to the application, as does what a token cannot pass on.
//! 4. There is nobody to ask: the answer is settled, and is sent in the query of the redirect URI. Who called follows it, or
//!    has the person's browser do so.
//!
//! Browsers are not served here: they bring neither a token nor a password ([`super::caller`]).

use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode, request::Parts};
use keyward_rules::authorize::{Addressed, Question, Yes};
use keyward_wire::{
    authorization_request::{Reply, ResponseMode},
    authorization_response::AuthorizationResponse,
    error::{Code, Refusal},
    form::Form,
};

use super::caller::Caller;
use crate::{
    app::Site,
    browser::send_on,
    listener::Arrival,
    oauth::{
        authorize::request::{Refused, accepted, addressed_back, settled},
        form_body,
    },
    refused::{note, refused, refused_with_state},
};

/// Answers a request in the query.
pub async fn get(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    authorize(&site, &arrival, &parts, b"").await
}

/// The same, in query and body.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match form_body(&site, &arrival, &parts.headers, body).await {
        Ok(body) => authorize(&site, &arrival, &parts, &body).await,
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn authorize(site: &Site, arrival: &Arrival, parts: &Parts, body: &[u8]) -> Response {
    let form = match Form::parse(parts.uri.query().unwrap_or_default(), body) {
        Ok(form) => form,
        Err(refusal) => return refused(site, arrival, &refusal),
    };
    match answer(site, arrival, parts, &form).await {
        Ok(response) => response,
        Err(Refused::Here(refusal)) => refused_with_state(site, arrival, &refusal, form.get("state")),
        Err(Refused::There(addressed, reply, refusal)) => {
            let answer = refusal.code.answer(site.profile);
            note(site, arrival, &refusal, StatusCode::FOUND);
            send(site, &addressed, &reply, AuthorizationResponse::error(answer.error, &answer.description))
        }
    }
}

async fn answer(site: &Site, arrival: &Arrival, parts: &Parts, form: &Form<'_>) -> Result<Response, Refused> {
    let caller = Caller::of(site, arrival, &parts.headers).await?;
    let user = caller.user("authorize")?;
    if let Some(client_id) = form.get("client_id") {
        arrival.asked_by(client_id);
    }
    let accepted = accepted(site, form).await?;
    let there = |refusal| Refused::There(Box::new(accepted.addressed().clone()), accepted.request().reply.clone(), refusal);
    if accepted.request().reply.mode() != ResponseMode::Query {
        let reason = "this endpoint answers in the query of the redirect URI only; leave out response_mode";
        return Err(there(Refusal::new(Code::ParameterIllegal("response_mode"), "response_mode_query", reason)));
    }
    caller.may_pass_on(&accepted.allowed().scope, site.app.now()).map_err(there)?;
    let question = Question { accepted, owner: user.owner().clone(), yes: Yes::Elsewhere };
    let given = settled(site, &question).await?;
    Ok(send(site, question.accepted.addressed(), &question.accepted.request().reply, given.response()))
}

/// Sends the answer to the application: in a query always, which is where whoever called looks for it.
fn send(site: &Site, addressed: &Addressed, reply: &Reply, response: AuthorizationResponse<'_>) -> Response {
    let settings = site.app.settings.load();
    let response = addressed_back(site.profile, &settings, reply, response);
    send_on(StatusCode::FOUND, &response.location(addressed.redirect_uri(), ResponseMode::Query))
}
