//! The keys that tokens are made with, and when each may be used.
//!
//! 1. A key is published before it is used, used until a newer one takes over, and kept until the last
//!    token made with it has ended.
//! 2. [`KeyRing::current`] is the key to make tokens with; [`KeyRing::get`] finds the one a token names; [`KeyRing::state`]
//!    is what a key does.
//! 3. [`KeyRing::succession`] says what a rotation changes.

use std::fmt;

use aws_lc_rs::{aead, hmac};
use keyward_wire::{
    jwk::JwkSet,
    jwt::{Algorithm, SigningKey},
};
use serde::{Deserialize, Serialize};

use crate::model::{
    authorization::KeyId,
    time::{Seconds, Timestamp},
};

/// What a key is for. No two uses share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// Opaque access tokens, by AES-256-GCM-SIV.
    AccessToken,
    /// Refresh tokens, by HMAC-SHA-256.
    RefreshToken,
    /// Authorization codes, by HMAC-SHA-256.
    AuthorizationCode,
    /// The forms of pages, by AES-256-GCM-SIV.
    Form,
    /// Recognising client secrets, by HMAC-SHA-256.
    ClientSecret,
    /// JWT access tokens.
    Signing(Algorithm),
}

impl KeyUse {
    /// Every use.
    pub const EVERY: [KeyUse; 8] = [
        KeyUse::AccessToken,
        KeyUse::RefreshToken,
        KeyUse::AuthorizationCode,
        KeyUse::Form,
        KeyUse::ClientSecret,
        KeyUse::Signing(Algorithm::EdDSA),
        KeyUse::Signing(Algorithm::ES256),
        KeyUse::Signing(Algorithm::RS256),
    ];

    /// The name that commands and the store use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            KeyUse::AccessToken => "access_token",
            KeyUse::RefreshToken => "refresh_token",
            KeyUse::AuthorizationCode => "authorization_code",
            KeyUse::Form => "form",
            KeyUse::ClientSecret => "client_secret",
            KeyUse::Signing(algorithm) => algorithm.as_str(),
        }
    }

    /// The use of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|usage| usage.as_str() == name)
    }
}

/// One key and its times.
#[derive(Debug)]
pub struct Key {
    /// Names it in tokens and rows.
    pub id: KeyId,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it is used.
    pub use_from: Timestamp,
    /// Until when what it made may be presented; `None` while no newer key has taken over.
    pub keep_until: Option<Timestamp>,
    /// The key itself.
    pub material: Material,
}

/// A key as the store keeps it: encrypted under the root key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// Names it.
    pub id: KeyId,
    /// What it is for.
    pub usage: KeyUse,
    /// Its bytes, encrypted.
    pub wrapped: Vec<u8>,
    /// Which root key unwraps it.
    pub root_key: KeyId,
    /// When it was made and published.
    pub created_at: Timestamp,
    /// From when it is used.
    pub use_from: Timestamp,
    /// Until when what it made may be presented; `None` while no newer key has taken over.
    pub keep_until: Option<Timestamp>,
}

/// A key, ready for its use. `Debug` shows only the use.
pub enum Material {
    /// For [`KeyUse::AccessToken`].
    AccessToken(aead::LessSafeKey),
    /// For [`KeyUse::RefreshToken`].
    RefreshToken(hmac::Key),
    /// For [`KeyUse::AuthorizationCode`].
    AuthorizationCode(hmac::Key),
    /// For [`KeyUse::Form`].
    Form(aead::LessSafeKey),
    /// For [`KeyUse::ClientSecret`].
    ClientSecret(hmac::Key),
    /// For [`KeyUse::Signing`].
    Signing(Box<SigningKey>),
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Known to verifiers, and not used yet.
    Published,
    /// Makes tokens.
    InUse,
    /// Makes none any more; those it made are still good.
    Kept,
    /// Never made any: another key took over before its time came.
    Replaced,
}

impl KeyState {
    /// As people read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            KeyState::Published => "published",
            KeyState::InUse => "in use",
            KeyState::Kept => "kept",
            KeyState::Replaced => "replaced",
        }
    }
}

/// Key bytes that do not fit their use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableMaterial;

impl Material {
    /// Reads the bytes of a key: 32 of them, or PKCS#8 for signing keys. `id` becomes the `kid`.
    ///
    /// # Errors
    /// The bytes are no key of that use.
    pub fn read(id: KeyId, usage: KeyUse, bytes: &[u8]) -> Result<Self, UnusableMaterial> {
        let authenticating = || if bytes.len() == 32 { Ok(hmac::Key::new(hmac::HMAC_SHA256, bytes)) } else { Err(UnusableMaterial) };
        let sealing = || aead::UnboundKey::new(&aead::AES_256_GCM_SIV, bytes).map(aead::LessSafeKey::new).map_err(|_| UnusableMaterial);
        match usage {
            KeyUse::AccessToken => sealing().map(Material::AccessToken),
            KeyUse::RefreshToken => authenticating().map(Material::RefreshToken),
            KeyUse::AuthorizationCode => authenticating().map(Material::AuthorizationCode),
            KeyUse::Form => sealing().map(Material::Form),
            KeyUse::ClientSecret => authenticating().map(Material::ClientSecret),
            KeyUse::Signing(algorithm) => SigningKey::from_pkcs8(&format!("{id:08x}"), algorithm, bytes)
                .map(|key| Material::Signing(Box::new(key)))
                .map_err(|_| UnusableMaterial),
        }
    }

    /// What it is for.
    #[must_use]
    pub fn usage(&self) -> KeyUse {
        match self {
            Material::AccessToken(_) => KeyUse::AccessToken,
            Material::RefreshToken(_) => KeyUse::RefreshToken,
            Material::AuthorizationCode(_) => KeyUse::AuthorizationCode,
            Material::Form(_) => KeyUse::Form,
            Material::ClientSecret(_) => KeyUse::ClientSecret,
            Material::Signing(key) => KeyUse::Signing(key.algorithm()),
        }
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Material({})", self.usage().as_str())
    }
}

/// All keys that are known now.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: Vec<Key>,
}

/// What a rotation changes: the times of the new key, and what becomes of the older ones.
#[derive(Debug, PartialEq, Eq)]
pub struct Succession {
    /// From when the new key is used.
    pub use_from: Timestamp,
    /// The keys it takes over from, and until when each is kept.
    pub replaced: Vec<(KeyId, Timestamp)>,
}

impl KeyRing {
    /// A ring of `keys`.
    #[must_use]
    pub fn new(keys: Vec<Key>) -> Self {
        KeyRing { keys }
    }

    /// All keys, in no particular order.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key to make tokens with at `now`: of those whose time has come, the one that was made last. So a key made in an
    /// emergency, used at once, is never replaced by one that was waiting for its time.
    #[must_use]
    pub fn current(&self, usage: KeyUse, now: Timestamp) -> Option<&Key> {
        self.of(usage).filter(|key| key.use_from <= now).max_by_key(|key| (key.created_at, key.use_from, key.id))
    }

    /// The key of this id and use.
    #[must_use]
    pub fn get(&self, usage: KeyUse, id: KeyId) -> Option<&Key> {
        self.of(usage).find(|key| key.id == id)
    }

    /// What the key of this id and use does at `now`; `None` if it is not in the ring.
    #[must_use]
    pub fn state(&self, usage: KeyUse, id: KeyId, now: Timestamp) -> Option<KeyState> {
        let key = self.get(usage, id)?;
        let in_use = self.current(usage, now).is_some_and(|current| current.id == id);
        let overtaken = self.of(usage).any(|other| other.keep_until.is_none() && other.use_from < key.use_from);
        Some(match in_use {
            true => KeyState::InUse,
            false if key.keep_until.is_some() && overtaken => KeyState::Replaced,
            false if now < key.use_from => KeyState::Published,
            false => KeyState::Kept,
        })
    }

    /// The signing key that writes this encoded header.
    #[must_use]
    pub fn signer(&self, header: &str) -> Option<&SigningKey> {
        self.signing_keys().map(|(_, signer)| signer).find(|signer| signer.header() == header)
    }

    /// What verifiers need: every signing key that is to be used, is used, or made what may still be presented.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> JwkSet {
        let kept = self.signing_keys().filter(|(key, _)| key.keep_until.is_none_or(|end| now < end));
        JwkSet { keys: kept.map(|(_, signer)| signer.public()).collect() }
    }

    /// What adding a new key for `usage` at `now` changes, when it is published for `lead` before it is used
    /// and what its predecessors made lives for at most `longest`.
    #[must_use]
    pub fn succession(&self, usage: KeyUse, now: Timestamp, lead: Seconds, longest: Seconds) -> Succession {
        let none_in_use = self.current(usage, now).is_none();
        let use_from = if none_in_use { now } else { now + lead };
        let replaced = self.of(usage).filter(|key| key.keep_until.is_none()).map(|key| (key.id, use_from + longest)).collect();
        Succession { use_from, replaced }
    }

    fn of(&self, usage: KeyUse) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.material.usage() == usage)
    }

    fn signing_keys(&self) -> impl Iterator<Item = (&Key, &SigningKey)> {
        self.keys.iter().filter_map(|key| match &key.material {
            Material::Signing(signer) => Some((key, &**signer)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: KeyId, use_from: i64, keep_until: Option<i64>) -> Key {
        let material = Material::read(id, KeyUse::RefreshToken, &[7; 32]).unwrap();
        Key { id, created_at: Timestamp(i64::from(id)), use_from: Timestamp(use_from), keep_until: keep_until.map(Timestamp), material }
    }

    fn current(ring: &KeyRing, now: i64) -> Option<KeyId> {
        ring.current(KeyUse::RefreshToken, Timestamp(now)).map(|key| key.id)
    }

    #[test]
    fn sec_o02_a_key_is_used_only_from_its_time_on() {
        let ring = KeyRing::new(vec![key(1, 0, Some(90_000)), key(2, 60_000, None)]);
        assert_eq!(current(&ring, 59_999), Some(1));
        assert_eq!(current(&ring, 60_000), Some(2));
        assert!(ring.get(KeyUse::RefreshToken, 1).is_some());
        assert!(ring.get(KeyUse::ClientSecret, 1).is_none());
    }

    #[test]
    fn sec_o02_the_first_key_is_used_at_once_and_later_ones_are_published_first() {
        let empty = KeyRing::default();
        let first = empty.succession(KeyUse::RefreshToken, Timestamp(5), Seconds(60), Seconds(600));
        assert_eq!(first, Succession { use_from: Timestamp(5), replaced: vec![] });
        let ring = KeyRing::new(vec![key(1, 0, Some(1)), key(2, 0, None)]);
        let next = ring.succession(KeyUse::RefreshToken, Timestamp(5), Seconds(60), Seconds(600));
        assert_eq!(next, Succession { use_from: Timestamp(60_005), replaced: vec![(2, Timestamp(660_005))] });
    }

    #[test]
    fn sec_o02_a_key_made_in_an_emergency_is_not_replaced_by_one_that_was_waiting() {
        let ring = KeyRing::new(vec![key(1, 0, Some(90_000)), key(2, 60_000, Some(65_000)), key(3, 5, None)]);
        assert_eq!(current(&ring, 5), Some(3));
        assert_eq!(current(&ring, 60_000), Some(3));
    }

    #[test]
    fn sec_o02_a_key_that_was_overtaken_while_it_waited_never_comes_into_use() {
        let ring =
            KeyRing::new(vec![key(1, 0, Some(90_000)), key(2, 60_000, Some(65_000)), key(3, 5, Some(150_000)), key(4, 120_000, None)]);
        assert_eq!((current(&ring, 100_000), current(&ring, 120_000)), (Some(3), Some(4)));
    }

    #[test]
    fn a_key_is_published_then_used_then_kept() {
        use KeyState::{InUse, Kept, Published};

        let ring = KeyRing::new(vec![key(1, 0, Some(90_000)), key(2, 60_000, None)]);
        let states = |now| [1, 2, 3].map(|id| ring.state(KeyUse::RefreshToken, id, Timestamp(now)));
        assert_eq!(states(59_999), [Some(InUse), Some(Published), None]);
        assert_eq!(states(60_000), [Some(Kept), Some(InUse), None]);
        assert_eq!(ring.state(KeyUse::AccessToken, 1, Timestamp(0)), None);
    }

    #[test]
    fn a_key_that_another_overtook_before_its_time_is_replaced_and_not_coming() {
        let ring = KeyRing::new(vec![key(1, 0, Some(90_000)), key(2, 60_000, Some(65_000)), key(3, 5, None)]);
        for now in [5, 60_000] {
            let states = [1, 2, 3].map(|id| ring.state(KeyUse::RefreshToken, id, Timestamp(now)).unwrap());
            assert_eq!(states, [KeyState::Kept, KeyState::Replaced, KeyState::InUse]);
        }
    }

    #[test]
    fn material_of_the_wrong_length_is_refused() {
        for usage in KeyUse::EVERY {
            assert!(Material::read(1, usage, &[1; 31]).is_err(), "{usage:?}");
        }
    }
}
