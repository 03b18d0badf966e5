//! Which clients may register themselves, and as what.

use keyward_rules::{
    model::{
        client::{About, ClientKind, Registration, ResourceServer},
        time::Seconds,
    },
    registration::{misfits, misfits_among},
    self_registration::{Mode, Terms},
};
use keyward_wire::{audience::Audience, jwt::Algorithm, profile::ProfileName, scope::Scope, token_request::GrantType};

use super::{
    audience::AUDIENCE,
    client_checks,
    format::{Choice, DAY, Duration, Scopes, YEAR, choice, duration, list, number},
    section::Section,
    setting::settings,
    tokens::{LIFETIME, TokenSettings},
};

/// The grants that need nobody's trust.
const GRANT: Choice<GrantType> = choice(&[
    ("authorization_code", GrantType::AuthorizationCode),
    ("refresh_token", GrantType::RefreshToken),
    ("device_code", GrantType::DeviceCode),
    ("client_credentials", GrantType::ClientCredentials),
]);
const UNUSED: Duration = duration(DAY, YEAR);

settings! {
    /// Clients that register themselves, at `/oauth/register` of the listeners with the profile `standard` (RFC 7591, RFC 7592).
    /// Nobody has checked what such a client says of itself: people are told so and asked each time, and mistakes in its
    /// requests are shown here instead of being sent to it. PKCE is always needed. Nothing that a client may be and that is not
    /// listed here can be asked for.
    pub struct RegistrationSettings in "[registration]" {
        /// Who may: `off`: nobody. `token`: who has an initial access token, from `keyward client invite`. `open`: anybody, at most
        /// 20 at once and then one a minute from one address.
        mode: Mode, choice(&[("off", Mode::Off), ("token", Mode::Token), ("open", Mode::Open)]), default(Mode::Off), example "token";
        /// The grants such clients may use: of `authorization_code`, `refresh_token`, `device_code`, `client_credentials`.
        grants: Vec<GrantType>, list(GRANT), default(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]), example ["authorization_code"];
        /// The scopes they may register for, beside those of `audiences`, which they have without asking.
        scopes: Scope, Scopes, default(Scope::default()), example ["read"];
        /// What they get when they ask for no scope, as far as they registered for it.
        default_scopes: Scope, Scopes, default(Scope::default()), example ["read"];
        /// The audiences their tokens may be for.
        audiences: Vec<Audience>, list(AUDIENCE), default(Vec::new()), example ["https://api.example.com"];
        /// How long their access tokens live.
        access_lifetime: Seconds, LIFETIME, optional("`tokens.access_lifetime`"), example "10m";
        /// How long their authorizations live, however often their tokens are refreshed.
        refresh_lifetime: Seconds, LIFETIME, optional("`tokens.refresh_lifetime`"), example "7d";
        /// How long their refresh tokens may lie unused.
        refresh_idle: Seconds, LIFETIME, optional("as long as the authorization lives"), example "1d";
        /// How long one may get no token before it is removed; longer where it may still hold one.
        unused_for: Seconds, UNUSED, default(Seconds(30 * DAY.0)), example "90d";
        /// How many of them there may be.
        most: u32, number(1, 1_000_000), default(1000), example 50;
    }
}

/// The terms; `servers` are the audiences that are listed, if they could be read.
pub fn resolve(
    section: &Section<'_>,
    settings: RegistrationSettings,
    tokens: &TokenSettings,
    algorithm: Algorithm,
    servers: Option<&[ResourceServer]>,
) -> Terms {
    let most = Registration {
        name: String::new(),
        about: About::default(),
        permitted: true,
        kind: ClientKind::Confidential,
        super_client: false,
        first_party: false,
        grants: settings.grants,
        redirect_uris: Vec::new(),
        response_modes: Registration::default_response_modes(),
        require_pkce: true,
        code_lifetime: Registration::default_code_lifetime(),
        scopes: settings.scopes,
        default_scopes: settings.default_scopes,
        client_credentials_scopes: None,
        audiences: settings.audiences,
        resource_server_for: Vec::new(),
        profiles: vec![ProfileName::Standard],
        access_lifetime: settings.access_lifetime.unwrap_or(tokens.access_lifetime),
        password_access_lifetime: None,
        refresh_lifetime: settings.refresh_lifetime.unwrap_or(tokens.refresh_lifetime),
        refresh_idle: settings.refresh_idle,
        refresh_grace: tokens.refresh_grace,
        rotate: true,
        rotation_ends_access_tokens: false,
        access_format: tokens.access_format.with(algorithm),
    };
    // Each client brings its own redirect URIs.
    let mut found: Vec<_> = misfits(&most).into_iter().filter(|misfit| misfit.setting != "grants").collect();
    found.extend(servers.map(|servers| misfits_among(&most, servers)).unwrap_or_default());
    client_checks::record(section, found);
    Terms { mode: settings.mode, most, count: settings.most, unused_for: settings.unused_for }
}
