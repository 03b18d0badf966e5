//! Scopes: sets of whole words (RFC 6749 §3.3).

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

/// The scope that stands for every other one; only super clients may hold it.
pub const ALL: &str = "all";

/// A set of scope words in the order they were first named, written space separated.
///
/// Words are compared whole and case sensitively: `install_user_client` does not contain `all`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Box<str>);

/// A scope word holds a character that RFC 6749 §3.3 does not allow there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalScope;

impl fmt::Display for IllegalScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scope is made of printable ASCII words without \" and \\, separated by single spaces")
    }
}

impl std::error::Error for IllegalScope {}

impl Scope {
    /// Reads `text` as words separated by spaces; repeated words count once, the first place wins.
    ///
    /// # Errors
    /// A character outside `%x21 / %x23-5B / %x5D-7E` (RFC 6749 §3.3).
    pub fn parse(text: &str) -> Result<Self, IllegalScope> {
        let legal = |byte: u8| matches!(byte, b' ' | 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        if !text.bytes().all(legal) {
            return Err(IllegalScope);
        }
        Ok(text.split(' ').collect())
    }

    /// The words, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// Whether `word` itself is one of the words.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.words().any(|own| own == word)
    }

    /// Whether a token with this scope may do what needs `word`: it holds the word, or [`ALL`].
    #[must_use]
    pub fn permits(&self, word: &str) -> bool {
        self.contains(word) || self.contains(ALL)
    }

    /// Whether every word of `self` is also in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Scope) -> bool {
        self.words().all(|word| other.contains(word))
    }

    /// The words of `self` that are also in `other`, in the order of `self`.
    #[must_use]
    pub fn reduced_to(&self, other: &Scope) -> Scope {
        self.words().filter(|word| other.contains(word)).collect()
    }

    /// The words of `self` that are not in `other`, in the order of `self`.
    #[must_use]
    pub fn beyond(&self, other: &Scope) -> Scope {
        self.words().filter(|word| !other.contains(word)).collect()
    }

    /// The words of both, those of `self` first.
    #[must_use]
    pub fn union(&self, other: &Scope) -> Scope {
        self.words().chain(other.words()).collect()
    }

    /// Whether there is no word at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words joined by single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'a> FromIterator<&'a str> for Scope {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        // A request can hold thousands of words, and is read before anyone has proved who they are.
        let mut seen = BTreeSet::new();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty() && seen.insert(*word)).collect();
        Scope(words.join(" ").into())
    }
}

impl TryFrom<String> for Scope {
    type Error = IllegalScope;
    fn try_from(text: String) -> Result<Self, IllegalScope> {
        Scope::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.0.into()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        text.split(' ').collect()
    }

    #[test]
    fn req_s04_words_are_compared_whole() {
        assert!(!scope("install_user_client").contains(ALL));
        assert!(!scope("install_user_client").permits("search"));
        assert!(scope("all").permits("search"));
    }

    #[test]
    fn order_is_kept_and_repeats_count_once() {
        let read = Scope::parse("match_info  search match_info").map(String::from);
        assert_eq!(read, Ok("match_info search".to_owned()));
    }

    #[test]
    fn quotes_backslashes_and_control_characters_are_refused() {
        for text in ["a\"b", "a\\b", "a\tb", "a\nb", "a\0b", "ä"] {
            assert_eq!(Scope::parse(text), Err(IllegalScope), "{text:?}");
        }
    }

    #[test]
    fn sets_are_cut_and_joined() {
        assert!(scope("read").is_within(&scope("write read")));
        assert!(!scope("read admin").is_within(&scope("read write")));
        assert_eq!(scope("b x a").reduced_to(&scope("a b")), scope("b a"));
        assert_eq!(scope("a b").union(&scope("b c")), scope("a b c"));
    }
}
