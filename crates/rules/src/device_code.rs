//! Device codes: `kwd_` and the base64url of the device's id and 256 random bits, of which only a digest is kept.
//!
//! Unlike an authorization code it need not be derived: nobody is given the same one again, and without a key it ends with no key.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;

use crate::{
    entropy::Entropy,
    model::{device::Device, digest::SecretDigest, id::AuthorizationId, time::Timestamp},
};

/// What device codes begin with, so that people and leak scanners know them.
pub const PREFIX: &str = "kwd_";

/// A device code as presented: well formed, but not yet known to be genuine. `Debug` shows no secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeviceCode {
    /// The device it says it is of.
    pub device: AuthorizationId,
    secret: [u8; 32],
}

impl DeviceCode {
    /// A new one.
    #[must_use]
    pub fn new(now: Timestamp, entropy: &Entropy) -> Self {
        DeviceCode { device: AuthorizationId::new(now, entropy.authorization), secret: entropy.secret }
    }

    /// Reads what [`DeviceCode::to_secret`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        let (id, secret) = bytes.split_first_chunk::<16>()?;
        Some(DeviceCode { device: AuthorizationId(*id), secret: secret.try_into().ok()? })
    }

    /// Whether it was made for this device. Takes the same time whatever differs.
    #[must_use]
    pub fn is_genuine(&self, device: &Device) -> bool {
        self.device == device.id && device.digest.is_of(&self.secret)
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(&self.secret)
    }

    /// The code as it goes to its device.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        let mut text = String::from(PREFIX);
        BASE64URL_NOPAD.encode_append(&[&self.device.0[..], &self.secret].concat(), &mut text);
        text.into()
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceCode({})", self.device)
    }
}
