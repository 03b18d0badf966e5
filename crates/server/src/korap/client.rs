//! `oauth2/client/…`: users register clients, look at them, give them another secret, and remove them.
//!
//! 1. Who calls must be a user with the scope, or for reading a super client's application with or without one.
//! 2. What belongs to others is refused in the same transaction that would change it ([`may_change`]).
//! 3. The registry does the rest, as for commands ([`crate::registry`]).

mod info;
mod list;

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Request, StatusCode};
use keyward_rules::{effect::Effect, korap::registration, model::client::Client};
use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
    form::Form,
    korap::{ApiError, registration::WantedClient},
    profile::ProfileName,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::caller::{ApiUser, Caller};
use crate::{
    app::Site,
    json::private_json,
    listener::Arrival,
    oauth::{form_body, json_body},
    refused::refused,
    registry::{self, Holdings, NewClient},
    settle::unavailable,
};

pub use info::{Shown, info};
pub use list::list;

fn too_many(most: u32) -> Refusal {
    let text = format!("A user can have {most} clients at most; deregister one first");
    Refusal::new(Code::RegistrationIllegal(text.clone()), "clients_of_user", text)
}

/// What a client needs to know to use the server.
#[derive(Serialize)]
struct Credentials<'a> {
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
}

fn credentials(id: &ClientId, secret: Option<&SecretString>) -> Response {
    let client_secret = secret.map(ExposeSecret::expose_secret);
    private_json(StatusCode::OK, &Credentials { client_id: id.as_str(), client_secret })
}

/// `POST oauth2/client/register`: registers a client of the caller's.
pub async fn register(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let app = &site.app;
    let registered = async {
        let body = json_body(&site, &arrival, &parts.headers, body).await?;
        let user = Caller::of(&site, &arrival, &parts.headers).await?.user("register_client")?;
        let registration = registration(WantedClient::parse(&body)?);
        let new = NewClient { id: None, owner: Some(user.user().id), registration_token: None, registration };
        let owner = user.user().id;
        registry::register_if(app, new, || async move {
            let own = app.store.clients_of(owner).await.map_err(|error| unavailable(&error))?;
            let most = app.settings.load().korap.clients_per_user;
            if u32::try_from(own.len()).is_ok_and(|own| own < most) {
                Ok(vec![Effect::LeaveRoomOfOwner { owner, most }])
            } else {
                Err(too_many(most))
            }
        })
        .await
    };
    match registered.await {
        Ok(registered) => credentials(&registered.client.id, registered.secret.as_ref()),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

/// `POST oauth2/client/reset`: gives a client of the caller's another secret. What it holds ends: the old secret may have leaked.
pub async fn reset(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let reset = async {
        let body = form_body(&site, &arrival, &parts.headers, body).await?;
        let user = Caller::of(&site, &arrival, &parts.headers).await?.user("reset_client_secret")?;
        let id = named(Form::parse("", &body)?.require("client_id")?)?;
        arrival.asked_by(id.as_str());
        let secret = registry::reset_secret(&site.app, &id, Holdings::End, |client| may_change(&user, client)).await;
        Ok((secret.map_err(|refusal| unknown_if_gone(refusal, &id))?, id))
    };
    match reset.await {
        Ok((secret, id)) => credentials(&id, Some(&secret)),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

/// `DELETE oauth2/client/deregister/{client_id}`: removes a client of the caller's, and ends all it holds.
pub async fn deregister(
    State(site): State<Site>,
    arrival: Arrival,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let deregistered = async {
        let user = Caller::of(&site, &arrival, &headers).await?.user("deregister_client")?;
        let id = in_path(id)?;
        arrival.asked_by(id.as_str());
        let deregistered = registry::deregister(&site.app, &id, |client| may_change(&user, client)).await;
        deregistered.map_err(|refusal| unknown_if_gone(refusal, &id))
    };
    match deregistered.await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

/// Lets those change a client who registered it, and administrators.
fn may_change(user: &ApiUser, client: &Client) -> Result<(), Refusal> {
    known(client)?;
    if is_kept_by(user, client) {
        return Ok(());
    }
    let error = ApiError::unauthorized(&user.user().username);
    Err(Refusal::new(error.into(), "client_owner", "the user has not registered this client, and is no administrator"))
}

fn is_kept_by(user: &ApiUser, client: &Client) -> bool {
    client.owner == Some(user.user().id) || user.is_admin()
}

/// A client of other profiles might as well not exist.
fn known(client: &Client) -> Result<(), Refusal> {
    if client.registration.profiles.contains(&ProfileName::Korap) { Ok(()) } else { Err(unknown(&client.id)) }
}

/// A client id from a path; what cannot be one is the id of no client.
fn in_path(id: Result<Path<String>, PathRejection>) -> Result<ClientId, Refusal> {
    named(&id.map(|Path(id)| id).unwrap_or_default())
}

fn named(id: &str) -> Result<ClientId, Refusal> {
    ClientId::parse(id).map_err(|illegal| Refusal::new(Code::ClientUnknown(id.to_owned()), "client_known", illegal.to_string()))
}

fn unknown(id: &ClientId) -> Refusal {
    Refusal::new(Code::ClientUnknown(id.to_string()), "client_known", "no client is registered under this id")
}

/// How this API says that there is no such client.
fn unknown_if_gone(refusal: Refusal, id: &ClientId) -> Refusal {
    if refusal.code == Code::NotFound { unknown(id) } else { refusal }
}
