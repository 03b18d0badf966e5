//! The store as the rest of the program sees it.

use std::{
    hash::Hash,
    sync::{Arc, atomic::Ordering},
};

use arc_swap::ArcSwap;
use keyward_rules::{
    effect::Effect,
    key_ring::WrappedKey,
    model::{
        authorization::Authorization,
        client::Client,
        consent::Consent,
        device::Device,
        digest::SecretDigest,
        epoch::Epoch,
        id::{AuthorizationId, SessionId, TokenId, UserId},
        invitation::Invitation,
        plugin::InstalledPlugin,
        session::Session,
        time::Timestamp,
        user::User,
    },
    throttle::canonical_account,
};
use keyward_wire::{client_id::ClientId, user_code::UserCode};

use crate::{
    cache::Cache,
    caches::Caches,
    commit::Attempt,
    database::{Database, Place},
    error::{OpenError, StoreError},
    report::WriterReport,
    row::FromRow,
    statement::{self, Statement},
    value::{Columns, Value},
};

/// Where and how.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// Where the database is.
    pub place: Place,
    /// About how many authorizations (and as many clients, users, revoked tokens) are kept in memory. Nothing is, where other processes
    /// write to the database as well.
    pub cache: usize,
}

/// Whether the preconditions of a decision still held when it was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They did, and all of it is on disk.
    Committed,
    /// One did not, and nothing was written: look at the facts again and decide again.
    Conflict,
}

/// What this store has been through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Raised when a backup is restored; tokens made before are dead.
    pub epoch: Epoch,
    /// When that was.
    pub recovered_at: Timestamp,
}

/// An open store.
pub struct Store {
    database: Database,
    caches: Arc<Caches>,
    recovery: ArcSwap<Recovery>,
    node: i64,
}

impl Store {
    /// Opens the store.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(settings: &StoreSettings) -> Result<Self, OpenError> {
        // What others write meanwhile, a cache would not show.
        let caches = Arc::new(Caches::new(if settings.place.is_shared() { 0 } else { settings.cache }));
        let database = Database::open(&settings.place, caches.clone()).await?;
        let recovery = ArcSwap::from_pointee(recovery(&database).await?.ok_or_else(|| OpenError::Unfinished(settings.place.to_string()))?);
        let node = getrandom::u64().map_err(|_| no_randomness())?.cast_signed();
        Ok(Store { database, caches, recovery, node })
    }

    /// What this store has been through.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        **self.recovery.load()
    }

    /// Reads it anew: somebody may have restored a backup under this node.
    ///
    /// # Errors
    /// The database cannot be read now, or holds no store any more.
    pub async fn read_recovery(&self) -> Result<(), StoreError> {
        let found = recovery(&self.database).await?;
        self.recovery.store(Arc::new(found.ok_or(StoreError::Corrupt { table: "store", column: 0 })?));
        Ok(())
    }

    /// The database behind it.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The number that this node holds leases under; another one after each start.
    pub(crate) fn node(&self) -> i64 {
        self.node
    }

    /// The time by the database's clock.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        self.database.now().await
    }

    /// What the writer has done so far.
    #[must_use]
    pub fn report(&self) -> WriterReport {
        self.database.report()
    }

    /// Writes the effects of a decision, all or none, and returns when that is on disk.
    ///
    /// # Errors
    /// It is not known to be on disk; nothing is half done.
    pub async fn commit(&self, effects: Vec<Effect>) -> Result<Outcome, StoreError> {
        if effects.is_empty() {
            return Ok(Outcome::Committed);
        }
        let attempt = getrandom::u64().map_err(|_| no_randomness())?;
        self.database.commit(effects, Attempt(attempt.cast_signed())).await
    }

    /// The authorization of this id.
    ///
    /// # Errors
    /// The database cannot be read now; so with all that follow.
    pub async fn authorization(&self, id: AuthorizationId) -> Result<Option<Arc<Authorization>>, StoreError> {
        self.cached(&self.caches.authorizations, &id, &statement::AUTHORIZATION, || vec![id.0.as_slice().into()]).await
    }

    /// The client of this id.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        self.cached(&self.caches.clients, id, &statement::CLIENT, || vec![id.as_str().into()]).await
    }

    /// The user of this id.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn user(&self, id: UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.cached(&self.caches.users, &id, &statement::USER, || vec![id.0.as_slice().into()]).await
    }

    /// The user of this name, in whatever case or width it is written: names that look alike are one account.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn user_by_name(&self, username: &str) -> Result<Option<Arc<User>>, StoreError> {
        let account = canonical_account(username);
        let id = match self.caches.accounts.get(&account) {
            Ok(known) => known,
            Err(stamp) => {
                let read: Option<User> = self.one(&statement::USER_BY_ACCOUNT, vec![account.as_str().into()]).await?;
                let id = read.map(|user| user.id);
                self.caches.accounts.fill(&account, id, stamp);
                id
            }
        };
        match id {
            Some(id) => self.user(id).await,
            None => Ok(None),
        }
    }

    /// The browser session of this id.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn session(&self, id: SessionId) -> Result<Option<Arc<Session>>, StoreError> {
        self.cached(&self.caches.sessions, &id, &statement::SESSION, || vec![id.0.as_slice().into()]).await
    }

    /// What this user said about this client, if anything.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn consent(&self, user: UserId, client: &ClientId) -> Result<Option<Arc<Consent>>, StoreError> {
        let key = (user, client.clone());
        self.cached(&self.caches.consents, &key, &statement::CONSENT, || vec![user.0.as_slice().into(), client.as_str().into()]).await
    }

    /// What this user authorized and what is live at `now`, the newest first and `most` of it; a code that nobody has redeemed
    /// gives nobody access yet and is left out.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn authorizations_of(&self, user: UserId, now: Timestamp, most: usize) -> Result<Vec<Authorization>, StoreError> {
        self.all(&statement::AUTHORIZATIONS_OF_USER, vec![user.0.as_slice().into(), now.0.into(), limit(most)]).await
    }

    /// The newest `most` of what anybody authorized, or anybody for this client, and what is live at `now`, without codes that
    /// nobody has redeemed. It looks through the whole table if there are few.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn newest_authorizations(
        &self,
        client: Option<&ClientId>,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Authorization>, StoreError> {
        match client {
            None => self.all(&statement::NEWEST_AUTHORIZATIONS, vec![now.0.into(), limit(most)]).await,
            Some(id) => self.all(&statement::NEWEST_AUTHORIZATIONS_OF_CLIENT, vec![id.as_str().into(), now.0.into(), limit(most)]).await,
        }
    }

    /// The sessions of this user that have not ended by `now`, the one used last first and `most` of them.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn sessions_of(&self, user: UserId, now: Timestamp, most: usize) -> Result<Vec<Session>, StoreError> {
        self.all(&statement::SESSIONS_OF_USER, vec![user.0.as_slice().into(), now.0.into(), limit(most)]).await
    }

    /// What this user said about clients and is remembered at `now`.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn consents_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Consent>, StoreError> {
        self.all(&statement::CONSENTS_OF_USER, vec![user.0.as_slice().into(), now.0.into()]).await
    }

    /// The device of this id.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn device(&self, id: AuthorizationId) -> Result<Option<Arc<Device>>, StoreError> {
        self.cached(&self.caches.devices, &id, &statement::DEVICE, || vec![id.0.as_slice().into()]).await
    }

    /// The device that shows `code`.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn device_showing(&self, code: &UserCode) -> Result<Option<Arc<Device>>, StoreError> {
        Ok(self.one(&statement::DEVICE_SHOWING, vec![code.as_str().into()]).await?.map(Arc::new))
    }

    /// Whether this access token was revoked by itself.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn is_revoked(&self, id: TokenId) -> Result<bool, StoreError> {
        match self.caches.revoked_tokens.get(&id) {
            Ok(known) => Ok(known),
            Err(stamp) => {
                let rows = self.database.look_up(&statement::REVOKED_TOKEN, vec![id.0.as_slice().into()]).await?;
                self.caches.revoked_tokens.fill(&id, !rows.is_empty(), stamp);
                Ok(!rows.is_empty())
            }
        }
    }

    /// How often a client was added, replaced or removed since the start: what was made from all of them is good until
    /// this changes.
    #[must_use]
    pub fn clients_changed(&self) -> u64 {
        self.caches.clients_changed.load(Ordering::Acquire)
    }

    /// Lets go of what was made of all clients: other nodes may have changed them.
    pub fn clients_may_have_changed(&self) {
        self.caches.clients_changed.fetch_add(1, Ordering::Release);
    }

    /// Whether other processes may work on the same database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.database.is_shared()
    }

    /// All clients, by id.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        self.all(&statement::CLIENTS, vec![]).await
    }

    /// The clients that registered themselves before `at`.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn clients_registered_themselves(&self, at: Timestamp) -> Result<Vec<Client>, StoreError> {
        self.all(&statement::CLIENTS_REGISTERED_THEMSELVES, vec![at.0.into()]).await
    }

    /// How many clients have registered themselves.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn registered_themselves(&self) -> Result<u32, StoreError> {
        let rows = self.database.query(&statement::REGISTERED_THEMSELVES, vec![]).await?;
        rows.into_iter().next().map_or(Ok(0), |mut row| row.number())
    }

    /// The invitation that is recognised by this digest.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn invitation(&self, digest: &SecretDigest) -> Result<Option<Invitation>, StoreError> {
        self.one(&statement::INVITATION, vec![digest.0.as_slice().into()]).await
    }

    /// The clients that this user registered, by id.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn clients_of(&self, owner: UserId) -> Result<Vec<Client>, StoreError> {
        self.all(&statement::CLIENTS_OF_OWNER, vec![owner.0.as_slice().into()]).await
    }

    /// What this user has installed in the application of this super client, by id.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn plugins_of(&self, user: UserId, super_client: &ClientId) -> Result<Vec<InstalledPlugin>, StoreError> {
        self.all(&statement::PLUGINS_OF_USER, vec![user.0.as_slice().into(), super_client.as_str().into()]).await
    }

    /// All users, by name.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.all(&statement::USERS, vec![]).await
    }

    /// All keys, as they lie in the store.
    ///
    /// # Errors
    /// The database cannot be read now.
    pub async fn keys(&self) -> Result<Vec<WrappedKey>, StoreError> {
        self.all(&statement::KEYS, vec![]).await
    }

    pub(crate) async fn execute(&self, statement: &'static Statement, values: Vec<Value>) -> Result<usize, StoreError> {
        self.database.execute(statement, values).await
    }

    /// Forgets what is known of consents that were removed: those who write them anew look them up.
    pub(crate) fn consents_were_removed(&self) {
        self.caches.consents.clear();
    }

    /// The same of authorizations: somebody may present them yet.
    pub(crate) fn authorizations_were_removed(&self) {
        self.caches.authorizations.clear();
    }

    /// What the cache knows of `key`, else what the database says.
    async fn cached<K: Hash + Eq + Clone, T: FromRow>(
        &self,
        cache: &Cache<K, Option<Arc<T>>>,
        key: &K,
        statement: &'static Statement,
        values: impl FnOnce() -> Vec<Value>,
    ) -> Result<Option<Arc<T>>, StoreError> {
        match cache.get(key) {
            Ok(known) => Ok(known),
            Err(stamp) => {
                let read = self.one(statement, values()).await?.map(Arc::new);
                cache.fill(key, read.clone(), stamp);
                Ok(read)
            }
        }
    }

    pub(crate) async fn one<T: FromRow>(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Option<T>, StoreError> {
        let found = self.database.look_up(statement, values).await?;
        found.into_iter().next().map(|mut row| T::from_row(&mut row)).transpose()
    }

    async fn all<T: FromRow>(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<T>, StoreError> {
        let rows = self.database.query(statement, values).await?;
        rows.into_iter().map(|mut row| T::from_row(&mut row)).collect()
    }
}

/// None while a copy is not finished.
async fn recovery(database: &Database) -> Result<Option<Recovery>, StoreError> {
    let rows = database.query(&statement::STANDING, vec![]).await?;
    let read = |mut row: Columns| Ok(Recovery { epoch: Epoch(row.integer()?), recovered_at: Timestamp(row.integer()?) });
    rows.into_iter().next().map(read).transpose()
}

fn no_randomness() -> StoreError {
    StoreError::Unavailable("the system's random source failed".to_owned())
}

fn limit(most: usize) -> Value {
    i64::try_from(most).unwrap_or(i64::MAX).into()
}
