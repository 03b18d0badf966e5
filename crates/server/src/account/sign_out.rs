//! `/logout`: signing out of this browser, and ending what was authorized in it.

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, Request, StatusCode, header};
use keyward_rules::{effect::Effect, ticket::Purpose};
use keyward_wire::{error::Refusal, form::Form};

use crate::{
    app::Site,
    browser::{Visitor, cookies::Which, redirect, show, trouble},
    listener::Arrival,
    oauth::form_body,
    pages::{Page, SignOutPage, SignedOut},
    refused::refused,
    settle::unavailable,
};

/// Where to sign in again.
const SIGN_IN: &str = "/login";

/// `GET /logout`: asks, since a link from elsewhere may lead here.
pub async fn get(State(site): State<Site>, arrival: Arrival, headers: HeaderMap) -> Response {
    let visitor = match Visitor::of(&site, &headers, None).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refused(&site, &arrival, &refusal),
    };
    let Some(who) = &visitor.signed_in else {
        return show(&site, &arrival, &visitor, StatusCode::OK, &Page::SignedOut(SignedOut { sign_in: SIGN_IN }), None);
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
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = match Visitor::of(&site, &parts.headers, None).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refused(&site, &arrival, &refusal),
    };
    match sign_out(&site, &arrival, &parts.headers, &visitor, body).await {
        Ok(afterwards) => {
            let visitor = visitor.with(None);
            let mut response = match afterwards {
                Some(path) => redirect(&site, &visitor, StatusCode::SEE_OTHER, &path),
                None => show(&site, &arrival, &visitor, StatusCode::OK, &Page::SignedOut(SignedOut { sign_in: SIGN_IN }), None),
            };
            if let Some(value) = site.app.settings.load().cookies.remove(Which::Session) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            response
        }
        Err(refusal) => trouble(&site, &arrival, &visitor, &refusal),
    }
}

async fn sign_out(site: &Site, arrival: &Arrival, headers: &HeaderMap, visitor: &Visitor, body: Body) -> Result<Option<String>, Refusal> {
    let body = form_body(site, arrival, headers, body).await?;
    let form = Form::parse("", &body)?;
    let Some(who) = &visitor.signed_in else { return Ok(None) };
    let open = |purpose| visitor.open(&site.app, headers, purpose, form.get("csrf"));
    let asked = open(Purpose::Consent).or_else(|_| open(Purpose::Device)).map(|ticket| ticket.content);
    let afterwards = match asked {
        Ok(asked) => Some(asked),
        Err(_) => open(Purpose::SignOut).or_else(|_| open(Purpose::Account)).map(|_| None)?,
    };
    let end = Effect::EndSession { id: who.session().id, at: visitor.now };
    site.app.store.commit(vec![end]).await.map_err(|error| unavailable(&error))?;
    Ok(afterwards)
}
