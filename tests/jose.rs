//! The oracle for signed tokens: an independent reading of RFC 7515 and RFC 7517 over `ring`, which the program
//! itself does not use.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256};
use ring::signature::{RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;

/// A verified token.
#[derive(Debug)]
pub struct Verified {
    pub header: Value,
    pub claims: Value,
}

/// Verifies `token` against the key of `jwks` that its `kid` names.
pub fn verify(jwks: &Value, token: &str) -> Result<Verified, String> {
    let parts: Vec<_> = token.split('.').collect();
    let &[header, claims, signature] = parts.as_slice() else {
        return Err(format!("{} parts instead of 3", parts.len()));
    };
    let (head, payload) = (json(header)?, json(claims)?);
    let key = jwks["keys"]
        .as_array()
        .and_then(|keys| keys.iter().find(|key| key["kid"] == head["kid"]))
        .ok_or_else(|| format!("no key {} in the JWKS", head["kid"]))?;
    if key["alg"] != head["alg"] {
        return Err(format!("the key is for {}, the token says {}", key["alg"], head["alg"]));
    }
    let message = format!("{header}.{claims}");
    verify_signature(key, message.as_bytes(), &decode(signature)?)?;
    Ok(Verified { header: head, claims: payload })
}

fn verify_signature(key: &Value, message: &[u8], signature: &[u8]) -> Result<(), String> {
    let member = |name: &str| decode(key[name].as_str().ok_or(format!("the key has no {name}"))?);
    let verified = match (key["kty"].as_str(), key["alg"].as_str(), key["crv"].as_str()) {
        (Some("OKP"), Some("EdDSA" | "Ed25519"), Some("Ed25519")) => {
            UnparsedPublicKey::new(&ED25519, member("x")?).verify(message, signature)
        }
        (Some("EC"), Some("ES256"), Some("P-256")) => {
            let point = [vec![4], member("x")?, member("y")?].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
        }
        (Some("RSA"), Some("RS256"), None) => {
            RsaPublicKeyComponents { n: member("n")?, e: member("e")? }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
        }
        other => return Err(format!("an unknown kind of key: {other:?}")),
    };
    verified.map_err(|_| "the signature does not match".into())
}

/// Writes an unsigned or badly signed token: what an attacker can make.
pub fn forge(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}.{}", part(header), part(claims), BASE64URL_NOPAD.encode(signature))
}

/// The JSON in one part of a token.
pub fn json(part: &str) -> Result<Value, String> {
    serde_json::from_slice(&decode(part)?).map_err(|error| error.to_string())
}

fn decode(part: &str) -> Result<Vec<u8>, String> {
    BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|error| format!("{part}: {error}"))
}
