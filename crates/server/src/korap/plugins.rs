//! `plugins`: the marketplace of a super client's application, and what its users have installed there.
//!
//! 1. Every request is a user's, through the super client ([`Through`]).
//! 2. What may be installed, and what ends with it, is decided by [`keyward_rules::plugin`]: in one commit, and only if the
//!    client is still what it was when that was decided.

use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode};
use jiff::Timestamp as Instant;
use keyward_rules::{
    model::{client::Client, plugin::InstalledPlugin},
    plugin,
};
use keyward_store::facts;
use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
    korap::{ApiError, INVALID_ARGUMENT, NO_RESOURCE_FOUND},
    profile::ProfileName,
};
use serde::Serialize;

use super::{client::Shown, through::Through};
use crate::{
    app::Site,
    json::private_json,
    listener::Arrival,
    refused::refused,
    settle::{settle_with, unavailable},
};

/// A plugin as somebody has installed it.
#[derive(Debug, Serialize)]
struct Installed {
    client_id: String,
    super_client_id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    installed_date: String,
}

impl Installed {
    fn new(plugin: &InstalledPlugin, client: &Client) -> Self {
        let Client { registration, .. } = client;
        Installed {
            client_id: plugin.client.to_string(),
            super_client_id: plugin.super_client.to_string(),
            name: registration.name.clone(),
            description: registration.about.description.clone(),
            url: registration.about.url.clone(),
            installed_date: Instant::from_millisecond(plugin.installed_at.0).unwrap_or_default().to_string(),
        }
    }
}

/// `POST plugins`: the plugins there are, by name; with `permitted_only=true` those that may be installed.
pub async fn list(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    match marketplace(&site, &arrival, request).await {
        Ok(shown) => private_json(StatusCode::OK, &shown),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn marketplace(site: &Site, arrival: &Arrival, request: Request<Body>) -> Result<Vec<Shown>, Refusal> {
    let through = Through::read(site, arrival, request, "list_user_client").await?;
    let permitted_only = through.form()?.get("permitted_only") == Some("true");
    let clients = site.app.store.clients().await.map_err(|error| unavailable(&error))?;
    let is_listed = |client: &&Client| {
        let own = &client.registration;
        own.about.source.is_some() && own.profiles.contains(&ProfileName::Korap) && (own.permitted || !permitted_only)
    };
    let mut shown: Vec<Shown> = clients.iter().filter(is_listed).map(Shown::to_all).collect();
    shown.sort_by(|one, other| one.order().cmp(&other.order()));
    Ok(shown)
}

/// `POST plugins/installed`: what the user has installed here and is still permitted, by name.
pub async fn installed(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    match installed_by(&site, &arrival, request).await {
        Ok(installed) => private_json(StatusCode::OK, &installed),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn installed_by(site: &Site, arrival: &Arrival, request: Request<Body>) -> Result<Vec<Installed>, Refusal> {
    let through = Through::read(site, arrival, request, "list_user_client").await?;
    let (store, user, here) = (&site.app.store, through.user.user().id, &through.super_client.authenticated().client().id);
    let mut installed = Vec::new();
    for plugin in store.plugins_of(user, here).await.map_err(|error| unavailable(&error))? {
        let client = store.client(&plugin.client).await.map_err(|error| unavailable(&error))?;
        installed.extend(client.filter(|client| client.registration.permitted).map(|client| Installed::new(&plugin, &client)));
    }
    installed.sort_by(|one, other| (&one.name, &one.client_id).cmp(&(&other.name, &other.client_id)));
    Ok(installed)
}

/// `POST plugins/install`.
pub async fn install(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let done = async {
        let plugin = named(&site, &Through::read(&site, &arrival, request, "install_user_client").await?, unknown)?;
        let app = &site.app;
        let load = || facts::plugin::load(&app.store, &plugin);
        let client = settle_with(app, load, |facts, _| plugin::install(&plugin, facts), |client, _| Ok(client)).await?;
        Ok::<_, Refusal>(Installed::new(&plugin, &client))
    };
    match done.await {
        Ok(installed) => private_json(StatusCode::OK, &installed),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

/// `POST plugins/uninstall`: takes back what the plugin was allowed, too.
pub async fn uninstall(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let done = async {
        let plugin = named(&site, &Through::read(&site, &arrival, request, "uninstall_user_client").await?, not_installed)?;
        let app = &site.app;
        let load = || facts::plugin::load(&app.store, &plugin);
        settle_with(app, load, |facts, _| plugin::uninstall(&plugin, facts), |(), _| Ok(())).await
    };
    match done.await {
        Ok(()) => Response::default(),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

/// The plugin that the form names, for this user and here, from now on. An id that cannot be one is refused as `illegal` says.
fn named(site: &Site, through: &Through, illegal: fn(&str) -> Refusal) -> Result<InstalledPlugin, Refusal> {
    let form = through.form()?;
    let id = form.get("client_id").ok_or_else(|| {
        let error = ApiError::about(INVALID_ARGUMENT, "client_id is null", "client_id");
        Refusal::new(error.into(), "parameter_present", "the parameter client_id is required and was not sent, or is empty")
    })?;
    Ok(InstalledPlugin {
        user: through.user.user().id,
        client: ClientId::parse(id).map_err(|_| illegal(id))?,
        super_client: through.super_client.authenticated().client().id.clone(),
        installed_at: site.app.now(),
    })
}

fn unknown(id: &str) -> Refusal {
    Refusal::new(Code::ClientUnknown(id.to_owned()), "client_known", "no client can have this id")
}

fn not_installed(id: &str) -> Refusal {
    Refusal::new(ApiError::about(NO_RESOURCE_FOUND, "Plugin is not installed", id).into(), "plugin_installed", "no client can have this id")
}
