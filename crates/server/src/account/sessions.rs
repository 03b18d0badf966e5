//! `POST /account/sessions/end`: signs a person out of other browsers.

use axum::{extract::State, response::Response};
use http::StatusCode;
use keyward_rules::{effect::Effect, model::id::SessionId};
use keyward_wire::error::{Code, Refusal};

use super::home;
use crate::{
    app::Site,
    browser::{Submission, trouble},
    listener::Arrival,
    pages::{AccountProblem, Notice},
    settle::unavailable,
};

/// Does it.
pub async fn end(State(site): State<Site>, arrival: Arrival, sent: Submission) -> Response {
    let done = end_some(&site, &arrival, &sent).await;
    done.unwrap_or_else(|refusal| trouble(&site, &arrival, &sent.visitor, &refusal))
}

async fn end_some(site: &Site, arrival: &Arrival, sent: &Submission) -> Result<Response, Refusal> {
    let (form, visitor) = (sent.form()?, &sent.visitor);
    let who = sent.of_account(site, &form)?;
    let own = site.app.store.sessions_of(who.user().id, visitor.now, usize::MAX).await.map_err(|error| unavailable(&error))?;
    let (named, done) = match (form.get("session"), form.get("others")) {
        (Some(handle), _) => (SessionId::parse(handle), Notice::SessionEnded),
        (None, Some(_)) => (None, Notice::OtherSessionsEnded),
        (None, None) => return Err(Refusal::new(Code::ParameterMissing("session"), "parameter_present", "nothing is named to end")),
    };
    let other = |id: &SessionId| *id != who.session().id;
    let meant = |id: &SessionId| if done == Notice::SessionEnded { named == Some(*id) } else { other(id) };
    let ended: Vec<Effect> =
        own.iter().map(|session| session.id).filter(meant).map(|id| Effect::EndSession { id, at: visitor.now }).collect();
    if ended.is_empty() && done == Notice::SessionEnded {
        return home::page(site, arrival, visitor, &who, StatusCode::NOT_FOUND, Err(Some(AccountProblem::Gone))).await;
    }
    site.app.store.commit(ended).await.map_err(|error| unavailable(&error))?;
    home::after(site, visitor, done)
}
