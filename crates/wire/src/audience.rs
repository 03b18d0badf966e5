//! Audiences: the resource servers a token is for (RFC 8707, RFC 9068 §3).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest audience, in bytes.
pub const MAX_LENGTH: usize = 1024;

/// The identifier of one resource server: an absolute URI without a fragment (RFC 8707 §2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Audience(Arc<str>);

/// A text that cannot be an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalAudience;

impl fmt::Display for IllegalAudience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audience is an absolute URI without a fragment, such as https://api.example.com")
    }
}

impl std::error::Error for IllegalAudience {}

impl Audience {
    /// Takes `text` as an audience.
    ///
    /// # Errors
    /// Relative, with a fragment, too long, or with characters that no URI has (RFC 8707 §2, RFC 3986 §4.3).
    pub fn parse(text: &str) -> Result<Self, IllegalAudience> {
        let (scheme, rest) = text.split_once(':').ok_or(IllegalAudience)?;
        let scheme_is_legal = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        let legal =
            |b: u8| (0x21..=0x7E).contains(&b) && !matches!(b, b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
        if !scheme_is_legal || rest.is_empty() || text.len() > MAX_LENGTH || !text.bytes().all(legal) {
            return Err(IllegalAudience);
        }
        Ok(Audience(text.into()))
    }

    /// The URI as text, byte for byte as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Audience {
    type Error = IllegalAudience;
    fn try_from(text: String) -> Result<Self, IllegalAudience> {
        Audience::parse(&text)
    }
}

impl From<Audience> for String {
    fn from(audience: Audience) -> String {
        audience.as_str().to_owned()
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Audience({})", self.0)
    }
}

/// `aud` as JSON has it: a string where there is one, an array where there are several (RFC 7519 §4.1.3).
pub mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Audience;

    /// Writes it.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer>(audience: &[Audience], serializer: S) -> Result<S::Ok, S::Error> {
        match audience {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is neither a string nor an array of strings, or holds what is no audience.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Audience>, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum OneOrMany {
            One(Audience),
            Many(Vec<Audience>),
        }
        OneOrMany::deserialize(deserializer).map(|audience| match audience {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(several) => several,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_g02_relative_and_fragment_resources_are_refused() {
        assert!(Audience::parse("https://api.example.com/v1?x=1").is_ok());
        assert!(Audience::parse("urn:example:api").is_ok());
        for text in ["", "api", "/v1", "https://a#f", "https:", "1a:b", "https://a b", "grant_type=client_credentials"] {
            assert_eq!(Audience::parse(text), Err(IllegalAudience), "{text:?}");
        }
    }
}
