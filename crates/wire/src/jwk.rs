//! Public signing keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2). There is no private member to leave out.

use serde::Serialize;

use crate::jwt::Algorithm;

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    /// The id that token headers name.
    pub kid: String,
    /// What it signs with.
    pub alg: Algorithm,
    /// Signatures only.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// The key itself.
    #[serde(flatten)]
    pub key: PublicKey,
}

/// The members that depend on the kind of key, each base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kty")]
pub enum PublicKey {
    /// Edwards curve.
    #[serde(rename = "OKP")]
    Edwards {
        /// The curve.
        crv: &'static str,
        /// The point.
        x: String,
    },
    /// Elliptic curve.
    #[serde(rename = "EC")]
    Elliptic {
        /// The curve.
        crv: &'static str,
        /// First coordinate.
        x: String,
        /// Second coordinate.
        y: String,
    },
    /// RSA.
    #[serde(rename = "RSA")]
    Rsa {
        /// Modulus.
        n: String,
        /// Exponent.
        e: String,
    },
}

/// The document at `jwks_uri` (RFC 7517 §5).
#[derive(Clone, Debug, Serialize)]
pub struct JwkSet {
    /// Every key that signs, will sign, or has signed what may still be presented.
    pub keys: Vec<Jwk>,
}
