//! `GET /.well-known/oauth-authorization-server`: what this server can do (RFC 8414). Only what works is listed.
//!
//! It follows from the registered clients, and from what those may be that register themselves, so it is made anew when one of
//! them has changed, and kept until then. While the store does not work, the last one is good enough.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use keyward_rules::{
    model::client::{ClientKind, Registration},
    self_registration::Mode,
};
use keyward_wire::{
    authorization_request::{ResponseMode, ResponseType},
    error::{Code, Refusal},
    metadata::Metadata,
    pkce,
    profile::{Profile, ProfileName},
    scope,
    token_request::GrantType,
};

use crate::{
    app::{App, Reloadable, Site},
    json::JSON,
    listener::Arrival,
    oauth::register,
    refused::refused,
    settle::unavailable,
};

/// Answers with the metadata.
pub async fn get(State(site): State<Site>, arrival: Arrival) -> Response {
    match site.app.metadata.body(&site.app, site.profile.name).await {
        Ok(body) => {
            ([(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"))], body).into_response()
        }
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

/// The documents made last, one for each profile.
#[derive(Default)]
pub struct Documents {
    standard: ArcSwapOption<Document>,
    skyvault: ArcSwapOption<Document>,
    korap: ArcSwapOption<Document>,
}

/// A document, and which clients and settings it tells of.
struct Document {
    clients: u64,
    settings: Arc<Reloadable>,
    body: Bytes,
}

impl Documents {
    /// Makes the one for `profile`, so that there is one whatever becomes of the store.
    ///
    /// # Errors
    /// The store does not work now.
    pub async fn prepare(&self, app: &App, profile: ProfileName) -> Result<(), Refusal> {
        self.body(app, profile).await.map(drop)
    }

    async fn body(&self, app: &App, profile: ProfileName) -> Result<Bytes, Refusal> {
        let made = match profile {
            ProfileName::Standard => &self.standard,
            ProfileName::Skyvault => &self.skyvault,
            ProfileName::Korap => &self.korap,
        };
        let (state, settings) = (app.store.clients_changed(), app.settings.load_full());
        let is_out_of_reach = app.store.is_shared() && !app.node.is_current();
        if let Some(document) = &*made.load()
            && (is_out_of_reach || (document.clients == state && Arc::ptr_eq(&document.settings, &settings)))
        {
            return Ok(document.body.clone());
        }
        let clients = match (app.store.clients().await, &*made.load()) {
            (Ok(clients), _) => clients,
            // What was true a moment ago serves better than nothing.
            (Err(_), Some(document)) => return Ok(document.body.clone()),
            (Err(error), None) => return Err(unavailable(&error)),
        };
        let known = clients.into_iter().map(|client| client.registration).filter(|own| own.profiles.contains(&profile));
        let all: Vec<_> = known.chain(to_come(profile.profile(), &settings)).collect();
        let body = serde_json::to_vec(&describe(profile.profile(), &settings, &all));
        let body = Bytes::from(body.map_err(|error| Refusal::new(Code::Defect, "metadata", error.to_string()))?);
        made.store(Some(Arc::new(Document { clients: state, settings, body: body.clone() })));
        Ok(body)
    }
}

/// The clients that may register themselves at any time: who looks here may be one.
fn to_come(profile: &Profile, settings: &Reloadable) -> Vec<Registration> {
    let as_kind = |kind| Registration { kind, ..settings.registration.most.clone() };
    if registers(profile, settings) { vec![as_kind(ClientKind::Confidential), as_kind(ClientKind::Public)] } else { vec![] }
}

/// What these clients can do here.
fn describe(profile: &Profile, settings: &Reloadable, clients: &[Registration]) -> Metadata {
    let at = |path: &str| format!("{}{path}", settings.issuer);
    let kind = |kind| clients.iter().any(|client| client.kind == kind && !client.grants.is_empty());
    let secret = if kind(ClientKind::Confidential) { vec!["client_secret_basic", "client_secret_post"] } else { Vec::new() };
    let mut methods = secret.clone();
    if kind(ClientKind::Public) {
        methods.push("none");
    }
    let grants = GrantType::EVERY.into_iter().filter(|grant| {
        let here = *grant != GrantType::Implicit || profile.implicit;
        here && clients.iter().any(|client| client.may_use(*grant))
    });
    let own = clients.iter().flat_map(|client| client.scopes.words());
    let scopes = own.chain(settings.servers.iter().flat_map(|server| server.scopes.words())).filter(|word| *word != scope::ALL);
    let mut scopes: Vec<String> = scopes.map(str::to_owned).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let may = |grant| clients.iter().any(|client| client.may_use(grant));
    let types: Vec<&str> =
        ResponseType::EVERY.into_iter().filter(|asked| asks(profile, *asked) && may(asked.grant())).map(ResponseType::as_str).collect();
    let authorizes = !types.is_empty();
    let modes = ResponseMode::EVERY.into_iter().filter(|mode| {
        let listed = clients.iter().any(|client| client.response_modes.contains(mode));
        authorizes && (listed || (*mode == ResponseMode::Fragment && types.contains(&ResponseType::Token.as_str())))
    });
    Metadata {
        issuer: settings.issuer.clone(),
        authorization_endpoint: authorizes.then(|| at("/oauth/authorize")),
        response_modes_supported: modes.map(ResponseMode::as_str).collect(),
        code_challenge_methods_supported: if may(GrantType::AuthorizationCode) { vec![pkce::METHOD] } else { vec![] },
        authorization_response_iss_parameter_supported: authorizes && profile.names_issuer,
        token_endpoint: at("/oauth/token"),
        device_authorization_endpoint: may(GrantType::DeviceCode).then(|| at("/oauth/device_authorization")),
        registration_endpoint: registers(profile, settings).then(|| at(register::PATH)),
        jwks_uri: at("/oauth/jwks"),
        introspection_endpoint: at("/oauth/introspect"),
        revocation_endpoint: at("/oauth/revoke"),
        scopes_supported: scopes,
        response_types_supported: types,
        grant_types_supported: grants.map(GrantType::as_str).collect(),
        token_endpoint_auth_methods_supported: methods.clone(),
        introspection_endpoint_auth_methods_supported: secret,
        revocation_endpoint_auth_methods_supported: methods,
    }
}

/// Whether clients may register themselves here.
fn registers(profile: &Profile, settings: &Reloadable) -> bool {
    profile.name == ProfileName::Standard && settings.registration.mode != Mode::Off
}

/// Whether this listener's authorization endpoint answers in this way.
fn asks(profile: &Profile, asked: ResponseType) -> bool {
    asked == ResponseType::Code || profile.implicit
}
