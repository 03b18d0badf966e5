//! The keys of the store: making, loading, replacing, removing them.
//!
//! Each is made from the system's random source, wrapped by the root key and written before it is used.

use aws_lc_rs::{
    encoding::AsDer,
    rand::{SecureRandom, SystemRandom},
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use keyward_rules::{
    effect::Effect,
    key_ring::{Key, KeyRing, KeyState, KeyUse, Material, WrappedKey},
    model::{
        authorization::KeyId,
        client::{Client, Registration},
        time::{Seconds, Timestamp},
    },
    ticket::LONGEST_OPEN,
};
use keyward_wire::jwt::Algorithm;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    error::StoreError,
    root_key::{RootKeyError, RootKeys},
    store::{Outcome, Store},
};

/// A change of keys that was not made.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The root key does not do its part.
    #[error(transparent)]
    Root(#[from] RootKeyError),
    /// The store does not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key could be made.
    #[error("a new key could not be made: the system's random source failed")]
    Generation,
    /// Somebody else changed the keys meanwhile.
    #[error("the keys were changed at the same time by somebody else; try again")]
    Conflict,
    /// There is none of this id.
    #[error("there is no key {0:08x}; list them with: keyward key list")]
    Unknown(KeyId),
    /// It is the only one for its use.
    #[error("key {0:08x} is the one in use; rotate first, so that another takes over")]
    InUse(KeyId),
}

/// All keys of the store, unwrapped.
///
/// # Errors
/// The store cannot be read, or a key does not unwrap.
pub async fn load(store: &Store, root: &RootKeys) -> Result<KeyRing, KeyError> {
    let keys = store.keys().await?;
    let open = |key: &WrappedKey| -> Result<Key, KeyError> {
        let corrupt = || KeyError::Store(StoreError::Corrupt { table: "keys", column: 2 });
        let bytes = root.unwrap(key).ok_or_else(corrupt)?;
        let material = Material::read(key.id, key.usage, &bytes).map_err(|_| corrupt())?;
        Ok(Key { id: key.id, created_at: key.created_at, use_from: key.use_from, keep_until: key.keep_until, material })
    };
    Ok(KeyRing::new(keys.iter().map(open).collect::<Result<_, _>>()?))
}

/// The keys of a store, some of them perhaps made just now.
#[derive(Debug)]
pub struct Ensured {
    /// All keys.
    pub keys: KeyRing,
    /// Whether some were made while other nodes may be at work, which do not know of them yet.
    pub others_must_learn: bool,
}

/// Makes a first key for each of `uses` that has none; returns the ring with them. One node at a time may do so.
///
/// # Errors
/// See [`KeyError`].
pub async fn ensure(store: &Store, root: &RootKeys, uses: &[KeyUse], now: Timestamp, random: &SystemRandom) -> Result<Ensured, KeyError> {
    let ring = load(store, root).await?;
    let mut effects = Vec::new();
    for usage in uses.iter().filter(|usage| ring.current(**usage, now).is_none()) {
        effects.push(Effect::PutKey(generate(root, *usage, now, now, random)?));
    }
    let others_must_learn = store.is_shared() && !ring.keys().is_empty() && !effects.is_empty();
    commit(store, effects).await?;
    Ok(Ensured { keys: load(store, root).await?, others_must_learn })
}

/// Makes a new key for `usage` that takes over once it was published for `lead`; returns its entry.
///
/// # Errors
/// See [`KeyError`].
pub async fn rotate(
    store: &Store,
    root: &RootKeys,
    usage: KeyUse,
    lead: Seconds,
    now: Timestamp,
    random: &SystemRandom,
) -> Result<WrappedKey, KeyError> {
    let longest = longest_life(usage, &store.clients().await?);
    let succession = load(store, root).await?.succession(usage, now, lead, longest);
    let new = generate(root, usage, now, succession.use_from, random)?;
    let mut effects = vec![Effect::PutKey(new.clone())];
    for mut old in store.keys().await? {
        if let Some((_, until)) = succession.replaced.iter().find(|(id, _)| *id == old.id) {
            old.keep_until = Some(*until);
            effects.push(Effect::PutKey(old));
        }
    }
    commit(store, effects).await?;
    Ok(new)
}

/// How long what is made with a key can live, by what these clients get. Client secrets live until they are reset.
fn longest_life(usage: KeyUse, clients: &[Client]) -> Seconds {
    let access = |own: &Registration| own.access_lifetime.max(own.password_access_lifetime.unwrap_or_default());
    let lives = clients.iter().map(|client| &client.registration).map(|own| match usage {
        KeyUse::AccessToken | KeyUse::Signing(_) => access(own),
        KeyUse::RefreshToken => access(own).max(own.refresh_lifetime),
        KeyUse::AuthorizationCode => own.code_lifetime,
        KeyUse::Form => LONGEST_OPEN,
        KeyUse::ClientSecret => Seconds(u32::MAX),
    });
    lives.max().unwrap_or_default()
}

/// Removes a key at once; everything made with it is dead.
///
/// # Errors
/// It is unknown, or the one in use. See [`KeyError`].
pub async fn remove(store: &Store, root: &RootKeys, id: KeyId, now: Timestamp) -> Result<(), KeyError> {
    let ring = load(store, root).await?;
    let key = ring.keys().iter().find(|key| key.id == id).ok_or(KeyError::Unknown(id))?;
    if ring.state(key.material.usage(), id, now) == Some(KeyState::InUse) {
        return Err(KeyError::InUse(id));
    }
    commit(store, vec![Effect::RemoveKey(id)]).await
}

/// Replaces the root key: the new one is written beside the old, every key is wrapped anew, the old one is forgotten.
///
/// # Errors
/// See [`KeyError`]. Whatever fails, the keys can still be read.
pub async fn rotate_root(store: &Store, root: &mut RootKeys, random: &SystemRandom) -> Result<(), KeyError> {
    root.renew(random)?;
    let mut effects = Vec::new();
    for mut key in store.keys().await? {
        let bytes = root.unwrap(&key).ok_or(StoreError::Corrupt { table: "keys", column: 2 })?;
        root.wrap(&mut key, &bytes, random)?;
        effects.push(Effect::PutKey(key));
    }
    commit(store, effects).await?;
    Ok(root.forget_old()?)
}

async fn commit(store: &Store, effects: Vec<Effect>) -> Result<(), KeyError> {
    match store.commit(effects).await? {
        Outcome::Committed => Ok(()),
        Outcome::Conflict => Err(KeyError::Conflict),
    }
}

fn generate(root: &RootKeys, usage: KeyUse, now: Timestamp, use_from: Timestamp, random: &SystemRandom) -> Result<WrappedKey, KeyError> {
    let bytes = match usage {
        KeyUse::Signing(algorithm) => pkcs8(algorithm, random).ok_or(KeyError::Generation)?,
        KeyUse::AccessToken | KeyUse::RefreshToken | KeyUse::AuthorizationCode | KeyUse::Form | KeyUse::ClientSecret => {
            let mut bytes = Zeroizing::new(vec![0; 32]);
            random.fill(&mut bytes).map_err(|_| KeyError::Generation)?;
            bytes
        }
    };
    let mut id = [0; 4];
    random.fill(&mut id).map_err(|_| KeyError::Generation)?;
    let id = KeyId::from_be_bytes(id);
    let mut key = WrappedKey { id, usage, wrapped: Vec::new(), root_key: 0, created_at: now, use_from, keep_until: None };
    root.wrap(&mut key, &bytes, random)?;
    Ok(key)
}

fn pkcs8(algorithm: Algorithm, random: &SystemRandom) -> Option<Zeroizing<Vec<u8>>> {
    let document = match algorithm {
        Algorithm::EdDSA => Ed25519KeyPair::generate_pkcs8(random).ok()?.as_ref().to_vec(),
        Algorithm::ES256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random).ok()?.as_ref().to_vec(),
        Algorithm::RS256 => RsaKeyPair::generate(KeySize::Rsa2048).ok()?.as_der().ok()?.as_ref().to_vec(),
    };
    Some(Zeroizing::new(document))
}
