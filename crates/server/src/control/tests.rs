//! Every request on a store in a temporary folder: what it does, what it refuses, what happens when two meet.

mod clients;
mod keys;
mod sockets;
mod tokens;
mod users;

use std::{path::Path, sync::Arc};

use arc_swap::ArcSwap;
use aws_lc_rs::rand::SystemRandom;
use keyward_rules::{
    key_ring::{KeyRing, KeyUse},
    model::{
        authorization::{Authorization, AuthorizationSecret},
        client::{About, AccessFormat, Client, ClientKind, Registration},
        epoch::Epoch,
        id::AuthorizationId,
        time::Seconds,
        user::User,
    },
    self_registration::{Mode, Terms},
    session::Lasting,
};
use keyward_store::{
    Outcome, Place, Store, StoreSettings,
    root_key::{RootKeySource, RootKeys},
};
use keyward_wire::{client_id::ClientId, jwt::Algorithm, profile::ProfileName, scope::Scope, token_request::GrantType};
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::*;
use crate::{
    app::Reloadable,
    browser::cookies::CookieNames,
    cors::Cors,
    hashing::{Hashing, HashingSettings},
    korap,
    metrics::Metrics,
    node::Node,
    oauth::metadata::Documents,
    pages::{Pages, PagesSettings},
    throttle::Throttle,
};

/// An app on a store of its own, which goes with it.
struct Home {
    app: Arc<App>,
    folder: TempDir,
}

impl Home {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Home { app: open(folder.path()).await, folder }
    }

    async fn ask(&self, request: Request) -> Answer {
        execute(&self.app, request).await.unwrap()
    }

    async fn refused(&self, request: Request) -> ControlError {
        execute(&self.app, request).await.unwrap_err()
    }

    async fn commit(&self, effect: Effect) {
        assert_eq!(self.app.store.commit(vec![effect]).await.unwrap(), Outcome::Committed);
    }

    async fn add_user(&self, username: &str) -> User {
        let new = user::NewUser { username: username.to_owned(), password: "a password".into(), admin: false };
        self.ask(Request::AddUser(new)).await;
        self.user(username).await
    }

    async fn user(&self, username: &str) -> User {
        (*self.app.store.user_by_name(username).await.unwrap().unwrap()).clone()
    }

    async fn add_client(&self, id: &str, registration: Registration) -> client::Credentials {
        let new = client::NewClient { id: Some(ClientId::parse(id).unwrap()), registration };
        match self.ask(Request::AddClient(Box::new(new))).await {
            Answer::Credentials(credentials) => credentials,
            other => panic!("{other:?}"),
        }
    }

    async fn client(&self, id: &str) -> Client {
        (*self.app.store.client(&ClientId::parse(id).unwrap()).await.unwrap().unwrap()).clone()
    }

    /// Makes the configuration file the keeper of a user.
    async fn configure_user(&self, username: &str) {
        self.hand_over(username, Origin::Configured).await;
    }

    /// Lets somebody else keep a user.
    async fn hand_over(&self, username: &str, origin: Origin) {
        let user = self.user(username).await;
        let seen = user.revision;
        self.commit(Effect::ReplaceUser { user: User { origin, ..user }, seen }).await;
    }

    /// Lets `client` act for `username`.
    async fn authorize(&self, client: &str, username: &str) -> Authorization {
        let (client, user, now) = (self.client(client).await, self.user(username).await, self.app.now());
        let authorization = Authorization {
            id: AuthorizationId::new(now, random().unwrap()),
            client: client.id,
            user: user.id,
            grant: GrantType::Password,
            scope: Scope::parse("read write").unwrap(),
            audience: vec![],
            created_at: now,
            authenticated_at: now,
            expires_at: now + Seconds::DAY,
            generation: 1,
            rotated_at: now,
            key: self.app.ring.load().current(KeyUse::RefreshToken, now).unwrap().id,
            secret: AuthorizationSecret(random().unwrap()),
            client_epoch: client.epoch,
            user_epoch: user.epoch,
            consent_epoch: Epoch::default(),
            session: None,
            code: None,
            revoked_at: None,
        };
        self.commit(Effect::Authorize(authorization.clone())).await;
        authorization
    }
}

async fn open(folder: &Path) -> Arc<App> {
    let random = SystemRandom::new();
    let store = Store::open(&StoreSettings { place: Place::Sqlite(folder.join("keyward.db")), cache: 100 }).await.unwrap();
    let source = RootKeySource::File(folder.join("root.key"));
    let root = RootKeys::load_or_create(&source, &store.keys().await.unwrap(), &random).unwrap();
    let settings = Reloadable {
        issuer: "https://issuer.example".to_owned(),
        servers: vec![],
        cors: Cors::default(),
        body_limit: 65_536,
        publish_before_use: Seconds(600),
        cookies: CookieNames::of("https://issuer.example"),
        registration: Terms { mode: Mode::Off, most: registration(), count: 2, unused_for: Seconds(30 * Seconds::DAY.0) },
        sessions: Lasting { idle: Seconds(3600), lifetime: Seconds::DAY },
        korap: korap::Settings { basic_auth: true, rate: None, clients_per_user: 100 },
        admin_token: None,
        pages: Arc::new(Pages::load(&PagesSettings::default()).unwrap()),
        directory: None,
    };
    let app = App {
        settings: ArcSwap::from_pointee(settings),
        store,
        ring: ArcSwap::from_pointee(KeyRing::default()),
        root: Mutex::new(root),
        hashing: Hashing::start(HashingSettings { threads: 1, memory_kib: 8, iterations: 1, queue: 64 }).unwrap(),
        throttle: Throttle::new(true),
        metadata: Documents::default(),
        metrics: Arc::new(Metrics::new(&[]).unwrap()),
        node: Node::default(),
        random,
    };
    let uses = [KeyUse::AccessToken, KeyUse::RefreshToken, KeyUse::ClientSecret, KeyUse::Signing(Algorithm::EdDSA)];
    app.ensure_keys(&uses).await.unwrap();
    Arc::new(app)
}

fn registration() -> Registration {
    Registration {
        name: String::new(),
        kind: ClientKind::Confidential,
        super_client: false,
        grants: vec![GrantType::Password, GrantType::RefreshToken],
        about: About::default(),
        permitted: true,
        first_party: false,
        redirect_uris: vec![],
        response_modes: Registration::default_response_modes(),
        require_pkce: true,
        code_lifetime: Seconds(60),
        scopes: Scope::parse("read write").unwrap(),
        default_scopes: Scope::parse("read").unwrap(),
        client_credentials_scopes: None,
        audiences: vec![],
        resource_server_for: vec![],
        profiles: vec![ProfileName::Standard],
        access_lifetime: Seconds(3600),
        password_access_lifetime: None,
        refresh_lifetime: Seconds::DAY,
        refresh_idle: None,
        refresh_grace: Seconds(30),
        rotate: true,
        rotation_ends_access_tokens: false,
        access_format: AccessFormat::Opaque,
    }
}
