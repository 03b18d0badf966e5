//! The resource servers that tokens can be for.

use keyward_rules::{model::client::ResourceServer, registration::ALL_IS_FOR_SUPER_CLIENTS};
use keyward_wire::{
    audience::Audience,
    jwt::Algorithm,
    scope::{ALL, Scope},
};

use super::{
    format::{Parsed, Scopes, parsed},
    keys::ALGORITHM,
    section::Section,
    setting::settings,
    tokens::{ACCESS_FORMAT, Form},
};

/// What tokens name a resource server.
pub const AUDIENCE: Parsed<Audience> = parsed("an absolute URI without a fragment, such as \"https://api.example.com\"", |text| {
    Audience::parse(text).map_err(|_| String::new())
});

settings! {
    /// A resource server that tokens can be for (RFC 8707); one such section for each. While there is none,
    /// clients may name any audience.
    pub struct AudienceSettings in "[[audience]]" {
        /// What clients ask for with `audience` or `resource`, and what the tokens name.
        identifier: Audience, AUDIENCE, required(), example "https://api.example.com";
        /// The scopes it knows. A client of this audience may ask for them, and gets all of them if it asks for
        /// none and has no `default_scopes`.
        scopes: Scope, Scopes, default(Scope::default()), example ["read:orders", "write:orders"];
        /// The form in which it wants its access tokens: `opaque` or `jwt`.
        access_format: Form, ACCESS_FORMAT, optional("the client's"), example "jwt";
        /// What signs them, if they are JWTs.
        algorithm: Algorithm, ALGORITHM, optional("`keys.algorithm`"), example "ES256";
    }
}

/// A resource server from its section; none where it cannot be made of what was read.
pub fn resolve(section: &Section<'_>, settings: AudienceSettings, algorithm: Algorithm) -> Option<ResourceServer> {
    if settings.scopes.contains(ALL) {
        section.problem("scopes", ALL_IS_FOR_SUPER_CLIENTS.into());
    }
    if settings.algorithm.is_some() && settings.access_format != Some(Form::Jwt) && section.sound(&["access_format"]) {
        section
            .problem("algorithm", "expected access_format = \"jwt\" beside it, found another or none; add it or remove algorithm".into());
    }
    Some(ResourceServer {
        audience: settings.identifier?,
        scopes: settings.scopes,
        access_format: settings.access_format.map(|form| form.with(settings.algorithm.unwrap_or(algorithm))),
    })
}
