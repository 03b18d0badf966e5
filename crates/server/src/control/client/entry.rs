//! What is said of a client: its settings, by the names they have in the configuration file.

use jiff::Timestamp as Instant;
use keyward_rules::model::{
    client::{AccessFormat, Client, ClientKind},
    time::Seconds,
};
use keyward_wire::{
    audience::Audience, authorization_request::ResponseMode, client_id::ClientId, jwt::Algorithm, profile::ProfileName,
    redirect_uri::RedirectUri, scope::Scope, token_request::GrantType,
};
use serde::{Deserialize, Serialize};

use crate::control::{KeptBy, instant};

/// A client. Lifetimes are in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is registered under.
    pub id: ClientId,
    /// What people read.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where more is said about it.
    pub url: Option<String>,
    /// What makes it a plugin.
    pub plugin_source: Option<serde_json::Value>,
    /// Whether people may install it as a plugin.
    pub permitted: bool,
    /// Whether it can keep a secret.
    #[serde(rename = "type")]
    pub kind: ClientKind,
    /// Whether it is trusted to act for all others.
    #[serde(rename = "super")]
    pub super_client: bool,
    /// Whether people are not asked whether it may.
    pub first_party: bool,
    /// The grants it may use.
    pub grants: Vec<GrantType>,
    /// The most it may ask for.
    pub scopes: Vec<String>,
    /// What it gets when it asks for nothing.
    pub default_scopes: Vec<String>,
    /// What its own tokens are cut down to.
    pub client_credentials_scopes: Option<Vec<String>>,
    /// Where its tokens may be for.
    pub audiences: Vec<Audience>,
    /// The audiences it is the resource server of.
    pub resource_server_for: Vec<Audience>,
    /// The profiles it may use.
    pub profiles: Vec<ProfileName>,
    /// Where browsers may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// How answers may go there.
    pub response_modes: Vec<ResponseMode>,
    /// Whether its codes need PKCE.
    pub require_pkce: bool,
    /// How long a code may lie unredeemed.
    pub code_lifetime: Seconds,
    /// How long an access token lives.
    pub access_lifetime: Seconds,
    /// The same for the password grant, where it differs.
    pub password_access_lifetime: Option<Seconds>,
    /// How long an authorization lives.
    pub refresh_lifetime: Seconds,
    /// How long a refresh token may lie unused.
    pub refresh_idle: Option<Seconds>,
    /// How long a used refresh token still gets its successor.
    pub refresh_grace: Seconds,
    /// Whether refresh tokens are replaced.
    pub rotate: bool,
    /// Whether that ends the access tokens made before.
    pub rotation_ends_access_tokens: bool,
    /// `opaque` or `jwt`.
    pub access_format: String,
    /// What signs its access tokens, if they are JWTs.
    pub algorithm: Option<Algorithm>,
    /// When it was registered.
    pub created_at: Instant,
    /// The user who registered it, if a user did.
    pub owner: Option<String>,
    /// Who keeps the entry.
    pub kept_by: KeptBy,
}

impl Entry {
    /// What is said of `client`, which the user `owner` registered.
    #[must_use]
    pub fn new(client: &Client, owner: Option<String>) -> Self {
        let own = client.registration.clone();
        let (form, algorithm) = match own.access_format {
            AccessFormat::Opaque => ("opaque", None),
            AccessFormat::Jwt(algorithm) => ("jwt", Some(algorithm)),
        };
        Entry {
            id: client.id.clone(),
            name: own.name,
            description: own.about.description,
            url: own.about.url,
            plugin_source: own.about.source,
            permitted: own.permitted,
            kind: own.kind,
            super_client: own.super_client,
            first_party: own.first_party,
            grants: own.grants,
            scopes: words(&own.scopes),
            default_scopes: words(&own.default_scopes),
            client_credentials_scopes: own.client_credentials_scopes.as_ref().map(words),
            audiences: own.audiences,
            resource_server_for: own.resource_server_for,
            profiles: own.profiles,
            redirect_uris: own.redirect_uris,
            response_modes: own.response_modes,
            require_pkce: own.require_pkce,
            code_lifetime: own.code_lifetime,
            access_lifetime: own.access_lifetime,
            password_access_lifetime: own.password_access_lifetime,
            refresh_lifetime: own.refresh_lifetime,
            refresh_idle: own.refresh_idle,
            refresh_grace: own.refresh_grace,
            rotate: own.rotate,
            rotation_ends_access_tokens: own.rotation_ends_access_tokens,
            access_format: form.to_owned(),
            algorithm,
            created_at: instant(client.created_at),
            owner,
            kept_by: if client.registered_itself() { KeptBy::Itself } else { client.origin.into() },
        }
    }
}

fn words(scope: &Scope) -> Vec<String> {
    scope.words().map(str::to_owned).collect()
}
