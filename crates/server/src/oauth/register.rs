//! `POST /oauth/register`: a client registers itself (RFC 7591 §3).
//!
//! 1. Who brings an initial access token is let in, or everybody, or nobody: then there is no such endpoint.
//! 2. What the client says of itself is read, and made into a registration within the operator's terms.
//! 3. It is written only if the invitation still has a use left and there is room for one more client.
//! 4. The answer names its id, its secret, and the token with which it manages its registration ([`managed`]). None of them is
//!    shown again.

pub mod managed;

use axum::{body::Body, extract::State, response::Response};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, request::Parts};
use keyward_rules::{
    effect::Effect,
    model::{client::ClientKind, digest::SecretDigest},
    self_registration::{INITIAL_ACCESS_TOKEN, Mode, REGISTRATION_ACCESS_TOKEN, admit, registration, token},
};
use keyward_wire::{
    bearer,
    client_metadata::{AuthMethod, ClientInformation, ClientMetadata, MAX_LENGTH, response_types},
    error::{Code, Refusal},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    app::{App, Site},
    authenticate::throttled,
    json::private_json,
    listener::Arrival,
    oauth::{is, whole},
    random::random,
    refused::refused,
    registry::{self, NewClient, Registered},
    settle::unavailable,
};

/// Where it is.
pub const PATH: &str = "/oauth/register";

/// Answers a registration.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match register(&site, &arrival, &parts, body).await {
        Ok(information) => private_json(StatusCode::CREATED, &information),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn register(site: &Site, arrival: &Arrival, parts: &Parts, body: Body) -> Result<ClientInformation, Refusal> {
    let (app, settings) = (&*site.app, site.app.settings.load_full());
    let invitation = match open(site)? {
        Mode::Token => Some(invited(app, &parts.headers).await?),
        _ => None,
    };
    let body = json_body(arrival, &parts.headers, body).await?;
    let registration = registration(&ClientMetadata::parse(&body)?, &settings.registration, &settings.servers)?;
    if invitation.is_none() {
        app.throttle.registration(arrival.client).await.map_err(|refused| throttled(&refused, Code::TooManyRegistrations))?;
    }
    let secret = random().map_err(|_| Refusal::new(Code::Defect, "entropy", "the system's random source failed"))?;
    let (registration_token, text) = token(&REGISTRATION_ACCESS_TOKEN, &secret);
    let new = NewClient { id: None, owner: None, registration_token: Some(registration_token), registration };
    let registered = registry::register_if(app, new, || admission(app, invitation.as_ref())).await?;
    Ok(information(&settings.issuer, &registered, text))
}

/// What has to be written for one more client to be let in.
async fn admission(app: &App, invitation: Option<&SecretDigest>) -> Result<Vec<Effect>, Refusal> {
    let invitation = match invitation {
        Some(digest) => app.store.invitation(digest).await.map_err(|error| unavailable(&error))?,
        None => None,
    };
    let registered = app.store.registered_themselves().await.map_err(|error| unavailable(&error))?;
    admit(&app.settings.load().registration, invitation.as_ref(), registered, app.now())
}

/// Which clients may register themselves; where none may, there is no such endpoint.
fn open(site: &Site) -> Result<Mode, Refusal> {
    match site.app.settings.load().registration.mode {
        Mode::Off => Err(Refusal::new(Code::NotFound, "registration_mode", "registration.mode is off")),
        mode => Ok(mode),
    }
}

/// How the invitation is recognised that a client brings. It must be good before anything else is looked at.
async fn invited(app: &App, headers: &HeaderMap) -> Result<SecretDigest, Refusal> {
    let presented = bearer::read(headers)?;
    let unknown = || Refusal::new(Code::InitialTokenInvalid, "initial_access_token", "this text is no initial access token of this server");
    let secret = INITIAL_ACCESS_TOKEN.parse(presented.expose_secret()).ok_or_else(unknown)?;
    let digest = SecretDigest::of(&secret);
    admission(app, Some(&digest)).await.map(|_| digest)
}

async fn json_body(arrival: &Arrival, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let broken = Code::RegistrationIllegal("The body ended early".to_owned());
    let body = whole(arrival, body, MAX_LENGTH, broken).await?;
    if is(headers, "application/json") {
        return Ok(body);
    }
    Err(Refusal::new(
        Code::RegistrationIllegal("The body must be application/json".to_owned()),
        "content_type",
        "expected Content-Type: application/json",
    ))
}

/// What a client is told of its registration.
fn information(issuer: &str, registered: &Registered, token: SecretString) -> ClientInformation {
    let Registered { client, secret } = registered;
    let own = &client.registration;
    ClientInformation {
        client_id: client.id.to_string(),
        client_id_issued_at: client.created_at.seconds(),
        client_secret: secret.clone(),
        client_secret_expires_at: secret.as_ref().map(|_| 0),
        registration_access_token: token,
        registration_client_uri: format!("{issuer}{PATH}/{}", client.id),
        redirect_uris: own.redirect_uris.clone(),
        token_endpoint_auth_method: match own.kind {
            ClientKind::Confidential => AuthMethod::ClientSecretBasic,
            ClientKind::Public => AuthMethod::None,
        },
        grant_types: own.grants.iter().map(|grant| grant.as_str()).collect(),
        response_types: response_types(&own.grants),
        client_name: own.name.clone(),
        client_uri: own.about.url.clone(),
        scope: own.scopes.clone(),
    }
}
