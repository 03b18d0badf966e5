//! Tokens as text: no kind is taken for another, and no second spelling of one is accepted.

use aws_lc_rs::{aead, hmac};
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    access_token::{AccessToken, JwtNames},
    model::client::AccessFormat,
    refresh_token::RefreshToken,
};
use keyward_wire::jwt::Algorithm;
use secrecy::ExposeSecret;

use crate::check::for_user;
use crate::fixture::{ISSUER, NOW, authorization, client, entropy, ring, user};

fn refresh_token() -> String {
    let own = authorization(&client("app"), &user("dory"));
    RefreshToken::derive(&own, 3, ring()).unwrap().to_secret().expose_secret().to_owned()
}

fn access_token(format: AccessFormat) -> String {
    let client = client("app");
    let names = JwtNames { issuer: ISSUER, subject: "u-x", client: &client.id, authenticated_at: None };
    let token = for_user(client.clone()).token;
    token.write(format, names, ring(), NOW, entropy(1).nonce, &aws_lc_rs::rand::SystemRandom::new()).unwrap()
}

/// Whether a text is taken for a refresh token that Keyward made.
fn refreshes(text: &str) -> bool {
    let own = authorization(&client("app"), &user("dory"));
    RefreshToken::parse(text).is_some_and(|token| token.is_genuine(&own, ring()))
}

fn opens(text: &str) -> bool {
    AccessToken::read(text, ring()).is_some()
}

#[test]
fn sec_g03_no_kind_of_token_is_taken_for_another() {
    let refresh = refresh_token();
    assert!(refreshes(&refresh) && !opens(&refresh));
    for format in [AccessFormat::Opaque, AccessFormat::Jwt(Algorithm::EdDSA)] {
        let access = access_token(format);
        assert!(opens(&access) && !refreshes(&access), "{format:?}");
    }
    let body = refresh.strip_prefix("kwr_").unwrap();
    assert!(!opens(&format!("kwa_{body}")) && !opens(body) && !refreshes(body));
    let opaque = access_token(AccessFormat::Opaque);
    let body = opaque.strip_prefix("kwa_").unwrap();
    assert!(!refreshes(&format!("kwr_{body}")) && !opens(body) && !opens(&format!("KWA_{body}")));
}

#[test]
fn sec_g03_a_key_of_another_use_opens_nothing_even_with_the_same_bytes() {
    use crate::fixture::{ACCESS_KEY, REFRESH_KEY, key};
    use keyward_rules::key_ring::{KeyRing, KeyUse};
    let confused = KeyRing::new(vec![key(ACCESS_KEY, KeyUse::RefreshToken, &[1; 32]), key(REFRESH_KEY, KeyUse::AccessToken, &[2; 32])]);
    assert_eq!(AccessToken::read(&access_token(AccessFormat::Opaque), &confused), None);
    let own = authorization(&client("app"), &user("dory"));
    assert!(!RefreshToken::parse(&refresh_token()).unwrap().is_genuine(&own, &confused));
}

/// What is in users' hands must stay valid when Keyward is replaced by a newer one, and the labels are what keeps one
/// kind of artefact from being made as another: so both forms are fixed here, byte for byte.
#[test]
fn sec_b07_a_refresh_token_is_authenticated_under_a_label_of_its_own() {
    let own = authorization(&client("app"), &user("dory"));
    let signed = [b"keyward refresh token 1", &own.id.0[..], &[0, 0, 0, 3], &own.secret.0].concat();
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[2; 32]), &signed);
    let expected = [&own.id.0[..], &[0, 0, 0, 3], &mac.as_ref()[..16]].concat();
    assert_eq!(refresh_token(), format!("kwr_{}", BASE64URL_NOPAD.encode(&expected)));
}

#[test]
fn sec_b07_an_opaque_token_is_sealed_under_a_label_of_its_own() {
    let token = access_token(AccessFormat::Opaque);
    let sealed = BASE64URL_NOPAD.decode(token.strip_prefix("kwa_").unwrap().as_bytes()).unwrap();
    let (head, sealed) = sealed.split_at(16);
    assert_eq!((&head[..4], &head[4..]), (&[0, 0, 0, 1][..], &entropy(1).nonce[..]));
    let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM_SIV, &[1; 32]).unwrap());
    let nonce = || aead::Nonce::try_assume_unique_for_key(&head[4..]).unwrap();
    let mut claims = sealed.to_vec();
    let claims = key.open_in_place(nonce(), aead::Aad::from(b"keyward access token 1"), &mut claims).unwrap();

    let sealed_for = |label: &'static [u8]| {
        let mut sealed = claims.to_vec();
        key.seal_in_place_append_tag(nonce(), aead::Aad::from(label), &mut sealed).unwrap();
        format!("kwa_{}", BASE64URL_NOPAD.encode(&[head, &sealed].concat()))
    };
    assert_eq!(sealed_for(b"keyward access token 1"), token);
    assert!(!opens(&sealed_for(b"keyward something else 1")) && !opens(&sealed_for(b"")));
}

#[test]
fn sec_o07_a_refresh_token_has_one_spelling() {
    let token = refresh_token();
    for at in 0..token.len() {
        for replacement in [b'A', b'B', b'=', b'.', b' ', b'\n'] {
            let mut changed = token.clone().into_bytes();
            if changed[at] != replacement {
                changed[at] = replacement;
                assert!(!refreshes(std::str::from_utf8(&changed).unwrap()), "byte {at}");
            }
        }
        assert!(!refreshes(&token[..at]), "cut at {at}");
    }
    for appended in ["=", "A", "AAAA", " ", "\n", "\0", "."] {
        assert!(!refreshes(&format!("{token}{appended}")), "{appended:?} after");
        assert!(!refreshes(&format!("{appended}{token}")), "{appended:?} before");
    }
}

#[test]
fn sec_o07_appended_or_wrapped_access_tokens_do_not_open() {
    for format in [AccessFormat::Opaque, AccessFormat::Jwt(Algorithm::EdDSA), AccessFormat::Jwt(Algorithm::ES256)] {
        let token = access_token(format);
        assert!(opens(&token));
        for appended in ["=", "A", "AAAA", " ", "\n", "\0", "."] {
            assert!(!opens(&format!("{token}{appended}")), "{format:?} {appended:?} after");
            assert!(!opens(&format!("{appended}{token}")), "{format:?} {appended:?} before");
        }
    }
}

/// ECDSA accepts `n − s` for `s`. It cannot be forbidden to verifiers, so nothing may hang on a token's text: the
/// twin reads as the same token, with the same id, and so is revoked with it.
#[test]
fn sec_o07_the_twin_of_an_es256_signature_is_the_same_token() {
    let token = access_token(AccessFormat::Jwt(Algorithm::ES256));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    negate(&mut bytes[32..]);
    let twin = format!("{signed}.{}", BASE64URL_NOPAD.encode(&bytes));
    assert_ne!(twin, token);
    assert_eq!(AccessToken::read(&twin, ring()), AccessToken::read(&token, ring()));
}

/// `n − s`, for the order `n` of P-256.
fn negate(s: &mut [u8]) {
    let order = data_encoding::HEXUPPER.decode(b"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551").unwrap();
    let mut borrow = false;
    for (digit, own) in order.into_iter().rev().zip(s.iter_mut().rev()) {
        let (difference, under) = digit.overflowing_sub(*own);
        let (difference, under_too) = difference.overflowing_sub(u8::from(borrow));
        (*own, borrow) = (difference, under || under_too);
    }
}
