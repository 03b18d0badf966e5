//! The tokens of registration: initial access tokens and registration access tokens. 256 random bits each.

use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;

/// What a token begins with, so that people and leak scanners know it.
#[derive(Debug)]
pub struct TokenForm(&'static str);

/// What lets a client register (RFC 7591 §3).
pub const INITIAL_ACCESS_TOKEN: TokenForm = TokenForm("kwi_");
/// What a client manages its registration with (RFC 7592 §3).
pub const REGISTRATION_ACCESS_TOKEN: TokenForm = TokenForm("kwm_");

impl TokenForm {
    /// The token of `secret`.
    #[must_use]
    pub fn text(&self, secret: &[u8; 32]) -> SecretString {
        let mut text = self.0.to_owned();
        BASE64URL_NOPAD.encode_append(secret, &mut text);
        text.into()
    }

    /// Reads what [`TokenForm::text`] writes.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<[u8; 32]> {
        BASE64URL_NOPAD.decode(text.strip_prefix(self.0)?.as_bytes()).ok()?.try_into().ok()
    }
}
