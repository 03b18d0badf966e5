use std::{collections::BTreeSet, fmt::Debug};

use bolero::check;
use keyward_wire::{
    audience::{self, Audience},
    client_id::{self, ClientId},
    scope::Scope,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::pieces::{Piece, text};

fn assert_survives_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).ok().as_ref(), Some(value));
}

#[test]
fn a_scope_has_one_spelling_and_the_words_it_was_read_from() {
    check!().with_type::<Vec<Piece>>().for_each(|pieces| {
        let text = text(pieces, &["read", "write", "all", "install_user_client", " ", "  "]);
        let Ok(scope) = Scope::parse(&text) else {
            return assert!(text.bytes().any(|byte| !matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E)), "{text:?}");
        };
        assert_eq!(Scope::parse(scope.as_str()).as_ref(), Ok(&scope));
        assert_eq!(scope.words().collect::<Vec<_>>().join(" "), scope.as_str());
        let (words, asked): (Vec<_>, BTreeSet<_>) = (scope.words().collect(), text.split(' ').filter(|word| !word.is_empty()).collect());
        assert_eq!(words.len(), asked.len(), "a word is there twice");
        assert_eq!(words.into_iter().collect::<BTreeSet<_>>(), asked);
        assert_eq!(scope.is_empty(), asked.is_empty());
        assert_survives_json(&scope);
    });
}

#[test]
fn scopes_are_sets() {
    check!().with_type::<(Vec<Piece>, Vec<Piece>)>().for_each(|(one, other)| {
        let scope = |pieces: &[Piece]| Scope::parse(&text(pieces, &["a", "b", "c", " ", " "])).unwrap_or_default();
        let (one, other) = (scope(one), scope(other));
        let (cut, union) = (one.reduced_to(&other), one.union(&other));
        assert!(cut.is_within(&one) && cut.is_within(&other));
        assert!(one.is_within(&union) && other.is_within(&union));
        assert!(union.words().all(|word| one.contains(word) || other.contains(word)));
        assert!(one.words().all(|word| cut.contains(word) == other.contains(word)));
        assert_eq!(one.is_within(&other), cut == one);
        assert_eq!(Scope::parse(cut.as_str()), Ok(cut));
        assert_eq!(Scope::parse(union.as_str()), Ok(union));
    });
}

#[test]
fn an_audience_is_kept_byte_for_byte() {
    check!().with_type::<Vec<Piece>>().for_each(|pieces| {
        let text = text(pieces, &["https://", "api.example.com", "urn:", "#", "?a=b", "[::1]", "%20"]);
        let Ok(audience) = Audience::parse(&text) else { return };
        assert_eq!(audience.as_str(), text);
        assert!(text.len() <= audience::MAX_LENGTH && text.is_ascii() && text.contains(':'));
        assert!(!text.contains(|c: char| c.is_ascii_control() || matches!(c, ' ' | '#' | '"' | '\\')), "{text:?}");
        assert_survives_json(&audience);
    });
}

#[test]
fn a_client_id_is_kept_byte_for_byte_and_is_no_users_subject() {
    check!().with_type::<Vec<Piece>>().for_each(|pieces| {
        let text = text(pieces, &["u-", "U-", "app", "SkyVaultapp", ":"]);
        let printable = text.bytes().all(|byte| (0x20..=0x7E).contains(&byte));
        let blank = text.is_empty() || text.starts_with(' ') || text.ends_with(' ');
        let legal = printable && !blank && text.len() <= client_id::MAX_LENGTH && !text.starts_with("u-");
        let parsed = ClientId::parse(&text);
        assert_eq!(parsed.is_ok(), legal, "{text:?}");
        if let Ok(id) = parsed {
            assert_eq!(id.as_str(), text);
            assert_survives_json(&id);
        }
    });
}
