//! What a client may do, as flags: each setting of the configuration file's `[[client]]`, in the same forms.

use keyward_rules::model::{
    client::{AccessFormat, Registration},
    time::Seconds,
};
use keyward_wire::{
    audience::Audience, authorization_request::ResponseMode, jwt::Algorithm, profile::ProfileName, redirect_uri::RedirectUri, scope::Scope,
    token_request::GrantType,
};

use crate::{
    commands::Failure,
    config::{
        Config,
        audience::AUDIENCE,
        client::{CODE_LIFETIME, GRANT, JSON, RESPONSE_MODE},
        format::{WORD, read_text},
        keys::ALGORITHM,
        listener::PROFILE,
        redirect_uri::REDIRECT_URI,
        tokens::{ACCESS_FORMAT, Form, GRACE, LIFETIME},
    },
};

/// What a flag without a value means.
const YES: &str = "true";

/// What a client may do; what is not given is left as it is. Lists are repeated flags or words with commas between them.
#[derive(clap::Args, Debug)]
pub struct Flags {
    /// What people read [default: the id]
    #[arg(long)]
    name: Option<String>,
    /// What it is for, in a sentence
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Where more is said about it
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// What makes it a plugin of a super client's application: what that needs to know of it, in JSON
    #[arg(long, value_name = "JSON", value_parser = |text: &str| read_text(&JSON, text))]
    plugin_source: Option<serde_json::Value>,
    /// Whether people may install it there [default: yes, but plugins wait for it]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = YES)]
    permitted: Option<bool>,
    /// Trust it to act for all other clients
    #[arg(long = "super", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = YES)]
    super_client: Option<bool>,
    /// It is part of the service itself: people are not asked whether it may
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = YES)]
    first_party: Option<bool>,
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
    /// A profile of the listeners it may use: standard, skyvault or korap [default: standard]
    #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',', value_parser = |text: &str| read_text(&PROFILE, text))]
    profiles: Vec<ProfileName>,
    /// Where browsers may be sent, compared byte by byte
    #[arg(long = "redirect-uri", value_name = "URI", value_parser = |text: &str| read_text(&REDIRECT_URI, text))]
    redirect_uris: Vec<RedirectUri>,
    /// How answers may be sent there: query, fragment or form_post [default: query, form_post]
    #[arg(long = "response-mode", value_name = "MODE", value_delimiter = ',', value_parser = |text: &str| read_text(&RESPONSE_MODE, text))]
    response_modes: Vec<ResponseMode>,
    /// Whether its codes need PKCE [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = YES)]
    require_pkce: Option<bool>,
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
    /// Whether a refresh token is replaced when it is used [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = YES)]
    rotate: Option<bool>,
    /// Whether replacing it ends the access tokens made before [default: true with korap]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = YES)]
    rotation_ends_access_tokens: Option<bool>,
    /// The form of its access tokens: opaque or jwt [default: tokens.access_format]
    #[arg(long, value_name = "FORM", value_parser = |text: &str| read_text(&ACCESS_FORMAT, text))]
    access_format: Option<Form>,
    /// What signs its access tokens, if they are JWTs: EdDSA, ES256 or RS256 [default: keys.algorithm]
    #[arg(long, value_parser = |text: &str| read_text(&ALGORITHM, text))]
    algorithm: Option<Algorithm>,
}

impl Flags {
    /// The profiles that are given.
    pub fn profiles(&self) -> &[ProfileName] {
        &self.profiles
    }

    /// Changes `own` to what is given, with what `config` says of tokens where a form is incomplete.
    ///
    /// # Errors
    /// An algorithm for tokens that nobody signs.
    pub fn apply(self, own: &mut Registration, config: &Config) -> Result<(), Failure> {
        own.access_format = access_format(own.access_format, self.access_format, self.algorithm, config)?;
        let scope = |words: Vec<String>| Some(words.iter().map(String::as_str).collect::<Scope>()).filter(|scope| !scope.is_empty());
        set(&mut own.name, self.name);
        own.about.description = self.description.or(own.about.description.take());
        own.about.url = self.url.or(own.about.url.take());
        if let Some(source) = self.plugin_source {
            own.permitted = own.permitted && own.about.source.is_some();
            own.about.source = Some(source);
        }
        set(&mut own.permitted, self.permitted);
        set(&mut own.super_client, self.super_client);
        set(&mut own.first_party, self.first_party);
        fill(&mut own.grants, self.grants);
        set(&mut own.scopes, scope(self.scopes));
        set(&mut own.default_scopes, scope(self.default_scopes));
        own.client_credentials_scopes = scope(self.client_credentials_scopes).or(own.client_credentials_scopes.take());
        fill(&mut own.audiences, self.audiences);
        fill(&mut own.resource_server_for, self.resource_server_for);
        fill(&mut own.profiles, self.profiles);
        fill(&mut own.redirect_uris, self.redirect_uris);
        fill(&mut own.response_modes, self.response_modes);
        set(&mut own.require_pkce, self.require_pkce);
        set(&mut own.code_lifetime, self.code_lifetime);
        set(&mut own.access_lifetime, self.access_lifetime);
        own.password_access_lifetime = self.password_access_lifetime.or(own.password_access_lifetime);
        set(&mut own.refresh_lifetime, self.refresh_lifetime);
        own.refresh_idle = self.refresh_idle.or(own.refresh_idle);
        set(&mut own.refresh_grace, self.refresh_grace);
        set(&mut own.rotate, self.rotate);
        set(&mut own.rotation_ends_access_tokens, self.rotation_ends_access_tokens);
        Ok(())
    }
}

fn set<T>(own: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *own = given;
    }
}

fn fill<T>(own: &mut Vec<T>, given: Vec<T>) {
    if !given.is_empty() {
        *own = given;
    }
}

fn access_format(own: AccessFormat, form: Option<Form>, algorithm: Option<Algorithm>, config: &Config) -> Result<AccessFormat, Failure> {
    let signed = match own {
        AccessFormat::Opaque => None,
        AccessFormat::Jwt(algorithm) => Some(algorithm),
    };
    match (form.unwrap_or(if signed.is_some() { Form::Jwt } else { Form::Opaque }), algorithm) {
        (Form::Opaque, Some(_)) => {
            Err("expected --access-format jwt beside --algorithm, found opaque; add the one or leave out the other".into())
        }
        (form, algorithm) => Ok(form.with(algorithm.or(signed).unwrap_or(config.keys.algorithm))),
    }
}
