//! The keys of these targets, and tokens that were made with them.

use std::sync::LazyLock;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use keyward_rules::{
    access_token::{AccessToken, Basis, JwtNames},
    key_ring::{Key, KeyRing, KeyUse, Material},
    model::{
        authorization::{Authorization, AuthorizationSecret, CodeTerms, KeyId},
        client::AccessFormat,
        epoch::Epoch,
        id::{AuthorizationId, TokenId, UserId},
        time::Timestamp,
    },
};
use keyward_wire::{audience::Audience, client_id::ClientId, jwt::Algorithm, scope::Scope, token_request::GrantType};

pub const NOW: Timestamp = Timestamp(1_700_000_000_000);
pub const FORMATS: [AccessFormat; 3] = [AccessFormat::Opaque, AccessFormat::Jwt(Algorithm::EdDSA), AccessFormat::Jwt(Algorithm::ES256)];

pub static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let edwards = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let elliptic = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    KeyRing::new(vec![
        key(1, KeyUse::AccessToken, &[1; 32]),
        key(2, KeyUse::RefreshToken, &[2; 32]),
        key(3, KeyUse::ClientSecret, &[3; 32]),
        key(4, KeyUse::Signing(Algorithm::EdDSA), edwards.as_ref()),
        key(5, KeyUse::Signing(Algorithm::ES256), elliptic.as_ref()),
        key(6, KeyUse::AuthorizationCode, &[6; 32]),
        key(7, KeyUse::Form, &[7; 32]),
    ])
});

fn key(id: KeyId, usage: KeyUse, bytes: &[u8]) -> Key {
    Key { id, created_at: Timestamp(0), use_from: Timestamp(0), keep_until: None, material: Material::read(id, usage, bytes).unwrap() }
}

/// `token` as text.
pub fn written(token: &AccessToken, format: AccessFormat, nonce: [u8; 12]) -> String {
    let client = ClientId::parse("app").unwrap();
    let names = JwtNames { issuer: "https://issuer.example", subject: "u-x", client: &client, authenticated_at: Some(NOW) };
    token.write(format, names, &RING, NOW, nonce, &SystemRandom::new()).unwrap()
}

/// Access tokens as they may be in anyone's hands: one of each basis in each form.
pub static ACCESS_TOKENS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let for_user = Basis::Authorization { id: AuthorizationId([4; 16]), generation: 3 };
    let for_client = Basis::Client { id: ClientId::parse("app").unwrap(), epoch: Epoch(7) };
    let token = |basis, id| AccessToken {
        id: TokenId([id; 16]),
        basis,
        store_epoch: Epoch(1),
        scope: Scope::parse("read write").unwrap(),
        audience: vec![Audience::parse("https://api.example").unwrap()],
        issued_at: NOW.seconds(),
        expires_at: NOW.seconds() + 600,
    };
    let tokens = [token(for_user, 8), token(for_client, 9)];
    tokens.iter().zip(1..).flat_map(|(token, nonce)| FORMATS.map(|format| written(token, format, [nonce; 12]))).collect()
});

/// The authorization behind the genuine refresh tokens and codes.
pub static AUTHORIZATION: LazyLock<Authorization> = LazyLock::new(|| Authorization {
    id: AuthorizationId([4; 16]),
    client: ClientId::parse("app").unwrap(),
    user: UserId([5; 16]),
    grant: GrantType::Password,
    scope: Scope::default(),
    audience: vec![],
    created_at: NOW,
    authenticated_at: NOW,
    expires_at: NOW,
    generation: 3,
    rotated_at: NOW,
    key: 2,
    secret: AuthorizationSecret([6; 32]),
    client_epoch: Epoch(7),
    user_epoch: Epoch(8),
    consent_epoch: Epoch(0),
    session: None,
    code: Some(CodeTerms { key: 6, redirect_uri: None, challenge: None, redeemed_at: None }),
    revoked_at: None,
});
