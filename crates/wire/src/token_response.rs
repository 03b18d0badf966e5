//! The token response (RFC 6749 §5.1).

use serde::Serialize;

use crate::scope::Scope;

/// What a successful token request is answered with. Holds live tokens, so it has no `Debug`.
#[derive(Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// How to present it.
    pub token_type: TokenType,
    /// Its lifetime from now, in seconds.
    pub expires_in: i64,
    /// The refresh token, where one is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What it is good for, always said: it may be less than was asked for, and even nothing.
    pub scope: Scope,
}

/// How an access token is presented (RFC 6749 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TokenType {
    /// Whoever holds it may use it (RFC 6750).
    Bearer,
}
