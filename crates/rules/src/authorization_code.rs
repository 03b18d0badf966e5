//! Authorization codes: `kwc_` and the base64url of authorization id and MAC.
//!
//! Like refresh tokens they are derived, not stored: from a key of the ring and the row's own secret.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;

use crate::{
    key_ring::{KeyRing, KeyUse, Material},
    model::{authorization::Authorization, id::AuthorizationId},
};

/// What codes begin with, so that people and leak scanners know them.
pub const PREFIX: &str = "kwc_";
/// Goes into every MAC: what was authenticated for another purpose is not taken for one.
const LABEL: &[u8] = b"keyward authorization code 1";
/// 160 bits; with the id 36 bytes, which base64url writes without spare bits.
const MAC_LENGTH: usize = 20;

/// A code as presented: well formed, but not yet known to be genuine. `Debug` shows no MAC.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The authorization it says it begins.
    pub authorization: AuthorizationId,
    mac: [u8; MAC_LENGTH],
}

impl AuthorizationCode {
    /// The code of this authorization; `None` if it has none, or the ring no longer has its key.
    #[must_use]
    pub fn derive(authorization: &Authorization, ring: &KeyRing) -> Option<Self> {
        let terms = authorization.code.as_ref()?;
        let key = ring.get(KeyUse::AuthorizationCode, terms.key)?;
        let Material::AuthorizationCode(key) = &key.material else { return None };
        let mut context = hmac::Context::with_key(key);
        context.update(LABEL);
        context.update(&authorization.id.0);
        context.update(&authorization.secret.0);
        let mac = *context.sign().as_ref().first_chunk::<MAC_LENGTH>()?;
        Some(AuthorizationCode { authorization: authorization.id, mac })
    }

    /// Reads what [`AuthorizationCode::to_secret`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        let (id, mac) = bytes.split_first_chunk::<16>()?;
        Some(AuthorizationCode { authorization: AuthorizationId(*id), mac: mac.try_into().ok()? })
    }

    /// Whether Keyward made it, for this authorization. Takes the same time whatever differs.
    #[must_use]
    pub fn is_genuine(&self, authorization: &Authorization, ring: &KeyRing) -> bool {
        let Some(genuine) = Self::derive(authorization, ring) else { return false };
        self.authorization == authorization.id && constant_time::verify_slices_are_equal(&self.mac, &genuine.mac).is_ok()
    }

    /// The code as it goes to its client.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        let mut bytes = Vec::with_capacity(36);
        bytes.extend_from_slice(&self.authorization.0);
        bytes.extend_from_slice(&self.mac);
        let mut text = String::from(PREFIX);
        BASE64URL_NOPAD.encode_append(&bytes, &mut text);
        text.into()
    }
}

impl fmt::Debug for AuthorizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorizationCode({})", self.authorization)
    }
}
