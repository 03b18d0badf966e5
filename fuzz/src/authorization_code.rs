use bolero::{TypeGenerator, check};
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    access_token::AccessToken,
    authorization_code::{AuthorizationCode, PREFIX},
    refresh_token::RefreshToken,
    session::Cookie,
};
use secrecy::ExposeSecret;

use crate::keys::{AUTHORIZATION, RING};
use crate::pieces::{Change, Piece, changed, text};

/// A text that may look like a code.
#[derive(Clone, Debug, TypeGenerator)]
enum Made {
    Text(Vec<Piece>),
    /// The right prefix, then anything encoded.
    Encoded(Vec<u8>),
    /// Even the right length, and perhaps the right authorization.
    WellFormed(bool, [u8; 16], [u8; 20]),
}

#[test]
fn what_parses_has_one_spelling_and_is_not_genuine() {
    check!().with_type::<Made>().for_each(|made| {
        let encoded = |bytes: &[u8]| format!("{PREFIX}{}", BASE64URL_NOPAD.encode(bytes));
        let text = match made {
            Made::Text(pieces) => text(pieces, &["kwc_", "kwr_", "A", "AAAAAAAAAAAAAAAA", "="]),
            Made::Encoded(bytes) => encoded(bytes),
            Made::WellFormed(known, id, mac) => {
                let id = if *known { AUTHORIZATION.id.0 } else { *id };
                encoded(&[&id[..], mac].concat())
            }
        };
        let parsed = AuthorizationCode::parse(&text);
        assert!(parsed.is_some() || !matches!(made, Made::WellFormed(..)));
        if let Some(code) = parsed {
            assert_eq!(code.to_secret().expose_secret(), text);
            assert!(!code.is_genuine(&AUTHORIZATION, &RING));
        }
        assert_is_nothing_else(&text);
    });
}

#[test]
fn a_genuine_code_is_so_unchanged_only() {
    let own = AuthorizationCode::derive(&AUTHORIZATION, &RING).unwrap().to_secret().expose_secret().to_owned();
    let refresh = RefreshToken::derive(&AUTHORIZATION, 1, &RING).unwrap().to_secret().expose_secret().to_owned();
    check!().with_type::<Vec<Change>>().for_each(|changes| {
        let changed = changed(&own, changes, &[&refresh, &own]);
        let genuine = AuthorizationCode::parse(&changed).is_some_and(|code| code.is_genuine(&AUTHORIZATION, &RING));
        assert_eq!(genuine, changed == own, "{changed:?}");
        if genuine {
            assert_is_nothing_else(&changed);
        }
    });
}

fn assert_is_nothing_else(text: &str) {
    if text.starts_with(PREFIX) {
        assert!(RefreshToken::parse(text).is_none() && Cookie::parse(text).is_none());
    }
    assert_eq!(AccessToken::read(text, &RING), None);
}
