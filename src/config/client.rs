//! The clients that the file names.

use std::path::PathBuf;

use keyward_rules::{
    model::{
        client::{About, ClientKind, Registration},
        time::Seconds,
    },
    provision::WantedClient,
    registration::misfits,
};
use keyward_wire::{
    audience::Audience, authorization_request::ResponseMode, client_id::ClientId, jwt::Algorithm, profile::ProfileName,
    redirect_uri::RedirectUri, scope::Scope, token_request::GrantType,
};
use secrecy::SecretString;

use super::{
    audience::AUDIENCE,
    client_checks,
    format::{Choice, Duration, FLAG, PATH, Parsed, Scopes, Secret, TEXT, choice, duration, list, parsed},
    keys::ALGORITHM,
    listener::PROFILE,
    redirect_uri::REDIRECT_URI,
    section::Section,
    setting::settings,
    tokens::{ACCESS_FORMAT, Form, GRACE, LIFETIME, TokenSettings},
};

const ID: Parsed<ClientId> = parsed("a client id", |text| ClientId::parse(text).map_err(|illegal| illegal.to_string()));
/// The grants.
pub const GRANT: Choice<GrantType> = choice(&[
    ("authorization_code", GrantType::AuthorizationCode),
    ("implicit", GrantType::Implicit),
    ("password", GrantType::Password),
    ("client_credentials", GrantType::ClientCredentials),
    ("refresh_token", GrantType::RefreshToken),
    ("device_code", GrantType::DeviceCode),
]);
/// The ways an answer goes to a redirect URI.
pub const RESPONSE_MODE: Choice<ResponseMode> =
    choice(&[("query", ResponseMode::Query), ("fragment", ResponseMode::Fragment), ("form_post", ResponseMode::FormPost)]);
/// How long a code may live (RFC 6749 §4.1.2).
pub const CODE_LIFETIME: Duration = duration(Seconds(1), LONGEST_CODE);
const LONGEST_CODE: Seconds = Seconds(600);
/// What a plugin says of itself.
pub const JSON: Parsed<serde_json::Value> = parsed("a text in JSON", |text| serde_json::from_str(text).map_err(|error| error.to_string()));
/// The types.
pub const KIND: Choice<ClientKind> = choice(&[("confidential", ClientKind::Confidential), ("public", ClientKind::Public)]);

settings! {
    /// An application that may ask for tokens; one such section for each. What is written here, only this file
    /// changes; other clients are added with `keyward client add`.
    pub struct ClientSettings in "[[client]]" {
        /// What it sends as `client_id`.
        id: ClientId, ID, required(), example "orders-app";
        /// What people read.
        name: String, TEXT, optional("the id"), example "Orders";
        /// What it is for, in a sentence.
        description: String, TEXT, optional("none"), example "Takes orders";
        /// Where more is said about it.
        url: String, TEXT, optional("none"), example "https://orders.example.com";
        /// What makes it a plugin that people can install in the application of a super client: what that application needs to
        /// know of it, in JSON.
        plugin_source: serde_json::Value, JSON, optional("it is no plugin"), example "{ \"icon\": \"orders\" }";
        /// Whether people may install it in the application of a super client.
        permitted: bool, FLAG, optional("`true`; `false` for plugins"), example true;
        /// Whether it can keep a secret (RFC 6749 §2.1): `confidential` or `public`.
        kind as "type": ClientKind, KIND, required(), example "confidential";
        /// Whether it is trusted to act for all other clients, as KorAP's own web application is. Only
        /// confidential clients can be.
        super_client as "super": bool, FLAG, default(false), example true;
        /// Its secret. A confidential client needs exactly one of the three, a public client has none.
        secret: SecretString, Secret, optional("none"), example "nWvD1vKGJ0sR3lTzFq2kYxEo";
        /// A file that holds its secret in its only line.
        secret_file: PathBuf, PATH, optional("none"), example "orders-app.secret";
        /// The environment variable that holds its secret.
        secret_env: String, TEXT, optional("none"), example "ORDERS_APP_SECRET";
        /// Whether it is part of the service itself: people are not asked whether it may. Nor do they have to say it twice to any
        /// other client, except a public one whose answers do not go to an `https` address: any program on their machine could
        /// pretend to be that (RFC 8252 §8.6), so it is asked about each time.
        first_party: bool, FLAG, default(false), example true;
        /// The ways it may get tokens: `authorization_code`, `device_code` (RFC 8628, for devices that cannot show pages),
        /// `client_credentials` (confidential clients only), `refresh_token`; and the legacy ones: `password`, `implicit`.
        grants: Vec<GrantType>, list(GRANT), default(Vec::new()), example ["authorization_code", "refresh_token"];
        /// The most it may ask for, beside the scopes of its audiences.
        scopes: Scope, Scopes, default(Scope::default()), example ["read", "write"];
        /// What it gets when it asks for no scope. If empty, it gets those of the audience it names, or has to ask.
        default_scopes: Scope, Scopes, default(Scope::default()), example ["read"];
        /// What the tokens of the client itself (`client_credentials`) are cut down to, whatever it asks for.
        client_credentials_scopes: Scope, Scopes, optional("not cut down"), example ["read"];
        /// The audiences its tokens may be for. If it is one only, its tokens are for that one unless it says
        /// otherwise.
        audiences: Vec<Audience>, list(AUDIENCE), default(Vec::new()), example ["https://api.example.com"];
        /// The audiences it is the resource server of: it may introspect their tokens.
        resource_server_for: Vec<Audience>, list(AUDIENCE), default(Vec::new()), example ["https://api.example.com"];
        /// The profiles of the listeners it may use.
        profiles: Vec<ProfileName>, list(PROFILE), default(vec![ProfileName::Standard]), example ["standard", "skyvault"];
        /// Where its answers may be sent, compared byte by byte. Of a public client's `http://127.0.0.1` and `http://[::1]` the
        /// port may differ (RFC 8252 §7.3).
        redirect_uris: Vec<RedirectUri>, list(REDIRECT_URI), default(Vec::new()), example ["https://app.example.com/callback"];
        /// How answers may be sent there: `query`, `fragment`, `form_post`. Tokens of the implicit grant go in the fragment.
        response_modes: Vec<ResponseMode>, list(RESPONSE_MODE), default(Registration::default_response_modes()), example ["query"];
        /// Whether its codes need PKCE (RFC 7636). Without, a code that leaks can be redeemed by who knows the client's secret, and
        /// by anybody if it has none.
        require_pkce: bool, FLAG, default(true), example false;
        /// How long a code may lie unredeemed, at most ten minutes.
        code_lifetime: Seconds, CODE_LIFETIME, optional("`\"1m\"`; `\"10m\"` with the profile `korap`"), example "2m";
        /// How long its access tokens live.
        access_lifetime: Seconds, LIFETIME, optional("`tokens.access_lifetime`"), example "15m";
        /// The same for access tokens from the password grant.
        password_access_lifetime: Seconds, LIFETIME, optional("`access_lifetime`"), example "30m";
        /// How long its authorizations live, however often their tokens are refreshed.
        refresh_lifetime: Seconds, LIFETIME, optional("`tokens.refresh_lifetime`"), example "90d";
        /// How long a refresh token may lie unused.
        refresh_idle: Seconds, LIFETIME, optional("as long as the authorization lives"), example "7d";
        /// How long a refresh token that was replaced still gets its successor.
        refresh_grace: Seconds, GRACE, optional("`tokens.refresh_grace`; `\"0s\"` with the profile `korap`"), example "10s";
        /// Whether a refresh token is replaced each time it is used.
        rotate: bool, FLAG, default(true), example false;
        /// Whether replacing it also ends the access tokens made before.
        rotation_ends_access_tokens: bool, FLAG, optional("`false`; `true` with the profile `korap`"), example true;
        /// The form of its access tokens: `opaque` or `jwt`.
        access_format: Form, ACCESS_FORMAT, optional("`tokens.access_format`"), example "jwt";
        /// What signs its access tokens, if they are JWTs.
        algorithm: Algorithm, ALGORITHM, optional("`keys.algorithm`"), example "ES256";
    }
}

/// A client from its section, with what `tokens` says where the section is silent; none where it cannot be
/// made of what was read. `algorithm` signs where nothing else is said.
pub fn resolve(section: &Section<'_>, settings: ClientSettings, tokens: &TokenSettings, algorithm: Algorithm) -> Option<WantedClient> {
    let secret = secret(section, &settings);
    client_checks::algorithm_needs_jwt(section, &settings, tokens);
    let (id, kind) = (settings.id.clone(), settings.kind);
    let registration = settings.registration(tokens, algorithm);
    client_checks::record(section, misfits(&registration));
    kind?;
    Some(WantedClient { id: id?, secret, registration })
}

impl ClientSettings {
    /// A client of this type for these profiles, of which nothing else is said.
    pub fn new(kind: ClientKind, profiles: Vec<ProfileName>) -> Self {
        ClientSettings {
            id: None,
            name: None,
            description: None,
            url: None,
            plugin_source: None,
            permitted: None,
            kind: Some(kind),
            super_client: false,
            secret: None,
            secret_file: None,
            secret_env: None,
            first_party: false,
            grants: Vec::new(),
            scopes: Scope::default(),
            default_scopes: Scope::default(),
            client_credentials_scopes: None,
            audiences: Vec::new(),
            resource_server_for: Vec::new(),
            profiles,
            redirect_uris: Vec::new(),
            response_modes: Registration::default_response_modes(),
            require_pkce: true,
            code_lifetime: None,
            access_lifetime: None,
            password_access_lifetime: None,
            refresh_lifetime: None,
            refresh_idle: None,
            refresh_grace: None,
            rotate: true,
            rotation_ends_access_tokens: None,
            access_format: None,
            algorithm: None,
        }
    }

    /// What they let the client do, with what `tokens` says where they are silent. `algorithm` signs where nothing else
    /// is said. Without a type it is taken for confidential, of which more is allowed.
    pub fn registration(self, tokens: &TokenSettings, algorithm: Algorithm) -> Registration {
        let korap = self.profiles.contains(&ProfileName::Korap);
        let form = self.access_format.unwrap_or(tokens.access_format);
        Registration {
            name: self.name.or_else(|| self.id.map(String::from)).unwrap_or_default(),
            permitted: self.permitted.unwrap_or(self.plugin_source.is_none()),
            about: About { description: self.description, url: self.url, source: self.plugin_source },
            kind: self.kind.unwrap_or(ClientKind::Confidential),
            super_client: self.super_client,
            first_party: self.first_party,
            grants: self.grants,
            redirect_uris: self.redirect_uris,
            response_modes: self.response_modes,
            require_pkce: self.require_pkce,
            code_lifetime: self.code_lifetime.unwrap_or(if korap { LONGEST_CODE } else { Registration::default_code_lifetime() }),
            scopes: self.scopes,
            default_scopes: self.default_scopes,
            client_credentials_scopes: self.client_credentials_scopes,
            audiences: self.audiences,
            resource_server_for: self.resource_server_for,
            profiles: self.profiles,
            access_lifetime: self.access_lifetime.unwrap_or(tokens.access_lifetime),
            password_access_lifetime: self.password_access_lifetime,
            refresh_lifetime: self.refresh_lifetime.unwrap_or(tokens.refresh_lifetime),
            refresh_idle: self.refresh_idle,
            refresh_grace: self.refresh_grace.unwrap_or(if korap { Seconds(0) } else { tokens.refresh_grace }),
            rotate: self.rotate,
            rotation_ends_access_tokens: self.rotation_ends_access_tokens.unwrap_or(korap),
            access_format: form.with(self.algorithm.unwrap_or(algorithm)),
        }
    }
}

/// The secret, from wherever the section says; whether it should have one is checked too.
fn secret(section: &Section<'_>, settings: &ClientSettings) -> Option<SecretString> {
    let given = section.only_one_of(&["secret", "secret_file", "secret_env"]);
    match (settings.kind, given) {
        (Some(ClientKind::Confidential), None) => {
            let message =
                "expected one of secret, secret_file, secret_env, since the client is confidential, found none; add one, or make it public";
            section.problem("id", message.into());
        }
        (Some(ClientKind::Public), Some(given)) => {
            section.problem(given, "expected no secret, since the client is public, found one; remove it, or make it confidential".into());
        }
        _ => {}
    }
    match given? {
        "secret_file" => section.secret_in_file("secret_file", settings.secret_file.as_ref()?),
        "secret_env" => section.secret_in_variable("secret_env", settings.secret_env.as_ref()?),
        _ => settings.secret.clone(),
    }
}
