//! Authorization server metadata (RFC 8414 §2).

use serde::Serialize;

/// What the server can do, as it tells its clients. Only what works is listed.
#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    /// The issuer, byte for byte as in every token.
    pub issuer: String,
    /// Where people are asked, if any client may ask them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// Where tokens are asked for.
    pub token_endpoint: String,
    /// Where devices ask for codes (RFC 8628 §4), if any client may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// Where clients register themselves (RFC 7591), if they may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// Where the public signing keys are.
    pub jwks_uri: String,
    /// Where tokens are checked.
    pub introspection_endpoint: String,
    /// Where tokens are ended.
    pub revocation_endpoint: String,
    /// What may be asked for.
    pub scopes_supported: Vec<String>,
    /// What the authorization endpoint may be asked for.
    pub response_types_supported: Vec<&'static str>,
    /// How its answers travel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<&'static str>,
    /// How a code is bound to who asked for it (RFC 7636).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<&'static str>,
    /// Whether its answers name the issuer (RFC 9207 §3).
    pub authorization_response_iss_parameter_supported: bool,
    /// The grants that some registered client may use.
    pub grant_types_supported: Vec<&'static str>,
    /// How clients authenticate at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How clients authenticate at the introspection endpoint.
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How clients authenticate at the revocation endpoint.
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
}
