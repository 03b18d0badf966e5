//! `/oauth/register/{client_id}`: a client looks at its registration, replaces it, or deregisters (RFC 7592).
//!
//! 1. It proves itself with the registration access token that it was given. Who cannot is told the same whether there is such a
//!    client or not.
//! 2. Whether the token is the client's is looked at on the entry that is replaced or removed, not on an older one.
//! 3. The token stays what it is: a client whose answer was lost could never come back (RFC 7592 §5).

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use keyward_rules::{
    client_auth::is_remembered,
    model::client::Client,
    self_registration::{REGISTRATION_ACCESS_TOKEN, manages, registration, stranger},
};
use keyward_wire::{
    bearer,
    client_id::ClientId,
    client_metadata::{ClientInformation, ClientMetadata},
    error::{Code, Refusal},
};
use secrecy::{ExposeSecret, SecretString};

use super::{information, json_body, open};
use crate::{
    app::{App, Site},
    json::private_json,
    listener::Arrival,
    refused::refused,
    registry::{self, Registered},
    settle::unavailable,
};

/// The id in the path.
type Named = Result<Path<String>, PathRejection>;

/// Who asks: the client it says it is, and the token it says so with.
struct Registrant {
    id: ClientId,
    text: SecretString,
    secret: [u8; 32],
}

/// Answers what a client is registered with (RFC 7592 §2.1).
pub async fn get(State(site): State<Site>, arrival: Arrival, named: Named, headers: HeaderMap) -> Response {
    let answered = async {
        let manager = Registrant::of(&site, named, &headers)?;
        let client = site.app.store.client(&manager.id).await.map_err(|error| unavailable(&error))?;
        let client = client.ok_or_else(|| stranger("no client is registered under this id"))?;
        manages(&client, &manager.secret)?;
        Ok(told(&site.app, &Registered { client: Client::clone(&client), secret: None }, manager.text))
    };
    answer(&site, &arrival, answered.await)
}

/// Replaces what a client is registered with (RFC 7592 §2.2).
pub async fn put(State(site): State<Site>, arrival: Arrival, named: Named, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let answered = async {
        let manager = Registrant::of(&site, named, &parts.headers)?;
        let body = json_body(&arrival, &parts.headers, body).await?;
        let settings = site.app.settings.load_full();
        let replaced = registry::reregister::<Refusal>(&site.app, &manager.id, |client| {
            manages(client, &manager.secret)?;
            let said = ClientMetadata::parse(&body)?;
            is_its_own(&site.app, client, &said)?;
            registration(&said, &settings.registration, &settings.servers)
        });
        Ok(told(&site.app, &replaced.await.map_err(as_stranger)?, manager.text))
    };
    answer(&site, &arrival, answered.await)
}

/// Deregisters a client (RFC 7592 §2.3). What it holds is dead from then on.
pub async fn delete(State(site): State<Site>, arrival: Arrival, named: Named, headers: HeaderMap) -> Response {
    let answered = async {
        let manager = Registrant::of(&site, named, &headers)?;
        let gone = registry::deregister::<Refusal>(&site.app, &manager.id, |client| manages(client, &manager.secret));
        gone.await.map_err(as_stranger)
    };
    match answered.await {
        Ok(()) => (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response(),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

impl Registrant {
    fn of(site: &Site, named: Named, headers: &HeaderMap) -> Result<Self, Refusal> {
        open(site)?;
        let text = bearer::read(headers)?;
        let secret = REGISTRATION_ACCESS_TOKEN.parse(text.expose_secret());
        let secret = secret.ok_or_else(|| stranger("this text is no registration access token of this server"))?;
        let id = named.ok().and_then(|Path(id)| ClientId::parse(&id).ok()).ok_or_else(|| stranger("the path names no client id"))?;
        Ok(Registrant { id, text, secret })
    }
}

/// Whether what is said is about this client: its id, and its secret if that is sent. Neither can be changed (RFC 7592 §2.2).
fn is_its_own(app: &App, client: &Client, said: &ClientMetadata) -> Result<(), Refusal> {
    let illegal = |step, reason: &'static str| Err(Refusal::new(Code::RegistrationIllegal(reason.to_owned()), step, reason));
    if said.client_id.as_deref() != Some(client.id.as_str()) {
        return illegal("client_id_unchanged", "client_id: expected the id of this client, found another or none");
    }
    let own = |secret| client.secret.as_ref().is_some_and(|own| is_remembered(own, secret, &app.ring.load()));
    if said.client_secret.as_ref().is_some_and(|secret| !own(secret)) {
        return illegal("client_secret_unchanged", "client_secret: expected the secret of this client or none, found another");
    }
    Ok(())
}

/// Whoever is not the client cannot tell a client that is not there from one that somebody else keeps.
fn as_stranger(refusal: Refusal) -> Refusal {
    match refusal.code {
        Code::NotFound => stranger("no client is registered under this id"),
        Code::ClientConfigured => stranger("the configuration file keeps this client"),
        _ => refusal,
    }
}

fn told(app: &App, registered: &Registered, token: SecretString) -> ClientInformation {
    information(&app.settings.load().issuer, registered, token)
}

fn answer(site: &Site, arrival: &Arrival, answered: Result<ClientInformation, Refusal>) -> Response {
    match answered {
        Ok(information) => private_json(StatusCode::OK, &information),
        Err(refusal) => refused(site, arrival, &refusal),
    }
}
