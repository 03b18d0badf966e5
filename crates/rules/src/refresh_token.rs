//! Refresh tokens: `kwr_` and the base64url of authorization id, generation and MAC.
//!
//! They are derived, not stored: the same authorization and generation always give the same token, so a
//! lost answer can be given again. The MAC is made with a key of the ring and with the row's own secret.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;

use crate::{
    key_ring::{KeyRing, KeyUse, Material},
    model::{
        authorization::{Authorization, Generation},
        id::AuthorizationId,
    },
};

/// What refresh tokens begin with, so that people and leak scanners know them.
pub const PREFIX: &str = "kwr_";
/// Goes into every MAC: what was authenticated for another purpose is not taken for one.
const LABEL: &[u8] = b"keyward refresh token 1";
/// 128 bits; with id and generation 36 bytes, which base64url writes without spare bits.
const MAC_LENGTH: usize = 16;

/// A refresh token as presented: well formed, but not yet known to be genuine. `Debug` shows no MAC.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose it says it is.
    pub authorization: AuthorizationId,
    /// Which one.
    pub generation: Generation,
    mac: [u8; MAC_LENGTH],
}

impl RefreshToken {
    /// The refresh token of this generation; `None` if the ring no longer has the authorization's key.
    #[must_use]
    pub fn derive(authorization: &Authorization, generation: Generation, ring: &KeyRing) -> Option<Self> {
        let key = ring.get(KeyUse::RefreshToken, authorization.key)?;
        let Material::RefreshToken(key) = &key.material else { return None };
        let mut context = hmac::Context::with_key(key);
        context.update(LABEL);
        context.update(&authorization.id.0);
        context.update(&generation.to_be_bytes());
        context.update(&authorization.secret.0);
        let mac = *context.sign().as_ref().first_chunk::<MAC_LENGTH>()?;
        Some(RefreshToken { authorization: authorization.id, generation, mac })
    }

    /// Reads what [`RefreshToken::to_secret`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<4>()?;
        Some(RefreshToken {
            authorization: AuthorizationId(*id),
            generation: Generation::from_be_bytes(*generation),
            mac: mac.try_into().ok()?,
        })
    }

    /// Whether Keyward made it, from this authorization. Takes the same time whatever differs.
    #[must_use]
    pub fn is_genuine(&self, authorization: &Authorization, ring: &KeyRing) -> bool {
        let Some(genuine) = Self::derive(authorization, self.generation, ring) else { return false };
        self.authorization == authorization.id && constant_time::verify_slices_are_equal(&self.mac, &genuine.mac).is_ok()
    }

    /// The token as it goes to its client.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        let mut bytes = Vec::with_capacity(36);
        bytes.extend_from_slice(&self.authorization.0);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.mac);
        let mut text = String::from(PREFIX);
        BASE64URL_NOPAD.encode_append(&bytes, &mut text);
        text.into()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({} generation {})", self.authorization, self.generation)
    }
}
