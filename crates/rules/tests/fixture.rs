//! The parts that tests are made of, each as plain as it can be; a test changes the one field it is about.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use keyward_rules::{
    check::Grounds,
    client_auth::{self, AuthenticatedClient},
    effect::Decision,
    entropy::Entropy,
    grant::{self, Circumstances, Issue, PermittedClient},
    key_ring::{Key, KeyRing, KeyUse, Material},
    model::{
        authorization::{Authorization, AuthorizationSecret, CodeTerms, KeyId},
        client::{About, AccessFormat, Client, ClientKind, Registration, ResourceServer},
        epoch::{Epoch, Revision},
        id::{AuthorizationId, UserId},
        session::Session,
        time::{Seconds, Timestamp},
        user::{Origin, PasswordHash, User},
    },
    session::{self, Cookie, Lasting, SignedIn},
    user_auth::{self, AuthenticatedUser},
};
use keyward_wire::{
    audience::Audience,
    client_id::ClientId,
    error::{Code, Refusal},
    jwt::Algorithm,
    presented::{Presented, PresentedSecret},
    profile::{ProfileName, STANDARD},
    scope::Scope,
    token_request::{GrantType, Wanted},
};

/// The moment at which most tests happen.
pub const NOW: Timestamp = Timestamp(1_700_000_000_000);
/// The store's epoch in most tests.
pub const STORE_EPOCH: Epoch = Epoch(70);
/// The epoch of what users said about clients, in most tests.
pub const CONSENT_EPOCH: Epoch = Epoch(40);
/// The secret of every confidential client.
pub const SECRET: &str = "correct horse";
/// Who issues.
pub const ISSUER: &str = "https://issuer.example";

pub fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

pub fn audience(text: &str) -> Audience {
    Audience::parse(text).unwrap()
}

pub fn audiences(texts: &[&str]) -> Vec<Audience> {
    texts.iter().map(|text| audience(text)).collect()
}

/// What a request wants; an empty scope stands for none asked for.
pub fn wanted(scope_text: &str, audience_texts: &[&str]) -> Wanted {
    Wanted { scope: (!scope_text.is_empty()).then(|| scope(scope_text)), audience: audiences(audience_texts) }
}

pub fn server(audience_text: &str, scopes: &str, access_format: Option<AccessFormat>) -> ResourceServer {
    ResourceServer { audience: audience(audience_text), scopes: scope(scopes), access_format }
}

/// A confidential client with every grant, the scopes `read write`, and `read` where it names none.
pub fn client(id: &str) -> Client {
    Client {
        id: ClientId::parse(id).unwrap(),
        epoch: Epoch(10),
        revision: Revision(1),
        secret: client_auth::remember(&SECRET.into(), ring(), NOW),
        created_at: Timestamp(0),
        origin: Origin::Configured,
        owner: None,
        used_at: None,
        registration_token: None,
        registration: Registration {
            name: id.to_owned(),
            about: About::default(),
            permitted: true,
            kind: ClientKind::Confidential,
            super_client: false,
            grants: GrantType::EVERY.to_vec(),
            first_party: false,
            redirect_uris: vec![],
            response_modes: Registration::default_response_modes(),
            require_pkce: true,
            code_lifetime: Seconds(60),
            scopes: scope("read write"),
            default_scopes: scope("read"),
            client_credentials_scopes: None,
            audiences: vec![],
            resource_server_for: vec![],
            profiles: vec![ProfileName::Standard],
            access_lifetime: Seconds(600),
            password_access_lifetime: None,
            refresh_lifetime: Seconds(3600),
            refresh_idle: None,
            refresh_grace: Seconds(30),
            rotate: true,
            rotation_ends_access_tokens: false,
            access_format: AccessFormat::Opaque,
        },
    }
}

/// The same without a secret.
pub fn public_client(id: &str) -> Client {
    let mut client = client(id);
    client.secret = None;
    client.registration.kind = ClientKind::Public;
    client
}

/// `client` with something of its registration changed.
pub fn with(mut client: Client, change: impl FnOnce(&mut Registration)) -> Client {
    change(&mut client.registration);
    client
}

pub fn user(name: &str) -> User {
    let mut id = [0; 16];
    id.iter_mut().zip(name.bytes()).for_each(|(into, from)| *into = from);
    User {
        id: UserId(id),
        username: name.to_owned(),
        epoch: Epoch(20),
        sign_in_epoch: Epoch(30),
        revision: Revision(2),
        password: PasswordHash("$argon2id$".into()),
        admin_since: None,
        disabled_at: None,
        created_at: Timestamp(0),
        origin: Origin::Configured,
    }
}

/// What the authorization stands on, beside its client: everything as it was when it was made.
pub fn grounds(user: Option<User>) -> Grounds {
    Grounds { user: user.map(Arc::new), session: None, consent_epoch: CONSENT_EPOCH }
}

/// An authorization of `client` for `user`, made at [`NOW`], in its third generation.
pub fn authorization(client: &Client, user: &User) -> Authorization {
    Authorization {
        id: AuthorizationId([4; 16]),
        client: client.id.clone(),
        user: user.id,
        grant: GrantType::Password,
        scope: scope("read write"),
        audience: vec![],
        created_at: NOW,
        authenticated_at: NOW,
        expires_at: NOW + Seconds(3600),
        generation: 3,
        rotated_at: NOW,
        key: REFRESH_KEY,
        secret: AuthorizationSecret([5; 32]),
        client_epoch: client.epoch,
        user_epoch: user.epoch,
        consent_epoch: CONSENT_EPOCH,
        session: None,
        code: None,
        revoked_at: None,
    }
}

/// The same as a code that nobody has redeemed, bound to nothing but its client.
pub fn unredeemed(client: &Client, user: &User) -> Authorization {
    Authorization {
        grant: GrantType::AuthorizationCode,
        expires_at: NOW + client.registration.code_lifetime,
        generation: 1,
        code: Some(CodeTerms { key: CODE_KEY, redirect_uri: None, challenge: None, redeemed_at: None }),
        ..authorization(client, user)
    }
}

pub const ACCESS_KEY: KeyId = 1;
pub const REFRESH_KEY: KeyId = 2;
pub const SECRET_KEY: KeyId = 3;
pub const CODE_KEY: KeyId = 6;
pub const FORM_KEY: KeyId = 7;

/// A key in use since 1970.
pub fn key(id: KeyId, usage: KeyUse, bytes: &[u8]) -> Key {
    Key { id, created_at: Timestamp(0), use_from: Timestamp(0), keep_until: None, material: Material::read(id, usage, bytes).unwrap() }
}

/// One key for each use but RS256, whose keys take seconds to make.
pub fn every_key() -> Vec<Key> {
    let random = SystemRandom::new();
    let edwards = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let elliptic = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    vec![
        key(ACCESS_KEY, KeyUse::AccessToken, &[1; 32]),
        key(REFRESH_KEY, KeyUse::RefreshToken, &[2; 32]),
        key(SECRET_KEY, KeyUse::ClientSecret, &[3; 32]),
        key(CODE_KEY, KeyUse::AuthorizationCode, &[6; 32]),
        key(FORM_KEY, KeyUse::Form, &[7; 32]),
        key(4, KeyUse::Signing(Algorithm::EdDSA), edwards.as_ref()),
        key(5, KeyUse::Signing(Algorithm::ES256), elliptic.as_ref()),
    ]
}

/// The ring that tests share.
pub fn ring() -> &'static KeyRing {
    static RING: OnceLock<KeyRing> = OnceLock::new();
    RING.get_or_init(|| KeyRing::new(every_key()))
}

/// Bits that differ with `seed`.
pub fn entropy(seed: u64) -> Entropy {
    let mut bytes = [0; Entropy::LENGTH];
    bytes.iter_mut().zip(seed.to_le_bytes().iter().cycle().zip(1_u8..)).for_each(|(into, (from, at))| *into = from.wrapping_mul(31) ^ at);
    Entropy::from_bytes(&bytes)
}

/// Everything at `now`, with no resource server listed.
pub fn within(now: Timestamp, entropy: &Entropy) -> Circumstances<'_> {
    Circumstances { now, issuer: ISSUER, entropy, ring: ring(), servers: &[], store_epoch: STORE_EPOCH }
}

pub fn presented(id: &str, secret: &str) -> Presented {
    Presented::Secret(PresentedSecret { client_id: id.to_owned(), secret: secret.into(), undecoded: None })
}

/// `client` with the proof that it is who it is.
pub fn authenticated(client: &Client) -> AuthenticatedClient {
    client_auth::authenticate(&STANDARD, &presented(client.id.as_str(), SECRET), Some(Arc::new(client.clone())), ring()).unwrap()
}

/// `client` with the proof that it may use `grant`.
pub fn permitted(client: &Client, grant: GrantType) -> PermittedClient {
    grant::permit(authenticated(client), grant).unwrap()
}

/// `user` with the proof of a password just checked.
pub fn logged_in(user: &User, at: Timestamp) -> AuthenticatedUser {
    user_auth::authenticate(Some(Arc::new(user.clone())), Ok(()), at).unwrap()
}

/// How long sessions last.
pub const LASTING: Lasting = Lasting { idle: Seconds(1800), lifetime: Seconds(36_000) };

/// A session that `user` began at `at`, and its cookie.
pub fn session(user: &User, at: Timestamp) -> (Session, Cookie) {
    session::open(&logged_in(user, at), "Firefox on Linux", LASTING, at, &entropy(9))
}

/// `user` with the proof that they sit in that session.
pub fn signed_in(user: &User, at: Timestamp) -> SignedIn {
    let (own, cookie) = session(user, at);
    session::signed_in(&cookie, Some(Arc::new(own)), Some(Arc::new(user.clone())), LASTING.idle, Timestamp(0), at).unwrap()
}

/// What a decision issues, when it must.
#[track_caller]
pub fn issued(decision: Decision<Issue>) -> Issue {
    decision.reply.unwrap_or_else(|refusal| panic!("refused: {refusal}"))
}

/// Why a result is refused, when it must be.
#[track_caller]
pub fn refused<T>(result: Result<T, Refusal>) -> Refusal {
    match result {
        Ok(_) => panic!("not refused"),
        Err(refusal) => refusal,
    }
}

/// What is refused of a scope, and what there is at most.
pub fn scope_illegal(beyond: &str, most: &str) -> Code {
    Code::ScopeIllegal { beyond: scope(beyond), most: scope(most) }
}
