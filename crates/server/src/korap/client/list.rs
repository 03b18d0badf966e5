//! `POST oauth2/client/list`: the clients that a user registered, and those that hold something of theirs.

use std::{collections::BTreeMap, sync::Arc};

use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode};
use keyward_rules::model::{client::Client, id::UserId};
use keyward_wire::{
    client_id::ClientId,
    error::Refusal,
    form::Form,
    korap::{ApiError, UNSUPPORTED_VALUE},
};

use super::Shown;
use crate::{
    app::{App, Site},
    authorizations::{self, Live},
    json::private_json,
    korap::{caller::Caller, super_client::SuperClient},
    listener::Arrival,
    oauth::form_body,
    refused::refused,
    settle::unavailable,
};

/// The paths of the oldest version, which lists only what the user registered unless it is told otherwise.
const OLDEST: &str = "/api/v1.0/";

/// How many of a user's authorizations are looked at, the newest first.
const LOOKED_AT: usize = 1000;

/// Which clients are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Owned,
    Authorized,
    Both,
}

impl Filter {
    fn parse(path: &str, form: &Form<'_>) -> Result<Self, Refusal> {
        let oldest = path.starts_with(OLDEST);
        match form.get("filter_by") {
            Some("owned_only") => Ok(Filter::Owned),
            Some("authorized_only") => Ok(Filter::Authorized),
            Some(_) => {
                let error = ApiError::about(UNSUPPORTED_VALUE, "filter_by must be owned_only or authorized_only", "filter_by");
                Err(Refusal::new(error.into(), "filter_by", "there is no such filter"))
            }
            None if oldest && form.get("authorized_only") == Some("true") => Ok(Filter::Authorized),
            None if oldest => Ok(Filter::Owned),
            None => Ok(Filter::Both),
        }
    }
}

/// Lists them, by name, each once; super clients are left out.
pub async fn list(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let listed = async {
        let body = form_body(&site, &arrival, &parts.headers, body).await?;
        let user = Caller::of(&site, &arrival, &parts.headers).await?.user("list_user_client")?;
        let form = Form::parse("", &body)?;
        SuperClient::read(&site, &arrival, &form).await?;
        let filter = Filter::parse(parts.uri.path(), &form)?;
        let clients = clients(&site.app, user.user().id, filter).await?;
        let shown = clients.values().filter(|client| !client.registration.super_client).map(|client| Shown::to(&user, client));
        let mut shown: Vec<Shown> = shown.collect();
        shown.sort_by(|one, other| one.order().cmp(&other.order()));
        Ok::<_, Refusal>(shown)
    };
    match listed.await {
        Ok(listed) => private_json(StatusCode::OK, &listed),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn clients(app: &App, user: UserId, filter: Filter) -> Result<BTreeMap<ClientId, Arc<Client>>, Refusal> {
    let mut clients = BTreeMap::new();
    if filter != Filter::Authorized {
        let owned = app.store.clients_of(user).await.map_err(|error| unavailable(&error))?;
        clients.extend(owned.into_iter().map(|client| (client.id.clone(), Arc::new(client))));
    }
    if filter != Filter::Owned {
        let found = app.store.authorizations_of(user, app.now(), LOOKED_AT).await.map_err(|error| unavailable(&error))?;
        let live = authorizations::live(app, found).await.map_err(|error| unavailable(&error))?;
        clients.extend(live.into_iter().map(|Live { client, .. }| (client.id.clone(), client)));
    }
    Ok(clients)
}
