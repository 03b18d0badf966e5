//! Client identifiers (RFC 6749 §2.2).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest client identifier, in bytes.
pub const MAX_LENGTH: usize = 256;

/// What the subject of every user begins with. No client id may, so that the `sub` of a client's own
/// token never equals a user's (RFC 9700 §4.15).
pub const USER_SUBJECT_PREFIX: &str = "u-";

/// The name a client is registered under: 1 to [`MAX_LENGTH`] printable ASCII characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(Arc<str>);

/// A text that cannot be a client id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalClientId;

impl fmt::Display for IllegalClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a client id is 1 to {MAX_LENGTH} printable ASCII characters, does not begin or end with a space and does not begin with {USER_SUBJECT_PREFIX}, which marks users"
        )
    }
}

impl std::error::Error for IllegalClientId {}

impl ClientId {
    /// Takes `text` as a client id.
    ///
    /// # Errors
    /// Empty, too long, other than printable ASCII (RFC 6749 appendix A.1), or beginning with [`USER_SUBJECT_PREFIX`].
    pub fn parse(text: &str) -> Result<Self, IllegalClientId> {
        let printable = text.bytes().all(|byte| (0x20..=0x7E).contains(&byte));
        let blank_at_an_end = text.trim() != text;
        if text.is_empty() || blank_at_an_end || text.len() > MAX_LENGTH || !printable || text.starts_with(USER_SUBJECT_PREFIX) {
            return Err(IllegalClientId);
        }
        Ok(ClientId(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientId {
    type Error = IllegalClientId;
    fn try_from(text: String) -> Result<Self, IllegalClientId> {
        ClientId::parse(&text)
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> String {
        id.as_str().to_owned()
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientId({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_e22_a_client_cannot_be_named_like_a_user() {
        assert!(ClientId::parse("SkyVaultapp").is_ok());
        assert_eq!(ClientId::parse("u-AZq0dGVzdA"), Err(IllegalClientId));
    }

    #[test]
    fn control_characters_and_other_alphabets_are_refused() {
        for text in ["", "a\nb", "a\0", "ä", &"x".repeat(MAX_LENGTH + 1)] {
            assert_eq!(ClientId::parse(text), Err(IllegalClientId), "{text:?}");
        }
    }
}
