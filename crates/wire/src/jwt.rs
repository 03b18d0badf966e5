//! Signed tokens: JWS compact serialization (RFC 7515 §7.1) with keys that are parsed once.
//!
//! 1. A [`SigningKey`] is read from PKCS#8 and holds the one header it writes.
//! 2. [`SigningKey::sign`] puts header, claims and signature together.
//! 3. [`SigningKey::verify`] takes a token apart again. Its header must be, byte for byte, the one this key
//!    writes: there is no algorithm to negotiate, no `crit`, `jwk` or `jku` to follow (RFC 8725 §3.1, §3.10).

use std::fmt;

use aws_lc_rs::{
    rand::SecureRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, VerificationAlgorithm,
    },
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::jwk::{Jwk, PublicKey};

/// The `typ` of access tokens (RFC 9068 §2.1): no other token of ours is taken for one.
const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// How tokens are signed (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// Ed25519: small and by far the fastest.
    #[default]
    EdDSA,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// RSA PKCS#1 v1.5 with SHA-256, for verifiers that know nothing else.
    RS256,
}

impl Algorithm {
    /// Every algorithm.
    pub const EVERY: [Algorithm; 3] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

    /// The name in headers and key sets.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::EdDSA => "EdDSA",
            Algorithm::ES256 => "ES256",
            Algorithm::RS256 => "RS256",
        }
    }
}

/// A private key that cannot be read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableKey;

impl fmt::Display for UnusableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signing key cannot be read or used")
    }
}

impl std::error::Error for UnusableKey {}

/// A private key with its id. `Debug` shows only the id.
pub struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    pair: Pair,
    header: String,
}

enum Pair {
    Edwards(Ed25519KeyPair),
    Elliptic(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: Algorithm,
    kid: &'a str,
}

impl SigningKey {
    /// Reads a key from its PKCS#8 form.
    ///
    /// # Errors
    /// The bytes are no such key.
    pub fn from_pkcs8(kid: &str, algorithm: Algorithm, der: &[u8]) -> Result<Self, UnusableKey> {
        let pair = match algorithm {
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(der).map(Pair::Edwards),
            Algorithm::ES256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::Elliptic),
            Algorithm::RS256 => RsaKeyPair::from_pkcs8(der).map(Pair::Rsa),
        }
        .map_err(|_| UnusableKey)?;
        let header = Header { typ: ACCESS_TOKEN_TYPE, alg: algorithm, kid };
        let header = BASE64URL_NOPAD.encode(&serde_json::to_vec(&header).map_err(|_| UnusableKey)?);
        Ok(SigningKey { kid: kid.to_owned(), algorithm, pair, header })
    }

    /// The id that headers and the key set name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The encoded header of every token this key signs; no two keys share one.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    /// Signs `claims`, a JSON object. `random` is drawn from by ES256 only.
    ///
    /// # Errors
    /// The random source fails, or the RSA key does.
    pub fn sign(&self, claims: &[u8], random: &dyn SecureRandom) -> Result<String, UnusableKey> {
        let mut token = String::with_capacity(self.header.len() + claims.len() * 4 / 3 + 96);
        token.push_str(&self.header);
        token.push('.');
        BASE64URL_NOPAD.encode_append(claims, &mut token);
        let signed = token.as_bytes();
        let signature = match &self.pair {
            Pair::Edwards(pair) => pair.sign(signed).as_ref().to_vec(),
            Pair::Elliptic(pair) => pair.sign(random, signed).map_err(|_| UnusableKey)?.as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, random, signed, &mut signature).map_err(|_| UnusableKey)?;
                signature
            }
        };
        token.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut token);
        Ok(token)
    }

    /// The claims of `token`, if this key signed it; `None` for anything else.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<Vec<u8>> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        if header != self.header {
            return None;
        }
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        let (verifier, public): (&dyn VerificationAlgorithm, &[u8]) = match &self.pair {
            Pair::Edwards(pair) => (&ED25519, pair.public_key().as_ref()),
            Pair::Elliptic(pair) => (&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref()),
            Pair::Rsa(pair) => (&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()),
        };
        verifier.verify_sig(public, signed.as_bytes(), &signature).ok()?;
        BASE64URL_NOPAD.decode(claims.as_bytes()).ok()
    }

    /// The public half, for the key set.
    #[must_use]
    pub fn public(&self) -> Jwk {
        let key = match &self.pair {
            Pair::Edwards(pair) => PublicKey::Edwards { crv: "Ed25519", x: BASE64URL_NOPAD.encode(pair.public_key().as_ref()) },
            Pair::Elliptic(pair) => {
                let (_, point) = pair.public_key().as_ref().split_at_checked(1).unwrap_or_default();
                let (x, y) = point.split_at_checked(32).unwrap_or_default();
                PublicKey::Elliptic { crv: "P-256", x: BASE64URL_NOPAD.encode(x), y: BASE64URL_NOPAD.encode(y) }
            }
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                PublicKey::Rsa {
                    n: BASE64URL_NOPAD.encode(public.modulus().big_endian_without_leading_zero()),
                    e: BASE64URL_NOPAD.encode(public.exponent().big_endian_without_leading_zero()),
                }
            }
        };
        Jwk { kid: self.kid.clone(), alg: self.algorithm, usage: "sig", key }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm.as_str(), self.kid)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test makes its own keys")]
    use super::*;
    use aws_lc_rs::{encoding::AsDer, rand::SystemRandom, rsa::KeySize};
    use serde_json::{Value, json};

    fn key(algorithm: Algorithm, kid: &str) -> SigningKey {
        let random = SystemRandom::new();
        let der = match algorithm {
            Algorithm::EdDSA => Ed25519KeyPair::generate_pkcs8(&random).unwrap().as_ref().to_vec(),
            Algorithm::ES256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap().as_ref().to_vec(),
            Algorithm::RS256 => RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap().as_ref().to_vec(),
        };
        SigningKey::from_pkcs8(kid, algorithm, &der).unwrap()
    }

    fn claims() -> Vec<u8> {
        json!({"sub": "u-1", "aud": "https://api.example.com", "exp": 4_000_000_000_u64}).to_string().into_bytes()
    }

    #[test]
    fn another_library_verifies_our_tokens_with_the_published_key() {
        for algorithm in Algorithm::EVERY {
            let key = key(algorithm, "k1");
            let token = key.sign(&claims(), &SystemRandom::new()).unwrap();
            let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(serde_json::to_value(key.public()).unwrap()).unwrap();
            let theirs: jsonwebtoken::Algorithm = algorithm.as_str().parse().unwrap();
            let mut validation = jsonwebtoken::Validation::new(theirs);
            validation.set_audience(&["https://api.example.com"]);
            let read = jsonwebtoken::decode::<Value>(&token, &jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap(), &validation).unwrap();
            assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
            assert_eq!(read.header.kid.as_deref(), Some("k1"));
            assert_eq!(read.claims["sub"], "u-1");
        }
    }

    #[test]
    fn sec_o01_a_published_key_has_public_members_only() {
        for algorithm in Algorithm::EVERY {
            let shown = serde_json::to_value(key(algorithm, "k1").public()).unwrap();
            for member in shown.as_object().unwrap().keys() {
                assert!(["kid", "alg", "use", "kty", "crv", "x", "y", "n", "e"].contains(&member.as_str()), "{member}");
            }
        }
    }

    #[test]
    fn a_token_opens_only_with_its_own_key_and_unchanged() {
        for algorithm in Algorithm::EVERY {
            let (key, other) = (key(algorithm, "k1"), key(algorithm, "k1"));
            let token = key.sign(&claims(), &SystemRandom::new()).unwrap();
            assert_eq!(key.verify(&token), Some(claims()));
            assert_eq!(other.verify(&token), None);
            for at in 0..token.len() {
                let mut changed = token.clone().into_bytes();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                assert_eq!(key.verify(std::str::from_utf8(&changed).unwrap()), None, "byte {at}");
            }
            assert_eq!(key.verify(&format!("{token}=")), None);
            assert_eq!(key.verify(&format!("{token}.")), None);
        }
    }

    #[test]
    fn sec_e14_other_headers_are_refused_whatever_they_say() {
        let key = key(Algorithm::EdDSA, "k1");
        let token = key.sign(&claims(), &SystemRandom::new()).unwrap();
        let (_, rest) = token.split_once('.').unwrap();
        for header in [
            json!({"typ": "at+jwt", "alg": "none", "kid": "k1"}),
            json!({"typ": "JWT", "alg": "EdDSA", "kid": "k1"}),
            json!({"typ": "at+jwt", "alg": "HS256", "kid": "k1"}),
            json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "k1", "crit": ["x"], "x": 1}),
        ] {
            let forged = format!("{}.{rest}", BASE64URL_NOPAD.encode(header.to_string().as_bytes()));
            assert_eq!(key.verify(&forged), None, "{header}");
        }
    }
}
