//! `/logout`: signing out of this browser, and ending what was authorized in it.

use axum::{extract::State, response::Response};
use http::{StatusCode, header};
use keyward_rules::{effect::Effect, ticket::Purpose};
use keyward_wire::error::Refusal;

use super::sign_in;
use crate::{
    app::Site,
    browser::{Submission, Visitor, cookies::Which, redirect, show, trouble},
    listener::Arrival,
    oauth::authorize::Asked,
    pages::{Page, SignOutPage, SignedOut},
    settle::unavailable,
};

/// `GET /logout`: asks, since a link from elsewhere may lead here.
pub async fn get(State(site): State<Site>, arrival: Arrival, visitor: Visitor) -> Response {
    let Some(who) = &visitor.signed_in else {
        return show(&site, &arrival, &visitor, StatusCode::OK, &Page::SignedOut(SignedOut { sign_in: sign_in::PATH }), None);
    };
    match visitor.ticket(&site.app, Purpose::SignOut, "") {
        Ok(ticket) => {
            let page = SignOutPage { csrf: &ticket, username: &who.user().username };
            show(&site, &arrival, &visitor, StatusCode::OK, &Page::SignOut(page), None)
        }
        Err(refusal) => trouble(&site, &arrival, &visitor, &refusal),
    }
}

/// `POST /logout`: from the page that asks, from the account, or by "not you?" of a page that asks for consent; then it goes on
/// with what was asked there.
pub async fn post(State(site): State<Site>, arrival: Arrival, sent: Submission) -> Response {
    match sign_out(&site, &sent).await {
        Ok(afterwards) => {
            let visitor = sent.visitor.with(None);
            let mut response = match afterwards {
                Some(path) => redirect(&site, &visitor, StatusCode::SEE_OTHER, &path),
                None => show(&site, &arrival, &visitor, StatusCode::OK, &Page::SignedOut(SignedOut { sign_in: sign_in::PATH }), None),
            };
            let settings = site.app.settings.load();
            // A post from another site comes without the cookie, and must not remove it.
            if settings.cookies.read(Which::Session, &sent.headers).is_some()
                && let Some(value) = settings.cookies.remove(Which::Session)
            {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            response
        }
        Err(refusal) => trouble(&site, &arrival, &sent.visitor, &refusal),
    }
}

async fn sign_out(site: &Site, sent: &Submission) -> Result<Option<String>, Refusal> {
    let (form, visitor) = (sent.form()?, &sent.visitor);
    let Some(who) = &visitor.signed_in else { return Ok(None) };
    let open = |purpose| sent.ticket(site, purpose, &form);
    let afterwards = match (open(Purpose::Consent), open(Purpose::Device)) {
        (Ok(asked), _) => Some(Asked::read(&asked.content)?.target()),
        (_, Ok(device)) => Some(device.content),
        _ => open(Purpose::SignOut).or_else(|_| open(Purpose::Account)).map(|_| None)?,
    };
    let end = Effect::EndSession { id: who.session().id, at: visitor.now };
    site.app.store.commit(vec![end]).await.map_err(|error| unavailable(&error))?;
    Ok(afterwards)
}
