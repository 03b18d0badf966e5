//! Tokens as text: no kind is taken for another, and no second spelling of one is accepted.

use aws_lc_rs::{aead, hmac};
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    access_token::{AccessToken, JwtNames},
    authorization_code::AuthorizationCode,
    device_code::DeviceCode,
    model::{authorization::Authorization, client::AccessFormat, id::AuthorizationId, time::Timestamp},
    refresh_token::RefreshToken,
    session::Cookie,
    ticket::{Holder, Purpose, Ticket},
};
use keyward_wire::jwt::Algorithm;
use secrecy::ExposeSecret;

use crate::check::for_user;
use crate::device::device;
use crate::fixture::{CODE_KEY, ISSUER, LASTING, NOW, authorization, client, entropy, ring, session, unredeemed, user};

fn refresh_token() -> String {
    let own = authorization(&client("app"), &user("dory"));
    RefreshToken::derive(&own, 3, ring()).unwrap().to_secret().expose_secret().to_owned()
}

/// What the code and the first refresh token of one authorization are made from.
fn own() -> Authorization {
    unredeemed(&client("app"), &user("dory"))
}

fn code() -> String {
    AuthorizationCode::derive(&own(), ring()).unwrap().to_secret().expose_secret().to_owned()
}

fn cookie() -> String {
    session(&user("dory"), NOW).1.to_secret().expose_secret().to_owned()
}

const HOLDER: Holder<'static> = Holder { browser: "b", session: None };

fn ticket() -> String {
    let ticket = Ticket { id: AuthorizationId([4; 16]), made_at: NOW, content: String::new() };
    ticket.seal(Purpose::Consent, HOLDER, ring(), [5; 12]).unwrap()
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

/// What a text is taken for, asking every reader there is.
fn taken_for(text: &str) -> Vec<&'static str> {
    let (dory, known) = (user("dory"), session(&user("dory"), NOW).0);
    let signs_in = |cookie: Cookie| {
        let found = (cookie.session == known.id).then(|| known.clone().into());
        keyward_rules::session::signed_in(&cookie, found, Some(dory.clone().into()), LASTING.idle, Timestamp(0), NOW).is_ok()
    };
    let readers = [
        ("refresh token", RefreshToken::parse(text).is_some_and(|token| token.is_genuine(&own(), ring()))),
        ("access token", opens(text)),
        ("code", AuthorizationCode::parse(text).is_some_and(|code| code.is_genuine(&own(), ring()))),
        ("cookie", Cookie::parse(text).is_some_and(signs_in)),
        ("device code", DeviceCode::parse(text).is_some_and(|code| code.is_genuine(&device(&client("app"), 8).0))),
        ("ticket", Ticket::open(text, Purpose::Consent, HOLDER, ring(), NOW).is_some()),
    ];
    readers.into_iter().filter(|(_, taken)| *taken).map(|(name, _)| name).collect()
}

#[test]
fn sec_b07_each_artefact_opens_as_what_it_is_and_as_nothing_else_under_any_prefix() {
    let refresh = RefreshToken::derive(&own(), 1, ring()).unwrap().to_secret().expose_secret().to_owned();
    let artefacts = [
        ("refresh token", refresh),
        ("access token", access_token(AccessFormat::Opaque)),
        ("access token", access_token(AccessFormat::Jwt(Algorithm::EdDSA))),
        ("code", code()),
        ("cookie", cookie()),
        ("device code", device(&client("app"), 8).1.to_secret().expose_secret().to_owned()),
        ("ticket", ticket()),
    ];
    let prefixes = ["kwr_", "kwa_", "kwc_", "kws_", "kwd_", ""];
    for (kind, text) in &artefacts {
        assert_eq!(taken_for(text), [*kind]);
        let body = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap();
        for dressed in prefixes.map(|prefix| format!("{prefix}{body}")) {
            assert!(dressed == *text || taken_for(&dressed).is_empty(), "a {kind} as {dressed}: {:?}", taken_for(&dressed));
        }
    }
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
fn sec_b07_a_code_is_authenticated_under_a_label_of_its_own() {
    let own = own();
    let signed = [b"keyward authorization code 1", &own.id.0[..], &own.secret.0].concat();
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[6; 32]), &signed);
    assert_eq!(own.code.as_ref().unwrap().key, CODE_KEY);
    assert_eq!(code(), format!("kwc_{}", BASE64URL_NOPAD.encode(&[&own.id.0[..], &mac.as_ref()[..20]].concat())));
}

#[test]
fn sec_b06_a_code_has_one_spelling() {
    let genuine = |text: &str| AuthorizationCode::parse(text).is_some_and(|code| code.is_genuine(&own(), ring()));
    let code = code();
    assert!(genuine(&code));
    for at in 0..code.len() {
        for replacement in [b'A', b'B', b'=', b'.', b' ', b'\n'] {
            let mut changed = code.clone().into_bytes();
            if changed[at] != replacement {
                changed[at] = replacement;
                assert!(!genuine(std::str::from_utf8(&changed).unwrap()), "byte {at}");
            }
        }
        assert!(!genuine(&code[..at]), "cut at {at}");
    }
    for appended in ["=", "A", "AAAA", " ", "\n", "\0", "."] {
        assert!(!genuine(&format!("{code}{appended}")) && !genuine(&format!("{appended}{code}")), "{appended:?}");
    }
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
