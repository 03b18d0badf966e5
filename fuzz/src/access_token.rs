use bolero::{TypeGenerator, check};
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    access_token::{AccessToken, Basis, PREFIX},
    model::{
        epoch::Epoch,
        id::{AuthorizationId, TokenId},
    },
    refresh_token::RefreshToken,
};
use keyward_wire::{audience::Audience, client_id::ClientId, scope::Scope};

use crate::keys::{ACCESS_TOKENS, FORMATS, RING, written};
use crate::pieces::{Change, Piece, bytes, changed, text};

/// A text that was not made by changing a token.
#[derive(Clone, Debug, TypeGenerator)]
enum Forged {
    Text(Vec<Piece>),
    /// The right prefix and a key that there is, then anything.
    Sealed(u8, Vec<u8>),
    /// The header of a real token, then anything.
    Signed(u8, Vec<Piece>, Vec<u8>),
}

const WORDS: &[&str] = &["kwa_", "kwr_", ".", "e30", "eyJhbGciOiJub25lIn0", r#"{"alg":"none"}"#, "="];

#[test]
fn what_was_not_made_here_does_not_open() {
    check!().with_type::<Forged>().for_each(|forged| {
        let text = match forged {
            Forged::Text(pieces) => text(pieces, WORDS),
            Forged::Sealed(key, rest) => {
                let bytes = [&[0, 0, 0, key % 8][..], rest].concat();
                format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
            }
            Forged::Signed(number, claims, signature) => {
                let jwts: Vec<_> = ACCESS_TOKENS.iter().filter(|token| token.contains('.')).collect();
                let header = jwts[usize::from(*number) % jwts.len()].split('.').next().unwrap();
                let claims = BASE64URL_NOPAD.encode(&bytes(claims, WORDS));
                format!("{header}.{claims}.{}", BASE64URL_NOPAD.encode(signature))
            }
        };
        assert_eq!(AccessToken::read(&text, &RING), None);
    });
}

#[test]
fn a_changed_token_does_not_open() {
    check!().with_type::<(u8, Vec<Change>)>().for_each(|(number, changes)| {
        let others: Vec<&str> = ACCESS_TOKENS.iter().map(String::as_str).collect();
        let own = others[usize::from(*number) % others.len()];
        let changed = changed(own, changes, &others);
        let genuine = others.contains(&changed.as_str());
        assert_eq!(AccessToken::read(&changed, &RING).is_some(), genuine, "{changed:?}");
        assert_eq!(RefreshToken::parse(&changed), None, "taken for a refresh token");
    });
}

/// What a token can say.
#[derive(Clone, Debug, TypeGenerator)]
struct Said {
    id: [u8; 16],
    for_user: Option<([u8; 16], u32)>,
    client: String,
    epochs: (i64, i64),
    scope: Vec<Piece>,
    audience: Vec<String>,
    times: (i64, i64),
    nonce: [u8; 12],
}

#[test]
fn every_token_reads_back_as_it_was_written_and_has_one_spelling() {
    check!().with_type::<Said>().for_each(|said| {
        let basis = match said.for_user {
            Some((id, generation)) => Basis::Authorization { id: AuthorizationId(id), generation },
            None => {
                let id = ClientId::parse(&said.client).unwrap_or_else(|_| ClientId::parse("app").unwrap());
                Basis::Client { id, epoch: Epoch(said.epochs.0) }
            }
        };
        let token = AccessToken {
            id: TokenId(said.id),
            basis,
            store_epoch: Epoch(said.epochs.1),
            scope: Scope::parse(&text(&said.scope, &["read", "write", " "])).unwrap_or_default(),
            audience: said.audience.iter().filter_map(|text| Audience::parse(&format!("urn:{text}")).ok()).collect(),
            issued_at: said.times.0,
            expires_at: said.times.1,
        };
        for format in FORMATS {
            let text = written(&token, format, said.nonce);
            assert_eq!(AccessToken::read(&text, &RING).as_ref(), Some(&token), "{format:?}");
            let bytes = text.strip_prefix(PREFIX).map(|sealed| BASE64URL_NOPAD.decode(sealed.as_bytes()).unwrap());
            assert!(bytes.is_none_or(|bytes| format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes)) == text));
        }
    });
}
