//! The flags of `keyward client add`: the settings of a client, read as the configuration file reads them.

use keyward_rules::model::{
    client::{ClientKind, Registration},
    time::Seconds,
};
use keyward_server::control::{
    Answer, Request,
    client::{Credentials, NewClient},
};
use keyward_wire::{
    audience::Audience, authorization_request::ResponseMode, client_id::ClientId, jwt::Algorithm, profile::ProfileName,
    redirect_uri::RedirectUri, scope::Scope, token_request::GrantType,
};

use crate::{
    ask::{ask, unexpected},
    commands::{ConfigFile, Failure},
    config::{
        self,
        audience::AUDIENCE,
        client::{CODE_LIFETIME, ClientSettings, GRANT, KIND, RESPONSE_MODE},
        format::{WORD, read_text},
        keys::ALGORITHM,
        listener::PROFILE,
        redirect_uri::REDIRECT_URI,
        tokens::{ACCESS_FORMAT, Form, GRACE, LIFETIME},
    },
};

/// What a client may do. Lists are repeated flags or words with commas between them.
#[derive(clap::Args, Debug)]
pub struct Flags {
    /// What it sends as client_id; made if left out
    #[arg(value_name = "ID", value_parser = |text: &str| ClientId::parse(text))]
    id: Option<ClientId>,
    /// What people read [default: the id]
    #[arg(long)]
    name: Option<String>,
    /// Whether it can keep a secret: confidential or public
    #[arg(long = "type", value_name = "TYPE", default_value = "confidential", value_parser = |text: &str| read_text(&KIND, text))]
    kind: ClientKind,
    /// Trust it to act for all other clients
    #[arg(long = "super")]
    super_client: bool,
    /// It is part of the service itself: people are not asked whether it may
    #[arg(long)]
    first_party: bool,
    /// A way it may get tokens: authorization_code, device_code, client_credentials, refresh_token; legacy: password, implicit
    #[arg(long = "grant", value_name = "GRANT", value_delimiter = ',', value_parser = |text: &str| read_text(&GRANT, text))]
    grants: Vec<GrantType>,
    /// A scope it may ask for
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',', value_parser = |text: &str| read_text(&WORD, text))]
    scopes: Vec<String>,
    /// A scope it gets when it asks for none [default: it has to ask]
    #[arg(long = "default-scope", value_name = "SCOPE", value_delimiter = ',', value_parser = |text: &str| read_text(&WORD, text))]
    default_scopes: Vec<String>,
    /// A scope its own tokens are cut down to [default: they are not cut down]
    #[arg(long = "client-credentials-scope", value_name = "SCOPE", value_delimiter = ',', value_parser = |text: &str| read_text(&WORD, text))]
    client_credentials_scopes: Vec<String>,
    /// An audience its tokens may be for
    #[arg(long = "audience", value_name = "URI", value_parser = |text: &str| read_text(&AUDIENCE, text))]
    audiences: Vec<Audience>,
    /// An audience whose tokens it may introspect
    #[arg(long, value_name = "URI", value_parser = |text: &str| read_text(&AUDIENCE, text))]
    resource_server_for: Vec<Audience>,
    /// A profile of the listeners it may use: standard, skyvault or korap
    #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',', default_value = "standard", value_parser = |text: &str| read_text(&PROFILE, text))]
    profiles: Vec<ProfileName>,
    /// Where browsers may be sent, compared byte by byte
    #[arg(long = "redirect-uri", value_name = "URI", value_parser = |text: &str| read_text(&REDIRECT_URI, text))]
    redirect_uris: Vec<RedirectUri>,
    /// How answers may be sent there: query, fragment or form_post [default: query, form_post]
    #[arg(long = "response-mode", value_name = "MODE", value_delimiter = ',', value_parser = |text: &str| read_text(&RESPONSE_MODE, text))]
    response_modes: Vec<ResponseMode>,
    /// Take its codes without PKCE
    #[arg(long)]
    no_pkce: bool,
    /// How long its codes may lie unredeemed [default: 1m; 10m with korap]
    #[arg(long, value_name = "TIME", value_parser = |text: &str| read_text(&CODE_LIFETIME, text))]
    code_lifetime: Option<Seconds>,
    /// How long its access tokens live, such as 15m [default: tokens.access_lifetime]
    #[arg(long, value_name = "TIME", value_parser = |text: &str| read_text(&LIFETIME, text))]
    access_lifetime: Option<Seconds>,
    /// The same for access tokens from the password grant
    #[arg(long, value_name = "TIME", value_parser = |text: &str| read_text(&LIFETIME, text))]
    password_access_lifetime: Option<Seconds>,
    /// How long its authorizations live [default: tokens.refresh_lifetime]
    #[arg(long, value_name = "TIME", value_parser = |text: &str| read_text(&LIFETIME, text))]
    refresh_lifetime: Option<Seconds>,
    /// How long a refresh token may lie unused [default: as long as the authorization lives]
    #[arg(long, value_name = "TIME", value_parser = |text: &str| read_text(&LIFETIME, text))]
    refresh_idle: Option<Seconds>,
    /// How long a refresh token that was replaced still gets its successor [default: tokens.refresh_grace; 0s with korap]
    #[arg(long, value_name = "TIME", value_parser = |text: &str| read_text(&GRACE, text))]
    refresh_grace: Option<Seconds>,
    /// Keep a refresh token when it is used, instead of replacing it
    #[arg(long)]
    no_rotation: bool,
    /// Whether replacing it ends the access tokens made before: true or false [default: true with korap]
    #[arg(long, value_name = "BOOL")]
    rotation_ends_access_tokens: Option<bool>,
    /// The form of its access tokens: opaque or jwt [default: tokens.access_format]
    #[arg(long, value_name = "FORM", value_parser = |text: &str| read_text(&ACCESS_FORMAT, text))]
    access_format: Option<Form>,
    /// What signs its access tokens, if they are JWTs: EdDSA, ES256 or RS256 [default: keys.algorithm]
    #[arg(long, value_parser = |text: &str| read_text(&ALGORITHM, text))]
    algorithm: Option<Algorithm>,
}

impl Flags {
    /// Registers the client that they describe.
    pub fn add(self, config: &ConfigFile) -> Result<Credentials, Failure> {
        let defaults = config::load(&config.path)?;
        let form = self.access_format.unwrap_or(defaults.tokens.access_format);
        if self.algorithm.is_some() && form == Form::Opaque {
            return Err("expected --access-format jwt beside --algorithm, found opaque; add the one or leave out the other".into());
        }
        let id = self.id.clone();
        let registration = self.settings().registration(&defaults.tokens, defaults.keys.algorithm);
        match ask(config, Request::AddClient(Box::new(NewClient { id, registration })))? {
            Answer::Credentials(made) => Ok(made),
            _ => Err(unexpected()),
        }
    }

    /// The same as the configuration file would have it.
    fn settings(self) -> ClientSettings {
        let scope = |words: &[String]| words.iter().map(String::as_str).collect::<Scope>();
        let cut = scope(&self.client_credentials_scopes);
        ClientSettings {
            id: self.id,
            name: self.name,
            kind: Some(self.kind),
            super_client: self.super_client,
            secret: None,
            secret_file: None,
            secret_env: None,
            first_party: self.first_party,
            grants: self.grants,
            scopes: scope(&self.scopes),
            default_scopes: scope(&self.default_scopes),
            client_credentials_scopes: Some(cut).filter(|cut| !cut.is_empty()),
            audiences: self.audiences,
            resource_server_for: self.resource_server_for,
            profiles: self.profiles,
            redirect_uris: self.redirect_uris,
            response_modes: if self.response_modes.is_empty() { Registration::default_response_modes() } else { self.response_modes },
            require_pkce: !self.no_pkce,
            code_lifetime: self.code_lifetime,
            access_lifetime: self.access_lifetime,
            password_access_lifetime: self.password_access_lifetime,
            refresh_lifetime: self.refresh_lifetime,
            refresh_idle: self.refresh_idle,
            refresh_grace: self.refresh_grace,
            rotate: !self.no_rotation,
            rotation_ends_access_tokens: self.rotation_ends_access_tokens,
            access_format: self.access_format,
            algorithm: self.algorithm,
        }
    }
}
