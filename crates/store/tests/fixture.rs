//! Things to put into a store; no two fields of one of them are alike, so none can be taken for another.

use std::{
    path::Path,
    pin::Pin,
    process::Command,
    task::{Context, Poll, Waker},
};

use keyward_rules::{
    effect::Effect,
    key_ring::{KeyUse, WrappedKey},
    model::{
        authorization::{Authorization, AuthorizationSecret, CodeTerms},
        client::{About, AccessFormat, Client, ClientKind, Registration, SecretMac},
        consent::Consent,
        digest::SecretDigest,
        epoch::{Epoch, Revision},
        id::{AuthorizationId, SessionId, TokenId, UserId},
        session::Session,
        time::{Seconds, Timestamp},
        user::{Origin, PasswordHash, User},
    },
};
use keyward_store::{Outcome, Place, Store, StoreError, StoreSettings, database::Database, sqlite::Sqlite};
use keyward_wire::{
    audience::Audience, authorization_request::ResponseMode, client_id::ClientId, jwt::Algorithm, pkce::CodeChallenge,
    profile::ProfileName, redirect_uri::RedirectUri, scope::Scope, token_request::GrantType,
};

/// The time at which the fixture's things are alive.
pub const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// Opens the database `keyward.db` in `folder`.
pub async fn open(folder: &Path) -> Store {
    open_with_cache(folder, 1000).await
}

pub async fn open_with_cache(folder: &Path, cache: usize) -> Store {
    Store::open(&settings(folder, cache)).await.unwrap()
}

/// The embedded database of a store.
pub fn sqlite(store: &Store) -> &Sqlite {
    match store.database() {
        Database::Sqlite(sqlite) => sqlite,
        Database::Postgres(..) => panic!("these tests are on SQLite"),
    }
}

pub fn settings(folder: &Path, cache: usize) -> StoreSettings {
    StoreSettings { place: place(folder), cache }
}

/// In the folder; or, where the environment names a PostgreSQL server, in a schema of its own there, which is called after the
/// folder.
fn place(folder: &Path) -> Place {
    let (Some(server), name) = (server(), schema(folder)) else { return Place::Sqlite(folder.join("keyward.db")) };
    // It may be there: a test opens its store more than once.
    psql(&server, &format!("CREATE SCHEMA IF NOT EXISTS {name}"));
    Place::Postgres(Box::new(format!("{server}?options=-csearch_path%3D{name}&connections=4&statements=named").parse().unwrap()))
}

pub fn psql(server: &str, sql: &str) -> String {
    let quietly = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
    let out = Command::new("psql").args(quietly).args([server, "--command", sql]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The PostgreSQL server for tests: `postgres://USER@HOST:PORT/DATABASE`.
pub fn server() -> Option<String> {
    std::env::var("KEYWARD_TEST_POSTGRES").ok()
}

pub fn schema(folder: &Path) -> String {
    let name = folder.file_name().unwrap().as_encoded_bytes().iter();
    name.fold("t".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Opens the database in `folder` on SQLite, for what is about its file.
pub async fn open_file(folder: &Path) -> Store {
    Store::open(&StoreSettings { place: Place::Sqlite(folder.join("keyward.db")), cache: 1000 }).await.unwrap()
}

/// The rows of tables as another connection finds them.
pub fn stored(folder: &Path, tables: &[&str]) -> Vec<String> {
    if let Some(server) = server() {
        let all: Vec<String> =
            tables.iter().map(|table| format!("SELECT '{table}', * FROM {}.{table} ORDER BY 2", schema(folder))).collect();
        return psql(&server, &all.join(";")).lines().map(str::to_owned).collect();
    }
    let connection = rusqlite::Connection::open(folder.join("keyward.db")).unwrap();
    let rows = |table: &&str| {
        let mut all = connection.prepare(&format!("SELECT '{table}', * FROM {table} ORDER BY 2")).unwrap();
        let width = all.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let cells = (0..width).map(|column| row.get::<_, rusqlite::types::Value>(column).map(|cell| format!("{cell:?}")));
            Ok(cells.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
        };
        all.query_map([], row).unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    tables.iter().flat_map(rows).collect()
}

/// Commits what must hold.
pub async fn commit(store: &Store, effects: Vec<Effect>) {
    assert_eq!(store.commit(effects).await.unwrap(), Outcome::Committed);
}

pub async fn outcome(store: &Store, effect: Effect) -> Outcome {
    store.commit(vec![effect]).await.unwrap()
}

/// A commit that is not done yet.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Outcome, StoreError>> + 'a>>;

pub fn is_answered(waiting: &mut Waiting<'_>) -> bool {
    matches!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(_))
}

/// Queues the effects; they wait behind a commit that does not end.
pub fn queue(store: &Store, effects: Vec<Effect>) -> Waiting<'_> {
    let mut waiting: Waiting<'_> = Box::pin(store.commit(effects));
    assert!(!is_answered(&mut waiting));
    waiting
}

pub fn unavailable(result: &Result<Outcome, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

fn bytes<const N: usize>(kind: u8, n: u32) -> [u8; N] {
    let mut bytes = [kind; N];
    bytes[N - 4..].copy_from_slice(&n.to_be_bytes());
    bytes
}

pub fn authorization_id(n: u32) -> AuthorizationId {
    AuthorizationId(bytes(1, n))
}

pub fn user_id(n: u32) -> UserId {
    UserId(bytes(2, n))
}

pub fn token_id(n: u32) -> TokenId {
    TokenId(bytes(3, n))
}

pub fn client_id(n: u32) -> ClientId {
    ClientId::parse(&format!("client-{n}")).unwrap()
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

fn audience(text: &str) -> Audience {
    Audience::parse(text).unwrap()
}

/// In generation 1, live at [`NOW`] and a day long.
pub fn authorization(n: u32) -> Authorization {
    Authorization {
        id: authorization_id(n),
        client: client_id(n),
        user: user_id(n),
        grant: GrantType::Password,
        scope: scope(&format!("read write-{n}")),
        audience: vec![audience(&format!("https://api-{n}.example")), audience("urn:example:other")],
        created_at: Timestamp(NOW.0 - 1000 - i64::from(n)),
        authenticated_at: Timestamp(NOW.0 - 2_000_000 - i64::from(n)),
        expires_at: NOW + Seconds::DAY,
        generation: 1,
        rotated_at: Timestamp(NOW.0 - 500),
        key: 77_000_000 + n,
        secret: AuthorizationSecret(bytes(4, n)),
        client_epoch: Epoch(5_000_000_000 + i64::from(n)),
        user_epoch: Epoch(6_000_000_000 + i64::from(n)),
        consent_epoch: Epoch(7_000_000_000 + i64::from(n)),
        session: None,
        code: None,
        revoked_at: None,
    }
}

/// The same as a code that nobody has redeemed, in session `n`.
pub fn unredeemed(n: u32) -> Authorization {
    let terms = CodeTerms {
        key: 66_000_000 + n,
        redirect_uri: Some(format!("https://client-{n}.example/back?x=1")),
        challenge: Some(CodeChallenge(bytes(7, n))),
        redeemed_at: None,
    };
    let (grant, expires_at) = (GrantType::AuthorizationCode, NOW + Seconds(60));
    Authorization { grant, expires_at, session: Some(session_id(n)), code: Some(terms), ..authorization(n) }
}

/// At [`NOW`], for two days.
pub fn redeem(n: u32) -> Effect {
    Effect::Redeem { id: authorization_id(n), at: NOW, expires_at: NOW + Seconds(2 * 86_400) }
}

pub fn session_id(n: u32) -> SessionId {
    SessionId(bytes(8, n))
}

/// A session of user `n`, used a minute ago.
pub fn session(n: u32) -> Session {
    Session {
        id: session_id(n),
        user: user_id(n),
        digest: SecretDigest(bytes(9, n)),
        agent: format!("Firefox {n} \u{1F511}"),
        authenticated_at: Timestamp(NOW.0 - 90_000),
        seen_at: Timestamp(NOW.0 - 60_000),
        expires_at: NOW + Seconds::DAY,
        sign_in_epoch: Epoch(8_000_000_000 + i64::from(n)),
        ended_at: None,
    }
}

/// What user `n` said about client `n`.
pub fn consent(n: u32) -> Consent {
    Consent {
        user: user_id(n),
        client: client_id(n),
        epoch: Epoch(7_000_000_000 + i64::from(n)),
        scope: scope(&format!("read write-{n}")),
        audience: vec![audience(&format!("https://api-{n}.example")), audience("urn:example:other")],
        granted_at: Timestamp(NOW.0 - 80_000),
        expires_at: NOW + Seconds::DAY,
    }
}

pub fn authorize(n: u32) -> Effect {
    Effect::Authorize(authorization(n))
}

pub fn rotate(n: u32, from: u32) -> Effect {
    Effect::Rotate { id: authorization_id(n), from, to: from + 1, at: NOW }
}

pub fn confirm(n: u32, generation: u32) -> Effect {
    Effect::Confirm { id: authorization_id(n), generation, at: NOW }
}

pub fn revoke(n: u32) -> Effect {
    Effect::Revoke { id: authorization_id(n), at: NOW }
}

pub fn revoke_token(n: u32) -> Effect {
    Effect::RevokeToken { id: token_id(n), client: client_id(n), expires_at: NOW + Seconds(60) }
}

pub fn client(n: u32) -> Client {
    Client {
        id: client_id(n),
        epoch: Epoch(5_000_000_000 + i64::from(n)),
        revision: Revision::default(),
        secret: Some(SecretMac { key: 88_000_000 + n, mac: bytes(5, n) }),
        created_at: Timestamp(NOW.0 - 3000),
        used_at: None,
        origin: Origin::Registered,
        owner: Some(user_id(n + 3)),
        registration_token: Some(SecretDigest(bytes(6, n))),
        registration: Registration {
            name: format!("Client {n} \u{1F511} \"quoted\""),
            about: About {
                description: Some(format!("What {n} is")),
                url: Some(format!("https://client-{n}.example")),
                source: Some(serde_json::json!({ "name": n })),
            },
            permitted: false,
            kind: ClientKind::Confidential,
            super_client: true,
            grants: vec![GrantType::Password, GrantType::RefreshToken],
            redirect_uris: vec![RedirectUri::parse(&format!("https://client-{n}.example/back")).unwrap()],
            first_party: true,
            response_modes: vec![ResponseMode::Fragment],
            require_pkce: false,
            code_lifetime: Seconds(16),
            scopes: scope("a b c d"),
            default_scopes: scope("a b"),
            client_credentials_scopes: Some(scope("c")),
            audiences: vec![audience("https://one.example")],
            resource_server_for: vec![audience("https://two.example")],
            profiles: vec![ProfileName::Skyvault, ProfileName::Korap],
            access_lifetime: Seconds(11),
            password_access_lifetime: Some(Seconds(12)),
            refresh_lifetime: Seconds(13),
            refresh_idle: Some(Seconds(14)),
            refresh_grace: Seconds(15),
            rotate: true,
            rotation_ends_access_tokens: false,
            access_format: AccessFormat::Jwt(Algorithm::ES256),
        },
    }
}

/// The same client, one change on.
pub fn next_client(client: &Client) -> Client {
    let used_at = Some(Timestamp(NOW.0 - 2000));
    let mut next = Client { epoch: client.epoch.next(), revision: client.revision.next(), used_at, ..client.clone() };
    next.registration.name.push_str(" changed");
    next
}

pub fn user(n: u32) -> User {
    User {
        id: user_id(n),
        username: format!("user {n} ä"),
        epoch: Epoch(6_000_000_000 + i64::from(n)),
        sign_in_epoch: Epoch(8_000_000_000 + i64::from(n)),
        revision: Revision::default(),
        password: PasswordHash(format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA${n}").as_str().into()),
        admin_since: Some(Timestamp(NOW.0 - 4000)),
        disabled_at: None,
        created_at: Timestamp(NOW.0 - 5000),
        origin: Origin::Configured,
    }
}

/// The same user, one change on, disabled.
pub fn next_user(user: &User) -> User {
    User { epoch: user.epoch.next(), revision: user.revision.next(), disabled_at: Some(NOW), ..user.clone() }
}

pub fn key(id: u32) -> WrappedKey {
    WrappedKey {
        id,
        usage: KeyUse::Signing(Algorithm::RS256),
        wrapped: vec![7; 60],
        root_key: 99_000_000 + id,
        created_at: Timestamp(NOW.0 - 6000),
        use_from: Timestamp(NOW.0 - 7000),
        keep_until: Some(NOW + Seconds::DAY),
    }
}
