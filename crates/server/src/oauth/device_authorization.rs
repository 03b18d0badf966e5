//! `POST /oauth/device_authorization`: a device asks for codes (RFC 8628 §3.1).
//!
//! 1. The client is authenticated as at the token endpoint, and must be registered for the grant.
//! 2. How many devices ask is counted by client and, where nothing proves who asks, by address.
//! 3. Both codes are made; nobody has said anything yet ([`crate::device`]).

use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode, request::Parts};
use keyward_rules::{
    device::{Codes, LIFETIME, begin},
    grant::{device_code::INTERVAL, permit},
    model::client::ClientKind,
};
use keyward_wire::{
    device_authorization::{DeviceAuthorizationRequest, DeviceAuthorizationResponse},
    error::{Code, Refusal},
    token_request::GrantType,
};
use secrecy::ExposeSecret;

use crate::{
    app::Site,
    authenticate::{self, throttled},
    device,
    json::private_json,
    listener::Arrival,
    oauth::{asked, form_body},
    refused::refused,
    settle::settle_with,
};

/// Answers a device authorization request.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match ask(&site, &arrival, &parts, body).await {
        Ok(codes) => private_json(StatusCode::OK, &codes),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn ask(site: &Site, arrival: &Arrival, parts: &Parts, body: Body) -> Result<DeviceAuthorizationResponse, Refusal> {
    let body = form_body(site, arrival, &parts.headers, body).await?;
    let (form, presented) = asked(site, arrival, &parts.headers, "", &body)?;
    let DeviceAuthorizationRequest { wanted } = DeviceAuthorizationRequest::parse(&form)?;
    let client = permit(authenticate::client(site, &presented, arrival.client).await?, GrantType::DeviceCode)?;
    let (app, id) = (&site.app, &client.client().id);
    let anonymous = client.client().registration.kind == ClientKind::Public;
    let counted = app.throttle.device(id.as_str(), arrival.client, anonymous).await;
    counted.map_err(|refused| throttled(&refused, Code::TooManyDevices))?;
    let nothing_known = || std::future::ready(Ok(()));
    let codes = settle_with(app, nothing_known, |(), within| begin(&client, &wanted, within), |codes, _| Ok(codes)).await?;
    Ok(answer(&app.settings.load().issuer, &codes))
}

fn answer(issuer: &str, codes: &Codes) -> DeviceAuthorizationResponse {
    DeviceAuthorizationResponse {
        device_code: codes.device_code.to_secret().expose_secret().to_owned(),
        user_code: codes.user_code.to_string(),
        verification_uri: format!("{issuer}{}", device::PATH),
        verification_uri_complete: format!("{issuer}{}", device::with_code(&codes.user_code)),
        expires_in: LIFETIME.0,
        interval: INTERVAL.0,
    }
}
