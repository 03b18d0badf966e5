//! Authorization server metadata (RFC 8414 §2).

use serde::Serialize;

/// What the server can do, as it tells its clients. Only what works is listed.
#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    /// The issuer, byte for byte as in every token.
    pub issuer: String,
    /// Where tokens are asked for.
    pub token_endpoint: String,
    /// Where the public signing keys are.
    pub jwks_uri: String,
    /// Where tokens are checked.
    pub introspection_endpoint: String,
    /// Where tokens are ended.
    pub revocation_endpoint: String,
    /// What may be asked for.
    pub scopes_supported: Vec<String>,
    /// None while there is no authorization endpoint; RFC 8414 wants the member all the same.
    pub response_types_supported: Vec<String>,
    /// The grants that some registered client may use.
    pub grant_types_supported: Vec<&'static str>,
    /// How clients authenticate at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How clients authenticate at the introspection endpoint.
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How clients authenticate at the revocation endpoint.
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
}
