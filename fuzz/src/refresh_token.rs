use bolero::{TypeGenerator, check};
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    access_token::AccessToken,
    refresh_token::{PREFIX, RefreshToken},
};
use secrecy::ExposeSecret;

use crate::keys::{AUTHORIZATION, RING};
use crate::pieces::{Change, Piece, changed, text};

/// A text that may look like a refresh token.
#[derive(Clone, Debug, TypeGenerator)]
enum Made {
    Text(Vec<Piece>),
    /// The right prefix, then anything encoded.
    Encoded(Vec<u8>),
    /// Even the right length, and perhaps the right authorization.
    WellFormed(bool, [u8; 16], u32, [u8; 16]),
}

#[test]
fn what_parses_has_one_spelling_and_is_not_genuine() {
    check!().with_type::<Made>().for_each(|made| {
        let encoded = |bytes: &[u8]| format!("{PREFIX}{}", BASE64URL_NOPAD.encode(bytes));
        let text = match made {
            Made::Text(pieces) => text(pieces, &["kwr_", "kwa_", "A", "AAAAAAAAAAAAAAAA", "="]),
            Made::Encoded(bytes) => encoded(bytes),
            Made::WellFormed(known, id, generation, mac) => {
                let id = if *known { AUTHORIZATION.id.0 } else { *id };
                encoded(&[&id[..], &generation.to_be_bytes(), mac].concat())
            }
        };
        let parsed = RefreshToken::parse(&text);
        assert_eq!(parsed.is_some(), matches!(made, Made::WellFormed(..)) || text.len() == 52 && parsed.is_some());
        if let Some(token) = parsed {
            assert_eq!(token.to_secret().expose_secret(), text);
            assert!(!token.is_genuine(&AUTHORIZATION, &RING));
        }
        assert_eq!(AccessToken::read(&text, &RING), None, "taken for an access token");
    });
}

#[test]
fn a_genuine_token_is_so_unchanged_only() {
    check!().with_type::<(u32, u32, Vec<Change>)>().for_each(|(generation, other, changes)| {
        let derive = |generation| RefreshToken::derive(&AUTHORIZATION, generation, &RING).unwrap();
        let written = |generation| derive(generation).to_secret().expose_secret().to_owned();
        let (own, other) = (written(*generation), written(*other));
        assert_eq!(RefreshToken::parse(&own), Some(derive(*generation)));
        let changed = changed(&own, changes, &[&other]);
        let genuine = RefreshToken::parse(&changed).is_some_and(|token| token.is_genuine(&AUTHORIZATION, &RING));
        assert_eq!(genuine, changed == own || changed == other, "{changed:?}");
    });
}
