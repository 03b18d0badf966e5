//! Bringing the registry in line with the configuration, at the start and at each reload.
//!
//! 1. Signing keys that the configured clients need are made.
//! 2. Passwords that the configuration holds in clear are compared with the hashes in the store; only those that
//!    differ are hashed.
//! 3. What to add, replace and remove is decided ([`keyward_rules::provision`]) and committed together.

use keyward_rules::{
    model::{
        epoch::Epoch,
        id::UserId,
        time::Timestamp,
        user::{PasswordHash, User},
    },
    provision::{self, Clash, WantedClient, WantedUser},
    throttle::canonical_account,
};
use keyward_store::{Outcome, StoreError};
use secrecy::SecretString;
use thiserror::Error;

use crate::{
    app::App,
    hashing::{Busy, NotHashed, Verified},
    random::random,
};

/// What the configuration wants to be registered.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Its clients.
    pub clients: Vec<WantedClient>,
    /// Its users.
    pub users: Vec<ConfiguredUser>,
}

/// A user as the configuration names them.
#[derive(Clone, Debug)]
pub struct ConfiguredUser {
    /// What they log in with.
    pub username: String,
    /// Their password.
    pub password: ConfiguredPassword,
    /// Whether they may administer.
    pub admin: bool,
}

/// A password as the configuration knows it.
#[derive(Clone, Debug)]
pub enum ConfiguredPassword {
    /// In clear.
    Plain(SecretString),
    /// As a hash.
    Hashed(PasswordHash),
}

/// Why the registry was not brought in line. It is as it was.
#[derive(Debug, Error)]
pub enum ProvisionError {
    /// The same id twice.
    #[error(
        "the configuration names the client {0}, which a command has registered already; rename one, or run: keyward client remove {0}"
    )]
    ClientExists(String),
    /// The same name twice.
    #[error(
        "the configuration names the user {0}, who came by a command or by a login at the directory; rename one, or run: keyward user remove {0}"
    )]
    UserExists(String),
    /// A key is missing.
    #[error("the key that client secrets are recognised with is missing from the store; restore a backup")]
    NoKey,
    /// A password cannot be hashed.
    #[error("the password of a configured user cannot be hashed: {0}")]
    Password(#[from] NotHashed),
    /// Hashing is overloaded.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The random source failed.
    #[error("the system's random source failed")]
    Random,
    /// The store does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else changed the registry meanwhile.
    #[error("the registry was changed at the same time by somebody else; try again")]
    Conflict,
}

impl From<Clash> for ProvisionError {
    fn from(clash: Clash) -> Self {
        match clash {
            Clash::Client(id) => ProvisionError::ClientExists(id.to_string()),
            Clash::User(name) => ProvisionError::UserExists(name),
            Clash::NoKey => ProvisionError::NoKey,
        }
    }
}

/// Makes the registry as it is `wanted`; returns how many entries changed.
///
/// # Errors
/// See [`ProvisionError`].
pub async fn provision(app: &App, wanted: Registry) -> Result<usize, ProvisionError> {
    let now = app.now();
    let known = app.store.users().await?;
    let mut users = Vec::with_capacity(wanted.users.len());
    for user in wanted.users {
        let present = known.iter().find(|present| canonical_account(&present.username) == canonical_account(&user.username));
        let password = hashed(app, user.password, present).await?;
        users.push(WantedUser { username: user.username, password, admin: user.admin });
    }
    let mut random = Draws { failed: false };
    let clients = app.store.clients().await?;
    let mut effects = provision::clients(&clients, wanted.clients, &app.ring.load(), now, || random.epoch())?;
    effects.extend(provision::users(&known, users, now, || (random.user(now), random.epoch()))?);
    if random.failed {
        return Err(ProvisionError::Random);
    }
    let changed = effects.len();
    match app.store.commit(effects).await? {
        Outcome::Committed => Ok(changed),
        Outcome::Conflict => Err(ProvisionError::Conflict),
    }
}

/// The hash to keep for a configured password; `None` if the one in the store is right.
async fn hashed(app: &App, password: ConfiguredPassword, present: Option<&User>) -> Result<Option<PasswordHash>, ProvisionError> {
    let plain = match password {
        ConfiguredPassword::Hashed(hash) => return Ok(Some(hash)),
        ConfiguredPassword::Plain(plain) => plain,
    };
    if let Some(user) = present
        && let Verified::Yes { .. } = app.hashing.verify(plain.clone(), Some(user.password.0.clone())).await?
    {
        return Ok(None);
    }
    Ok(Some(PasswordHash(app.hashing.hash(plain).await?.into())))
}

/// Random values, for rules that take them as they need them.
struct Draws {
    failed: bool,
}

impl Draws {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let drawn = random();
        self.failed |= drawn.is_err();
        drawn.unwrap_or([0; N])
    }

    fn epoch(&mut self) -> Epoch {
        Epoch::first(self.bytes())
    }

    fn user(&mut self, now: Timestamp) -> UserId {
        UserId::new(now, self.bytes())
    }
}
