//! Access tokens: what they say, and their two forms.
//!
//! An opaque one is `kwa_` and the base64url of key id, nonce and sealed claims; nobody but Keyward reads it.
//! A JWT (RFC 9068) says the same in the open. Neither has a row: both are checked by opening them and
//! looking at what they stand on, an authorization or a client.

use std::borrow::Cow;

use aws_lc_rs::{
    aead::{Aad, Nonce},
    rand::SecureRandom,
};
use data_encoding::BASE64URL_NOPAD;
use keyward_wire::{
    audience::{Audience, one_or_many},
    client_id::ClientId,
    jwt::Algorithm,
    jwt::SigningKey,
    scope::Scope,
};
use serde::{Deserialize, Serialize};

use crate::{
    key_ring::{KeyRing, KeyUse, Material},
    model::{
        authorization::Generation,
        client::AccessFormat,
        epoch::Epoch,
        id::{AuthorizationId, TokenId},
        time::Timestamp,
    },
};

/// What opaque access tokens begin with, so that people and leak scanners know them.
pub const PREFIX: &str = "kwa_";
/// Bound into every sealed token: what was sealed for another purpose does not open as one.
const LABEL: &[u8] = b"keyward access token 1";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// Its own id.
    pub id: TokenId,
    /// What it stands on.
    pub basis: Basis,
    /// The store's epoch when it was made: a restored backup ends it.
    pub store_epoch: Epoch,
    /// What it may do.
    pub scope: Scope,
    /// Where; anywhere the issuer answers for itself when empty.
    pub audience: Vec<Audience>,
    /// When it was made, in seconds since 1970.
    pub issued_at: i64,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
}

/// What an access token stands on, and dies with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Basis {
    /// It speaks for a user.
    Authorization {
        /// By which authorization.
        id: AuthorizationId,
        /// In force when it was made.
        generation: Generation,
    },
    /// It speaks for the client itself.
    Client {
        /// Which.
        id: ClientId,
        /// The client's epoch when it was made.
        epoch: Epoch,
    },
}

/// The names a JWT needs beside what the token says.
#[derive(Clone, Copy, Debug)]
pub struct JwtNames<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`: the user, or the client where there is none.
    pub subject: &'a str,
    /// `client_id`.
    pub client: &'a ClientId,
    /// `auth_time`: when the user proved who they are.
    pub authenticated_at: Option<Timestamp>,
}

/// The claims of a JWT access token (RFC 9068 §2.2).
#[derive(Serialize, Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(with = "one_or_many")]
    aud: Vec<Audience>,
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    exp: i64,
    iat: i64,
    jti: String,
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    scope: Scope,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    /// What it stands on, for nobody but Keyward.
    keyward: String,
}

/// No key is there to make a token with, or making it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CannotMake;

impl AccessToken {
    /// Writes the token in `format`.
    ///
    /// # Errors
    /// There is no key for it at `now`.
    pub fn write(
        &self,
        format: AccessFormat,
        names: JwtNames<'_>,
        ring: &KeyRing,
        now: Timestamp,
        nonce: [u8; 12],
        random: &dyn SecureRandom,
    ) -> Result<String, CannotMake> {
        match format {
            AccessFormat::Opaque => self.seal(ring, now, nonce),
            AccessFormat::Jwt(algorithm) => {
                let signer = current_signer(ring, algorithm, now).ok_or(CannotMake)?;
                self.sign(signer, names, random)
            }
        }
    }

    /// Reads a token in either form; `None` unless Keyward made it with a key it still has.
    #[must_use]
    pub fn read(text: &str, ring: &KeyRing) -> Option<Self> {
        match text.strip_prefix(PREFIX) {
            Some(sealed) => Self::open(sealed, ring),
            None => Self::verify(text, ring),
        }
    }

    fn seal(&self, ring: &KeyRing, now: Timestamp, nonce: [u8; 12]) -> Result<String, CannotMake> {
        let key = ring.current(KeyUse::AccessToken, now).ok_or(CannotMake)?;
        let Material::AccessToken(sealing) = &key.material else { return Err(CannotMake) };
        let mut sealed = postcard::to_allocvec(self).map_err(|_| CannotMake)?;
        sealing.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(LABEL), &mut sealed).map_err(|_| CannotMake)?;
        let mut bytes = Vec::with_capacity(4 + nonce.len() + sealed.len());
        bytes.extend_from_slice(&key.id.to_be_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        let mut text = String::with_capacity(PREFIX.len() + bytes.len() * 4 / 3 + 2);
        text.push_str(PREFIX);
        BASE64URL_NOPAD.encode_append(&bytes, &mut text);
        Ok(text)
    }

    fn open(sealed: &str, ring: &KeyRing) -> Option<Self> {
        let mut bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let (head, sealed) = bytes.split_at_mut_checked(16)?;
        let (id, nonce) = head.split_at_checked(4)?;
        let key = ring.get(KeyUse::AccessToken, u32::from_be_bytes(id.try_into().ok()?))?;
        let Material::AccessToken(opening) = &key.material else { return None };
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let claims = opening.open_in_place(nonce, Aad::from(LABEL), sealed).ok()?;
        postcard::from_bytes(claims).ok()
    }

    fn sign(&self, signer: &SigningKey, names: JwtNames<'_>, random: &dyn SecureRandom) -> Result<String, CannotMake> {
        let own = postcard::to_allocvec(&(&self.basis, self.store_epoch)).map_err(|_| CannotMake)?;
        let audience =
            if self.audience.is_empty() { vec![Audience::parse(names.issuer).map_err(|_| CannotMake)?] } else { self.audience.clone() };
        let claims = Claims {
            iss: names.issuer.into(),
            sub: names.subject.into(),
            aud: audience,
            client_id: names.client.as_str().into(),
            exp: self.expires_at,
            iat: self.issued_at,
            jti: self.id.to_string(),
            scope: self.scope.clone(),
            auth_time: names.authenticated_at.map(Timestamp::seconds),
            keyward: BASE64URL_NOPAD.encode(&own),
        };
        let claims = serde_json::to_vec(&claims).map_err(|_| CannotMake)?;
        signer.sign(&claims, random).map_err(|_| CannotMake)
    }

    fn verify(text: &str, ring: &KeyRing) -> Option<Self> {
        let (header, _) = text.split_once('.')?;
        let claims = ring.signer(header)?.verify(text)?;
        let claims: Claims<'_> = serde_json::from_slice(&claims).ok()?;
        let (basis, store_epoch) = postcard::from_bytes(&BASE64URL_NOPAD.decode(claims.keyward.as_bytes()).ok()?).ok()?;
        let issuer_only = matches!(&*claims.aud, [audience] if audience.as_str() == claims.iss);
        Some(AccessToken {
            id: TokenId::parse(&claims.jti)?,
            basis,
            store_epoch,
            scope: claims.scope,
            audience: if issuer_only { Vec::new() } else { claims.aud },
            issued_at: claims.iat,
            expires_at: claims.exp,
        })
    }
}

fn current_signer(ring: &KeyRing, algorithm: Algorithm, now: Timestamp) -> Option<&SigningKey> {
    match &ring.current(KeyUse::Signing(algorithm), now)?.material {
        Material::Signing(signer) => Some(signer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test makes its own keys")]
    use super::*;
    use crate::key_ring::Key;
    use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};

    fn ring() -> KeyRing {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = |id, usage, bytes: &[u8]| Key {
            id,
            created_at: Timestamp(0),
            use_from: Timestamp(0),
            keep_until: None,
            material: Material::read(id, usage, bytes).unwrap(),
        };
        KeyRing::new(vec![
            key(1, KeyUse::AccessToken, &[1; 32]),
            key(2, KeyUse::RefreshToken, &[2; 32]),
            key(3, KeyUse::Signing(Algorithm::EdDSA), pkcs8.as_ref()),
        ])
    }

    fn token(audience: &[&str]) -> AccessToken {
        AccessToken {
            id: TokenId([9; 16]),
            basis: Basis::Authorization { id: AuthorizationId([4; 16]), generation: 3 },
            store_epoch: Epoch(5),
            scope: Scope::parse("read write").unwrap(),
            audience: audience.iter().map(|text| Audience::parse(text).unwrap()).collect(),
            issued_at: 100,
            expires_at: 200,
        }
    }

    fn write(token: &AccessToken, format: AccessFormat, ring: &KeyRing) -> String {
        let client = ClientId::parse("app").unwrap();
        let names =
            JwtNames { issuer: "https://issuer.example", subject: "u-x", client: &client, authenticated_at: Some(Timestamp(99_000)) };
        token.write(format, names, ring, Timestamp(100_000), [8; 12], &SystemRandom::new()).unwrap()
    }

    const FORMATS: [AccessFormat; 2] = [AccessFormat::Opaque, AccessFormat::Jwt(Algorithm::EdDSA)];

    #[test]
    fn both_forms_read_back_as_they_were_written() {
        let ring = ring();
        for format in FORMATS {
            for audience in [&[][..], &["https://a.example", "https://b.example"]] {
                let token = token(audience);
                assert_eq!(AccessToken::read(&write(&token, format, &ring), &ring), Some(token), "{format:?}");
            }
        }
    }

    #[test]
    fn sec_o07_no_changed_character_leaves_a_token_valid() {
        let ring = ring();
        for format in FORMATS {
            let text = write(&token(&[]), format, &ring);
            for at in 0..text.len() {
                for replacement in [b'A', b'B', b'=', b'.', b' '] {
                    let mut changed = text.clone().into_bytes();
                    if changed[at] != replacement {
                        changed[at] = replacement;
                        assert_eq!(AccessToken::read(std::str::from_utf8(&changed).unwrap(), &ring), None, "{format:?} byte {at}");
                    }
                }
                assert_eq!(AccessToken::read(text.get(..at).unwrap(), &ring), None, "{format:?} cut at {at}");
            }
        }
    }

    #[test]
    fn keys_that_were_removed_open_nothing() {
        let text = write(&token(&[]), AccessFormat::Opaque, &ring());
        assert_eq!(AccessToken::read(&text, &KeyRing::default()), None);
    }

    #[test]
    fn an_opaque_token_tells_nothing_in_the_open() {
        let text = write(&token(&["https://a.example"]), AccessFormat::Opaque, &ring());
        let bytes = BASE64URL_NOPAD.decode(text.strip_prefix(PREFIX).unwrap().as_bytes()).unwrap();
        for said in ["read", "write", "a.example"] {
            assert!(!bytes.windows(said.len()).any(|window| window == said.as_bytes()));
        }
    }
}
