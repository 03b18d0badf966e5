//! `POST oauth2/token/list`: what clients hold of a user.
//!
//! Tokens are not stored, so what is listed is what they are made from: one entry for each authorization, named by a handle
//! ([`Handle`]) that revocation takes in the place of a token.

use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode};
use jiff::Timestamp as Instant;
use keyward_rules::{
    handle::Handle,
    model::{
        authorization::Authorization,
        client::{Client, Registration},
        time::Timestamp,
    },
};
use keyward_wire::{
    error::{Code, Refusal},
    token_request::GrantType,
};
use serde::Serialize;

use super::through::Through;
use crate::{
    app::Site,
    authorizations::{self, Live},
    json::private_json,
    listener::Arrival,
    refused::refused,
    settle::unavailable,
};

/// How many of a user's authorizations are looked at, the newest first.
const LOOKED_AT: usize = 1000;

/// One authorization, as the tokens made from it.
#[derive(Debug, Serialize)]
struct Listed {
    token: String,
    created_date: String,
    expires_in: i64,
    user_authentication_time: String,
    scope: Vec<String>,
    client_id: String,
    client_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_url: Option<String>,
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Access,
    Refresh,
}

impl Kind {
    fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        match text {
            Some("access_token") => Ok(Kind::Access),
            Some("refresh_token") => Ok(Kind::Refresh),
            _ => {
                let reason = "the parameter token_type must be access_token or refresh_token";
                Err(Refusal::new(Code::ParameterMissing("token_type"), "token_type", reason))
            }
        }
    }

    /// When the newest token of this kind ends; none if there is none.
    fn end(self, authorization: &Authorization, own: &Registration) -> Option<Timestamp> {
        let used = authorization.rotated_at;
        let end = match self {
            Kind::Refresh if !own.may_use(GrantType::RefreshToken) => return None,
            Kind::Refresh => own.refresh_idle.map(|idle| used + idle),
            // Where refresh tokens stay the same, nobody knows when one was used last.
            Kind::Access if own.may_use(GrantType::RefreshToken) && !own.rotate => None,
            Kind::Access => Some(used + own.refresh_grace + own.access_lifetime(authorization.grant)),
        };
        Some(end.map_or(authorization.expires_at, |end| end.min(authorization.expires_at)))
    }
}

impl Listed {
    fn new(live: &Live, end: Timestamp, now: Timestamp) -> Self {
        let Live { authorization, client, .. } = live;
        let Client { id, registration, .. } = &**client;
        Listed {
            token: Handle(authorization.id).to_string(),
            created_date: written(authorization.created_at),
            expires_in: end.seconds().saturating_sub(now.seconds()),
            user_authentication_time: written(authorization.authenticated_at),
            scope: authorization.scope.words().map(str::to_owned).collect(),
            client_id: id.to_string(),
            client_name: registration.name.clone(),
            client_description: registration.about.description.clone(),
            client_url: registration.about.url.clone(),
        }
    }
}

/// RFC 3339, in UTC.
fn written(at: Timestamp) -> String {
    Instant::from_millisecond(at.0).unwrap_or_default().to_string()
}

/// Lists it, the newest first; what the super client holds itself is left out.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    match listed(&site, &arrival, request).await {
        Ok(listed) => private_json(StatusCode::OK, &listed),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn listed(site: &Site, arrival: &Arrival, request: Request<Body>) -> Result<Vec<Listed>, Refusal> {
    let through = Through::read(site, arrival, request, "list_user_client").await?;
    let form = through.form()?;
    let (kind, of_client, now) = (Kind::parse(form.get("token_type"))?, form.get("client_id"), site.app.now());
    let here = &through.super_client.authenticated().client().id;
    let is_asked_for = |live: &Live| live.client.id != *here && of_client.is_none_or(|id| live.client.id.as_str() == id);
    let found = site.app.store.authorizations_of(through.user.user().id, now, LOOKED_AT).await.map_err(|error| unavailable(&error))?;
    let live = authorizations::live(&site.app, found).await.map_err(|error| unavailable(&error))?;
    let listed = live.iter().filter(|live| is_asked_for(live)).filter_map(|live| {
        let end = kind.end(&live.authorization, &live.client.registration).filter(|end| *end > now)?;
        Some(Listed::new(live, end, now))
    });
    Ok(listed.collect())
}
