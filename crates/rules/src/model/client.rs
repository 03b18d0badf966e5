//! Registered clients.

use std::fmt;

use keyward_wire::{
    audience::Audience, authorization_request::ResponseMode, client_id::ClientId, jwt::Algorithm, profile::ProfileName,
    redirect_uri::RedirectUri, scope::Scope, token_request::GrantType,
};
use serde::{Deserialize, Serialize};

use super::{
    authorization::KeyId,
    digest::SecretDigest,
    epoch::{Epoch, Revision},
    id::UserId,
    time::Seconds,
    time::Timestamp,
    user::Origin,
};

/// An application that may ask for tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What it is registered under.
    pub id: ClientId,
    /// Raised whenever everything it holds must end.
    pub epoch: Epoch,
    /// How often its entry was changed.
    pub revision: Revision,
    /// How its secret is recognised; none for public clients.
    pub secret: Option<SecretMac>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last got a token, to within a day; none if it never did, and of clients that did not register themselves.
    pub used_at: Option<Timestamp>,
    /// Who keeps this entry.
    pub origin: Origin,
    /// The user who registered it, if a user did.
    pub owner: Option<UserId>,
    /// How the token is recognised that its registration is managed with (RFC 7592), if it registered itself.
    pub registration_token: Option<SecretDigest>,
    /// What it may do.
    pub registration: Registration,
}

impl Client {
    /// The same client with another secret and registration. Everything it holds ends if it loses something by that.
    #[must_use]
    pub fn replaced(&self, secret: Option<SecretMac>, registration: Registration) -> Self {
        let epoch = if registration.takes_from(&self.registration) { self.epoch.next() } else { self.epoch };
        Client { epoch, secret, registration, ..self.clone() }
    }

    /// Whether it registered itself (RFC 7591): then nobody vouches for what it says of itself.
    #[must_use]
    pub fn registered_itself(&self) -> bool {
        self.registration_token.is_some()
    }
}

/// What a client may do, and how its tokens are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// What people read.
    pub name: String,
    /// What else they may read about it.
    #[serde(default, skip_serializing_if = "About::is_empty")]
    pub about: About,
    /// Whether people may install it as a plugin.
    #[serde(default = "Registration::default_permitted")]
    pub permitted: bool,
    /// Whether it can keep a secret (RFC 6749 §2.1).
    pub kind: ClientKind,
    /// Trusted to act for every other client (KorAP); confidential only.
    pub super_client: bool,
    /// Whether it belongs to the operator, so that people are not asked whether it may.
    #[serde(default)]
    pub first_party: bool,
    /// The grants it may use.
    pub grants: Vec<GrantType>,
    /// Where codes and tokens may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// How they may be sent; a token never in a query.
    #[serde(default = "Registration::default_response_modes")]
    pub response_modes: Vec<ResponseMode>,
    /// Whether its codes need PKCE (RFC 7636).
    #[serde(default = "Registration::default_require_pkce")]
    pub require_pkce: bool,
    /// How long a code may lie unredeemed.
    #[serde(default = "Registration::default_code_lifetime")]
    pub code_lifetime: Seconds,
    /// The most it may ask for, beside the scopes of its audiences.
    pub scopes: Scope,
    /// What it gets when it asks for nothing.
    pub default_scopes: Scope,
    /// What its own tokens are reduced to; none: they are held to `scopes` like all others.
    pub client_credentials_scopes: Option<Scope>,
    /// Where its tokens may be for.
    pub audiences: Vec<Audience>,
    /// The audiences whose tokens it may introspect.
    pub resource_server_for: Vec<Audience>,
    /// The profiles it may use.
    pub profiles: Vec<ProfileName>,
    /// How long an access token lives.
    pub access_lifetime: Seconds,
    /// The same for the password grant, where it differs.
    pub password_access_lifetime: Option<Seconds>,
    /// How long an authorization lives, however often it is refreshed.
    pub refresh_lifetime: Seconds,
    /// How long a refresh token may lie unused.
    pub refresh_idle: Option<Seconds>,
    /// How long a used refresh token still gets its successor.
    pub refresh_grace: Seconds,
    /// Whether a refresh token is replaced when it is used.
    pub rotate: bool,
    /// Whether that ends the access tokens made before.
    pub rotation_ends_access_tokens: bool,
    /// The form of its access tokens.
    pub access_format: AccessFormat,
}

impl Registration {
    /// Every way but the fragment for codes, which pages' scripts read.
    #[must_use]
    pub fn default_response_modes() -> Vec<ResponseMode> {
        vec![ResponseMode::Query, ResponseMode::FormPost]
    }

    /// It is: only plugins that somebody registers wait for an administrator.
    #[must_use]
    pub fn default_permitted() -> bool {
        true
    }

    /// It is.
    #[must_use]
    pub fn default_require_pkce() -> bool {
        true
    }

    /// One minute: a browser is on its way, nobody reads.
    #[must_use]
    pub fn default_code_lifetime() -> Seconds {
        Seconds(60)
    }

    /// Whether the client runs on its user's own machine, for all that is known (RFC 8252).
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.kind == ClientKind::Public
    }

    /// How long an access token from this grant lives.
    #[must_use]
    pub fn access_lifetime(&self, grant: GrantType) -> Seconds {
        match grant {
            GrantType::Password => self.password_access_lifetime.unwrap_or(self.access_lifetime),
            _ => self.access_lifetime,
        }
    }

    /// How long an authorization from this grant lives: as long as it can be refreshed, or as its one access token.
    #[must_use]
    pub fn authorization_lifetime(&self, grant: GrantType) -> Seconds {
        match grant {
            GrantType::Implicit => self.access_lifetime(grant),
            _ if self.may_use(GrantType::RefreshToken) => self.refresh_lifetime,
            _ => self.access_lifetime(grant),
        }
    }

    /// Whether it lacks something that `before` had: what a client holds must not outlive what it may do.
    #[must_use]
    pub fn takes_from(&self, before: &Registration) -> bool {
        let lost = |own: &Scope, had: &Scope| !had.is_within(own);
        let shorter = |own: Option<Seconds>, had: Option<Seconds>| own.is_some_and(|own| had.is_none_or(|had| own < had));
        let grants = [GrantType::Password, GrantType::ClientCredentials];
        self.kind != before.kind
            || grants.iter().any(|grant| self.access_lifetime(*grant) < before.access_lifetime(*grant))
            || self.refresh_lifetime < before.refresh_lifetime
            || shorter(self.refresh_idle, before.refresh_idle)
            || (before.super_client && !self.super_client)
            || (before.permitted && !self.permitted)
            || before.grants.iter().any(|grant| !self.grants.contains(grant))
            || before.audiences.iter().any(|audience| !self.audiences.contains(audience))
            || before.profiles.iter().any(|profile| !self.profiles.contains(profile))
            || lost(&self.scopes, &before.scopes)
            || match (&before.client_credentials_scopes, &self.client_credentials_scopes) {
                (None, None) => false,
                (Some(had), Some(own)) => lost(own, had),
                (None, Some(_)) | (Some(_), None) => true,
            }
    }

    /// Whether it may use this grant.
    #[must_use]
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }
}

/// What a client says of itself, for people and for the application that lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where more is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What a plugin is, in words that only the super client's application understands; a client with it is a plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<serde_json::Value>,
}

impl About {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == About::default()
    }
}

/// Whether a client can keep a secret (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// It can, and authenticates with it.
    Confidential,
    /// It cannot.
    Public,
}

/// The form of an access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessFormat {
    /// Sealed: only Keyward can read it.
    #[default]
    Opaque,
    /// Signed (RFC 9068): resource servers read it themselves.
    Jwt(Algorithm),
}

/// A client secret, as the MAC it has under a key that the database holds only wrapped.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretMac {
    /// Which key.
    pub key: KeyId,
    /// HMAC-SHA-256 of the secret.
    pub mac: [u8; 32],
}

impl fmt::Debug for SecretMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretMac(..)")
    }
}

/// One of the resource servers that tokens can be for, as the operator lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceServer {
    /// What tokens name it.
    pub audience: Audience,
    /// The scopes it knows.
    pub scopes: Scope,
    /// The form it wants; none: the client's.
    pub access_format: Option<AccessFormat>,
}
