//! What clients say of themselves when they register, and what they are told (RFC 7591 §2, §3.2.1; RFC 7592 §2.2, §3).
//!
//! 1. [`ClientMetadata::parse`] reads what a client sends: members that mean nothing here are left out (RFC 7591 §2), so that
//!    nothing but what is listed here can be asked for.
//! 2. Addresses are looked at whether they are kept or not. None of them is ever fetched; keys by reference or by value are
//!    refused, since no client proves itself with a key.
//! 3. [`ClientInformation`] is what the client is registered with, which may be less than it sent.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    authorization_request::ResponseType,
    error::{Code, Refusal},
    redirect_uri::RedirectUri,
    scope::Scope,
    token_request::GrantType,
};

mod address;

/// The largest registration that is looked at, in bytes.
pub const MAX_LENGTH: usize = 16 * 1024;
/// How many members a list may have.
const LONGEST_LIST: usize = 20;
/// How many characters a name may have.
const LONGEST_NAME: usize = 100;

/// How a client proves itself at the token endpoint (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// By its secret, as a Basic header. Whoever registers for this may as well send it in the form.
    ClientSecretBasic,
    /// Not at all: it is public.
    None,
}

/// What a client wants to be registered with.
#[derive(Clone, Debug)]
pub struct ClientMetadata {
    /// Where codes may be sent; not empty with [`GrantType::AuthorizationCode`].
    pub redirect_uris: Vec<RedirectUri>,
    /// How it proves itself.
    pub auth_method: AuthMethod,
    /// The grants it wants to use.
    pub grants: Vec<GrantType>,
    /// What people read.
    pub client_name: Option<String>,
    /// Where more is said about it.
    pub client_uri: Option<String>,
    /// The scopes it wants; none: all that it may have.
    pub scope: Option<Scope>,
    /// `client_id`, when it replaces what it is registered with.
    pub client_id: Option<String>,
    /// `client_secret`, when it does.
    pub client_secret: Option<SecretString>,
}

impl ClientMetadata {
    /// Reads a registration.
    ///
    /// # Errors
    /// [`Code::RedirectUriIllegal`], [`Code::RegistrationIllegal`].
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let value = serde_json::from_slice(body).map_err(|error| illegal(format!("expected one JSON object: {error}")))?;
        let Value::Object(sent) = value else { return Err(illegal(format!("expected one JSON object, found {}", kind(&value)))) };
        let sent = Sent(sent);
        address::check(&sent)?;
        let auth_method = sent.auth_method()?;
        let grants = sent.grants()?;
        sent.check_response_types(&grants)?;
        let redirect_uris = sent.redirect_uris()?;
        if grants.contains(&GrantType::AuthorizationCode) && redirect_uris.is_empty() {
            return Err(illegal_redirect_uri("expected redirect_uris beside the grant type authorization_code, found none".to_owned()));
        }
        let scope = sent.text("scope")?.map(Scope::parse).transpose();
        Ok(ClientMetadata {
            redirect_uris,
            auth_method,
            grants,
            client_name: sent.name()?,
            client_uri: sent.text("client_uri")?.map(str::to_owned),
            scope: scope.map_err(|error| illegal(format!("scope: {error}")))?,
            client_id: sent.text("client_id")?.map(str::to_owned),
            client_secret: sent.text("client_secret")?.map(SecretString::from),
        })
    }
}

/// The object a client sends.
struct Sent(Map<String, Value>);

impl Sent {
    /// A member that is there; `null` counts as not there (RFC 7592 §2.2).
    fn member(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty()).map(String::as_str)),
            Some(other) => Err(illegal(format!("{name}: expected a string, found {}", kind(other)))),
        }
    }

    fn list(&self, name: &str) -> Result<Option<Vec<&str>>, Refusal> {
        let all = match self.member(name) {
            None => return Ok(None),
            Some(Value::Array(all)) => all,
            Some(other) => return Err(illegal(format!("{name}: expected a list of strings, found {}", kind(other)))),
        };
        if all.len() > LONGEST_LIST {
            return Err(illegal(format!("{name}: expected at most {LONGEST_LIST} members, found {}", all.len())));
        }
        let mut texts = Vec::new();
        for one in all {
            let text = one.as_str().ok_or_else(|| illegal(format!("{name}: expected a list of strings, found {} in it", kind(one))))?;
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        Ok(Some(texts))
    }

    fn redirect_uris(&self) -> Result<Vec<RedirectUri>, Refusal> {
        let texts = self.list("redirect_uris").map_err(|refusal| illegal_redirect_uri(refusal.reason.into_owned()))?.unwrap_or_default();
        texts.into_iter().map(|text| address::redirect_uri(text).map_err(illegal_redirect_uri)).collect()
    }

    fn auth_method(&self) -> Result<AuthMethod, Refusal> {
        match self.text("token_endpoint_auth_method")? {
            None | Some("client_secret_basic" | "client_secret_post") => Ok(AuthMethod::ClientSecretBasic),
            Some("none") => Ok(AuthMethod::None),
            Some(other) => {
                let found = excerpt(other);
                Err(illegal(format!("token_endpoint_auth_method: expected client_secret_basic, client_secret_post or none, found {found}")))
            }
        }
    }

    fn grants(&self) -> Result<Vec<GrantType>, Refusal> {
        let Some(names) = self.list("grant_types")? else { return Ok(vec![GrantType::AuthorizationCode]) };
        let known = |name: &str| GrantType::parse(name).ok_or_else(|| illegal(format!("grant_types: {} is not supported", excerpt(name))));
        names.into_iter().map(known).collect()
    }

    /// Codes are asked for by whom may redeem them, and nothing else is (RFC 7591 §2.1).
    fn check_response_types(&self, grants: &[GrantType]) -> Result<(), Refusal> {
        let Some(types) = self.list("response_types")? else { return Ok(()) };
        let (code, redeems) = (ResponseType::Code.as_str(), grants.contains(&GrantType::AuthorizationCode));
        if let Some(other) = types.iter().find(|one| **one != code) {
            return Err(illegal(format!("response_types: expected code only, found {}", excerpt(other))));
        }
        if types.contains(&code) == redeems {
            return Ok(());
        }
        Err(illegal("expected the response type code and the grant type authorization_code together, found one of them alone".to_owned()))
    }

    fn name(&self) -> Result<Option<String>, Refusal> {
        let Some(name) = self.text("client_name")?.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(None) };
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(illegal(format!("client_name: expected at most {LONGEST_NAME} characters, none of them a control character")));
        }
        Ok(Some(name.to_owned()))
    }
}

/// What a registered client is told (RFC 7591 §3.2.1, RFC 7592 §3).
#[derive(Debug, Serialize)]
pub struct ClientInformation {
    /// What it is registered under.
    pub client_id: String,
    /// Since when, in seconds since 1970.
    pub client_id_issued_at: i64,
    /// Its secret, where one was just made: the server does not keep it.
    #[serde(serialize_with = "exposed_if_any", skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretString>,
    /// When that ends: 0, which is never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_expires_at: Option<u8>,
    /// What it manages its registration with.
    #[serde(serialize_with = "exposed")]
    pub registration_access_token: SecretString,
    /// Where it does that.
    pub registration_client_uri: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// How it proves itself.
    pub token_endpoint_auth_method: AuthMethod,
    /// The grants it may use.
    pub grant_types: Vec<&'static str>,
    /// What it may ask the authorization endpoint for.
    pub response_types: Vec<&'static str>,
    /// What people read.
    pub client_name: String,
    /// Where more is said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// What it may ask for, beside the scopes of the resource servers it may use.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
}

/// The response types that go with these grants.
#[must_use]
pub fn response_types(grants: &[GrantType]) -> Vec<&'static str> {
    ResponseType::EVERY.into_iter().filter(|one| grants.contains(&one.grant())).map(ResponseType::as_str).collect()
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn exposed_if_any<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default())
}

fn illegal(reason: String) -> Refusal {
    Refusal::new(Code::RegistrationIllegal(reason.clone()), "client_metadata", reason)
}

fn illegal_redirect_uri(reason: String) -> Refusal {
    Refusal::new(Code::RedirectUriIllegal(reason.clone()), "client_redirect_uris", reason)
}

/// What stands where something else was expected.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The beginning of what a caller sent.
fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests;
