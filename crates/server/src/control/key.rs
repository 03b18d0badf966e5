//! Keys, as commands see and change them. What they are made of never comes out.
//!
//! Whoever changes keys holds the root key meanwhile, and takes the new ring into use before the answer goes out.

use jiff::Timestamp as Instant;
use keyward_rules::{
    key_ring::{KeyRing, KeyState, KeyUse, WrappedKey},
    model::{
        authorization::KeyId,
        time::{Seconds, Timestamp},
    },
};
use keyward_store::{keys, lease::Lease};
use serde::{Deserialize, Serialize};

use super::{Answer, ControlError, instant};
use crate::{app::App, node::LEAD};

/// What is said of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Names it; the `kid` of signing keys.
    pub id: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub usage: String,
    /// What it does now.
    pub state: KeyState,
    /// When it was made and published.
    pub created_at: Instant,
    /// From when it is used.
    pub use_from: Instant,
    /// Until when what it made may be presented; none while nothing has taken over.
    pub keep_until: Option<Instant>,
    /// Which root key it is encrypted with.
    pub root_key: String,
}

/// A key's id as it is written everywhere.
#[must_use]
pub fn name(id: KeyId) -> String {
    format!("{id:08x}")
}

/// Does `work` while no other node changes keys.
pub(super) async fn alone<T>(app: &App, work: impl Future<Output = Result<T, ControlError>>) -> Result<T, ControlError> {
    Lease::SettingUp.during(&app.store, work).await
}

pub(super) async fn list(app: &App) -> Result<Answer, ControlError> {
    let (keys, now) = (app.store.keys().await?, app.now());
    let ring = app.ring.load();
    Ok(Answer::Keys(keys.iter().map(|key| entry(key, &ring, now)).collect()))
}

pub(super) async fn rotate(app: &App, uses: Vec<KeyUse>, at_once: bool) -> Result<Answer, ControlError> {
    if uses.contains(&KeyUse::ClientSecret) {
        return Err(ControlError::ClientSecretKey);
    }
    let now = app.now();
    let wanted = if at_once { Seconds(0) } else { app.settings.load().publish_before_use };
    let lead = if app.store.is_shared() { wanted.max(LEAD) } else { wanted };
    let uses = if uses.is_empty() { rotatable(app).await? } else { uses };
    let mut new = Vec::with_capacity(uses.len());
    {
        let root = app.root.lock().await;
        for usage in uses {
            new.push(keys::rotate(&app.store, &root, usage, lead, now, &app.random).await?);
        }
    }
    app.reload_keys().await?;
    let ring = app.ring.load();
    Ok(Answer::Keys(new.iter().map(|key| entry(key, &ring, now)).collect()))
}

/// The uses that have a key, but for the one whose keys have to stay.
async fn rotatable(app: &App) -> Result<Vec<KeyUse>, ControlError> {
    let known = app.store.keys().await?;
    let has_key = |usage: &KeyUse| *usage != KeyUse::ClientSecret && known.iter().any(|key| key.usage == *usage);
    Ok(KeyUse::EVERY.into_iter().filter(has_key).collect())
}

pub(super) async fn remove(app: &App, id: KeyId) -> Result<Answer, ControlError> {
    {
        let root = app.root.lock().await;
        let known = app.store.keys().await?;
        // While it waits to take over, its predecessor has an end already, which would come with no key left.
        if let Some(newest) = known.iter().find(|key| key.id == id && key.keep_until.is_none()) {
            if newest.usage == KeyUse::ClientSecret {
                return Err(ControlError::ClientSecretKey);
            }
            return Err(ControlError::NewestKey(name(id), newest.usage.as_str().to_owned()));
        }
        keys::remove(&app.store, &root, id, app.now()).await?;
    }
    app.reload_keys().await?;
    Ok(Answer::Done)
}

pub(super) async fn rotate_root(app: &App) -> Result<Answer, ControlError> {
    keys::rotate_root(&app.store, &mut *app.root.lock().await, &app.random).await?;
    app.reload_keys().await?;
    Ok(Answer::Done)
}

/// A key that is not in the ring yet is about to be: it was written a moment ago.
fn entry(key: &WrappedKey, ring: &KeyRing, now: Timestamp) -> Entry {
    let state = ring.state(key.usage, key.id, now).unwrap_or(KeyState::Published);
    Entry {
        id: name(key.id),
        usage: key.usage.as_str().to_owned(),
        state,
        created_at: instant(key.created_at),
        use_from: instant(key.use_from),
        keep_until: key.keep_until.map(instant),
        root_key: name(key.root_key),
    }
}

/// Uses of keys by their names.
pub(super) mod uses {
    use keyward_rules::key_ring::KeyUse;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(uses: &[KeyUse], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(uses.iter().map(|usage| usage.as_str()))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<KeyUse>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let uses = names.iter().map(|name| KeyUse::parse(name).ok_or_else(|| D::Error::custom("expected names of uses of keys")));
        uses.collect()
    }
}
