//! `POST oauth2/client/{client_id}`: what is registered about a client.

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use http::{Request, StatusCode};
use jiff::Timestamp;
use keyward_rules::model::client::{Client, ClientKind};
use keyward_wire::{error::Refusal, form::Form, korap::registration::ClientType, token_request::GrantType};
use serde::Serialize;
use serde_json::Value;

use super::{in_path, is_kept_by, known, unknown};
use crate::{
    app::Site,
    json::private_json,
    korap::{
        caller::{ApiUser, Caller},
        super_client::SuperClient,
    },
    listener::Arrival,
    oauth::form_body,
    refused::refused,
    settle::unavailable,
};

/// A client as the API shows it: what is empty is left out.
#[derive(Debug, Serialize)]
pub struct Shown {
    #[serde(rename = "super")]
    super_client: bool,
    client_id: String,
    client_name: String,
    client_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_url: Option<String>,
    permitted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Value>,
    #[serde(flatten)]
    for_keepers: Option<ForKeepers>,
}

/// What only those see who may change it.
#[derive(Debug, Serialize)]
struct ForKeepers {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_redirect_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expiry: Option<u32>,
}

impl Shown {
    /// What everybody may see of `client`.
    #[must_use]
    pub fn to_all(client: &Client) -> Self {
        let Client { id, registration, .. } = client;
        let kind = match registration.kind {
            ClientKind::Confidential => ClientType::Confidential,
            ClientKind::Public => ClientType::Public,
        };
        Shown {
            super_client: registration.super_client,
            client_id: id.to_string(),
            client_name: registration.name.clone(),
            client_type: kind.as_str(),
            client_description: registration.about.description.clone(),
            client_url: registration.about.url.clone(),
            permitted: registration.permitted,
            source: registration.about.source.clone(),
            for_keepers: None,
        }
    }

    /// What `user` may see of it: all of it, if they may change it.
    #[must_use]
    pub fn to(user: &ApiUser, client: &Client) -> Self {
        let all = Shown::to_all(client);
        if !is_kept_by(user, client) {
            return all;
        }
        let registration = &client.registration;
        let for_keepers = ForKeepers {
            client_redirect_uri: registration.redirect_uris.first().map(ToString::to_string),
            registration_date: Timestamp::from_second(client.created_at.seconds()).ok().map(|at| at.to_string()),
            refresh_token_expiry: registration.may_use(GrantType::RefreshToken).then_some(registration.refresh_lifetime.0),
        };
        Shown { for_keepers: Some(for_keepers), ..all }
    }

    /// By which lists are sorted: the name, and the id where names are the same.
    #[must_use]
    pub fn order(&self) -> (&str, &str) {
        (&self.client_name, &self.client_id)
    }
}

/// Answers the application of a super client, in the name of a user or of nobody. Of plugins everybody sees the same here.
pub async fn info(State(site): State<Site>, arrival: Arrival, id: Result<Path<String>, PathRejection>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let shown = async {
        let body = form_body(&site, &arrival, &parts.headers, body).await?;
        let user = Caller::of(&site, &arrival, &parts.headers).await?.user_or_guest("client_info")?;
        SuperClient::read(&site, &arrival, &Form::parse("", &body)?).await?;
        let id = in_path(id)?;
        let client = site.app.store.client(&id).await.map_err(|error| unavailable(&error))?.ok_or_else(|| unknown(&id))?;
        known(&client)?;
        let shown = match user {
            Some(user) if client.registration.about.source.is_none() => Shown::to(&user, &client),
            _ => Shown::to_all(&client),
        };
        Ok::<_, Refusal>(shown)
    };
    match shown.await {
        Ok(shown) => private_json(StatusCode::OK, &shown),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}
