//! Introspection: the request and answer of RFC 7662, and the older `check_token` answer.

use secrecy::SecretString;
use serde::Serialize;

use crate::{
    audience::{Audience, one_or_many},
    error::Refusal,
    form::Form,
    token_response::TokenType,
};

/// What is asked of the introspection endpoint (RFC 7662 §2.1).
#[derive(Debug)]
pub struct IntrospectionRequest {
    /// The token to look at.
    pub token: SecretString,
}

impl IntrospectionRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`crate::error::Code::ParameterMissing`].
    pub fn parse(form: &Form<'_>) -> Result<Self, Refusal> {
        Ok(IntrospectionRequest { token: form.require("token")?.into() })
    }
}

/// The answer of RFC 7662 §2.2.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum IntrospectionResponse<'a> {
    /// Dead, unknown, or none of the asker's business: nothing is told apart.
    Inactive(Inactive),
    /// Live, and the asker may know.
    Active(Active<'a>),
}

/// `{"active":false}`.
#[derive(Debug, Serialize)]
pub struct Inactive {
    active: bool,
}

impl IntrospectionResponse<'_> {
    /// The one answer for every token that is not live.
    pub const INACTIVE: Self = IntrospectionResponse::Inactive(Inactive { active: false });
}

/// What is known of a live token; times are seconds since 1970.
#[derive(Debug, Serialize)]
pub struct Active<'a> {
    /// Always true.
    pub active: bool,
    /// Space separated.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub scope: &'a str,
    /// Who asked for it.
    pub client_id: &'a str,
    /// The login name of the user, when it speaks for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<&'a str>,
    /// How it is presented.
    pub token_type: TokenType,
    /// When it ends.
    pub exp: i64,
    /// When it was made.
    pub iat: i64,
    /// The user, or the client where there is none.
    pub sub: &'a str,
    /// The resource servers it is for.
    #[serde(skip_serializing_if = "<[Audience]>::is_empty", serialize_with = "one_or_many::serialize")]
    pub aud: &'a [Audience],
    /// Who issued it.
    pub iss: &'a str,
    /// Its own id.
    pub jti: &'a str,
}

/// The `check_token` answer of Spring style servers: other names, and the scope as an array.
#[derive(Debug, Serialize)]
pub struct CheckedToken<'a> {
    /// Always true.
    pub active: bool,
    /// The login name of the user, when it speaks for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<&'a str>,
    /// The words of its scope.
    pub scope: Vec<&'a str>,
    /// Who asked for it.
    pub client_id: &'a str,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// The resource servers it is for.
    #[serde(skip_serializing_if = "<[Audience]>::is_empty", serialize_with = "one_or_many::serialize")]
    pub aud: &'a [Audience],
}
