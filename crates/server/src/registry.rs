//! The registry of clients, as everybody changes it: commands, the KorAP API, clients that register themselves.
//!
//! A change is decided on the entry as it is, and again if somebody else was faster: who may make it is decided there too.

mod unused;

use std::sync::Arc;

use keyward_rules::{
    client_auth::remember,
    effect::Effect,
    key_ring::KeyUse,
    model::{
        client::{AccessFormat, Client, ClientKind, Registration, SecretMac},
        digest::SecretDigest,
        epoch::{Epoch, Revision},
        id::UserId,
        user::Origin,
    },
    provision::removed,
    registration::{Misfit, misfits, misfits_among},
};
use keyward_store::{StoreError, keys::KeyError};
use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
};
use secrecy::SecretString;
use thiserror::Error;

pub use unused::{mark_used, remove_unused};

use crate::{
    app::App,
    client_secret,
    random::random,
    settle::{Uncommitted, unavailable, until_committed},
};

/// A client to register.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// What it is to be registered under; made if there is none.
    pub id: Option<ClientId>,
    /// The user who registers it, if a user does.
    pub owner: Option<UserId>,
    /// How the token is recognised that its registration will be managed with, if it registers itself.
    pub registration_token: Option<SecretDigest>,
    /// What it may do; a name that is empty becomes the id.
    pub registration: Registration,
}

/// A client that was just registered.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// Its secret, which nobody will see again; none for public clients.
    pub secret: Option<SecretString>,
}

/// What becomes of what a client holds when its secret is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holdings {
    /// It ends: the secret may have leaked.
    End,
    /// It stays.
    Stay,
}

/// Why the registry was not changed.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// No client has this id.
    #[error("no client has this id")]
    Unknown,
    /// The id is taken.
    #[error("a client has this id already")]
    Exists,
    /// Only the configuration file changes it.
    #[error("the configuration file keeps this client")]
    Configured,
    /// It changes its registration itself, within terms.
    #[error("the client registered itself")]
    ChangesItself,
    /// Its type is for good.
    #[error("a client keeps the type it was registered with")]
    OtherType,
    /// It has no secret.
    #[error("the client is public and has no secret")]
    Public,
    /// What it should be registered for does not fit together.
    #[error("{}", misfit_lines(.0))]
    Misfits(Vec<Misfit>),
    /// There is no key to recognise secrets with.
    #[error("the key that client secrets are recognised with is missing from the store; restore a backup")]
    NoSecretKey,
    /// There is no randomness.
    #[error("the system's random source failed")]
    Random,
    /// A key to sign its tokens with could not be made.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The store does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others changed the same entry over and over.
    #[error("somebody else changed the same entry at the same time, again and again")]
    Conflict,
}

fn misfit_lines(misfits: &[Misfit]) -> String {
    misfits.iter().map(|misfit| format!("{}: {}", misfit.setting, misfit.message)).collect::<Vec<_>>().join("\n")
}

impl From<RegistryError> for Refusal {
    fn from(error: RegistryError) -> Self {
        let step = "client_registry";
        match error {
            RegistryError::Store(error) => unavailable(&error),
            RegistryError::Conflict => Uncommitted::Conflict.into(),
            RegistryError::Unknown => Refusal::new(Code::NotFound, step, error.to_string()),
            RegistryError::ChangesItself | RegistryError::OtherType => {
                Refusal::new(Code::RegistrationIllegal(error.to_string()), step, error.to_string())
            }
            RegistryError::Public => Refusal::new(Code::ClientHasNoSecret, step, error.to_string()),
            RegistryError::Configured => {
                let reason = "the configuration file keeps this client; change it there and reload the server";
                Refusal::new(Code::ClientConfigured, step, reason)
            }
            RegistryError::Misfits(_) => Refusal::new(Code::RegistrationIllegal(error.to_string()), step, error.to_string()),
            RegistryError::Exists | RegistryError::NoSecretKey | RegistryError::Random | RegistryError::Keys(_) => {
                Refusal::new(Code::Defect, step, error.to_string())
            }
        }
    }
}

impl From<Uncommitted> for RegistryError {
    fn from(why: Uncommitted) -> Self {
        match why {
            Uncommitted::Store(error) => error.into(),
            Uncommitted::Conflict => RegistryError::Conflict,
        }
    }
}

/// Registers a client.
///
/// # Errors
/// [`RegistryError`]; nothing is registered then.
pub async fn register(app: &App, new: NewClient) -> Result<Registered, RegistryError> {
    register_if(app, new, nothing_more).await
}

/// Registers a client if `may` says so, and with it what that says is to be written.
///
/// # Errors
/// Those of `may`, and [`RegistryError`]; nothing is registered then.
pub async fn register_if<E, M>(app: &App, new: NewClient, may: impl Fn() -> M) -> Result<Registered, E>
where
    E: From<RegistryError> + From<Uncommitted>,
    M: Future<Output = Result<Vec<Effect>, E>>,
{
    let secret = match new.registration.kind {
        ClientKind::Confidential => Some(client_secret::generate().map_err(|_| RegistryError::Random)?),
        ClientKind::Public => None,
    };
    register_all(app, new, secret, may).await
}

/// Registers a client with a secret that was made before; public clients have none.
///
/// # Errors
/// As [`register`].
pub async fn register_with(app: &App, new: NewClient, secret: Option<SecretString>) -> Result<Registered, RegistryError> {
    register_all(app, new, secret, nothing_more).await
}

/// Nothing speaks against it, and nothing is to be written beside it.
async fn nothing_more() -> Result<Vec<Effect>, RegistryError> {
    Ok(vec![])
}

async fn register_all<E, M>(app: &App, new: NewClient, secret: Option<SecretString>, may: impl Fn() -> M) -> Result<Registered, E>
where
    E: From<RegistryError> + From<Uncommitted>,
    M: Future<Output = Result<Vec<Effect>, E>>,
{
    let NewClient { id, owner, registration_token, mut registration } = new;
    fits(app, &registration)?;
    let id = id.map_or_else(generate_id, Ok)?;
    if registration.name.is_empty() {
        registration.name = id.to_string();
    }
    let mac = secret.as_ref().map(|secret| remembered(app, secret)).transpose()?;
    prepare_to_sign(app, &registration).await?;
    let client = Client {
        id,
        epoch: Epoch::first(random().map_err(|_| RegistryError::Random)?),
        revision: Revision::default(),
        secret: mac,
        created_at: app.now(),
        used_at: None,
        origin: Origin::Registered,
        owner,
        registration_token,
        registration,
    };
    until_committed(&app.store, || async {
        let mut effects = may().await?;
        if app.store.client(&client.id).await.map_err(RegistryError::from)?.is_some() {
            return Err(RegistryError::Exists.into());
        }
        effects.push(Effect::AddClient(client.clone()));
        Ok::<_, E>((effects, ()))
    })
    .await?;
    Ok(Registered { client, secret })
}

/// Gives a client the registration that `changed` makes of its entry; a secret if it is confidential from now on, none if it
/// is public. What it holds ends if it loses something.
///
/// # Errors
/// Those of `changed`, and [`RegistryError`]; the entry is as it was then.
pub async fn reregister<E: From<RegistryError> + From<Uncommitted>>(
    app: &App,
    id: &ClientId,
    changed: impl Fn(&Client) -> Result<Registration, E>,
) -> Result<Registered, E> {
    let (fresh, mac) = new_secret(app)?;
    let client = replace(app, id, |client| {
        let mut registration = changed(client)?;
        if registration.name.is_empty() {
            registration.name = id.to_string();
        }
        let secret = match registration.kind {
            ClientKind::Confidential => client.secret.clone().or_else(|| Some(mac.clone())),
            ClientKind::Public => None,
        };
        Ok::<_, E>(client.replaced(secret, registration))
    })
    .await?;
    let is_fresh = client.secret.as_ref() == Some(&mac);
    Ok(Registered { client, secret: is_fresh.then_some(fresh) })
}

/// Gives a client another secret, if `may` says so.
///
/// # Errors
/// Those of `may`, and [`RegistryError`]; the secret is the old one then.
pub async fn reset_secret<E: From<RegistryError> + From<Uncommitted>>(
    app: &App,
    id: &ClientId,
    holdings: Holdings,
    may: impl Fn(&Client) -> Result<(), E>,
) -> Result<SecretString, E> {
    let (secret, mac) = new_secret(app)?;
    let renewed = |client: &Client| -> Result<Client, E> {
        may(client)?;
        registered(client)?;
        if client.registration.kind == ClientKind::Public {
            return Err(RegistryError::Public.into());
        }
        let epoch = if holdings == Holdings::End { client.epoch.next() } else { client.epoch };
        Ok(Client { epoch, secret: Some(mac.clone()), ..client.clone() })
    };
    replace(app, id, renewed).await?;
    Ok(secret)
}

/// Puts what `changed` makes of a client's entry in its place.
///
/// # Errors
/// Those of `changed`, and [`RegistryError`]; the entry is as it was then.
pub async fn replace<E: From<RegistryError> + From<Uncommitted>>(
    app: &App,
    id: &ClientId,
    changed: impl Fn(&Client) -> Result<Client, E>,
) -> Result<Client, E> {
    change_to(app, id, |known| {
        let client = known.ok_or(RegistryError::Unknown)?;
        let new = changed(&client)?;
        registered(&client)?;
        fits_no_worse(app, &new.registration, &client.registration)?;
        let effects = match new == *client {
            true => vec![],
            false => vec![Effect::ReplaceClient { client: new.clone(), seen: client.revision }],
        };
        Ok((effects, new))
    })
    .await
}

/// Deregisters a client, if `may` says so. What it holds is dead from then on.
///
/// # Errors
/// Those of `may`, and [`RegistryError`]; the client is as it was then.
pub async fn deregister<E: From<RegistryError> + From<Uncommitted>>(
    app: &App,
    id: &ClientId,
    may: impl Fn(&Client) -> Result<(), E>,
) -> Result<(), E> {
    change(app, id, |known| {
        let client = known.ok_or(RegistryError::Unknown)?;
        may(&client)?;
        registered(&client)?;
        Ok(removed(&client).into())
    })
    .await
}

async fn change<E: From<RegistryError> + From<Uncommitted>>(
    app: &App,
    id: &ClientId,
    decide: impl Fn(Option<Arc<Client>>) -> Result<Vec<Effect>, E>,
) -> Result<(), E> {
    change_to(app, id, |known| Ok((decide(known)?, ()))).await
}

async fn change_to<A, E: From<RegistryError> + From<Uncommitted>>(
    app: &App,
    id: &ClientId,
    decide: impl Fn(Option<Arc<Client>>) -> Result<(Vec<Effect>, A), E>,
) -> Result<A, E> {
    until_committed(&app.store, || async { decide(app.store.client(id).await.map_err(RegistryError::from)?) }).await
}

/// Only what is not the configuration's is changed here; whoever may not change it anyway is not told so.
fn registered(client: &Client) -> Result<(), RegistryError> {
    match client.origin {
        Origin::Registered | Origin::Directory => Ok(()),
        Origin::Configured => Err(RegistryError::Configured),
    }
}

fn fits(app: &App, registration: &Registration) -> Result<(), RegistryError> {
    let found = all_misfits(app, registration);
    if found.is_empty() { Ok(()) } else { Err(RegistryError::Misfits(found)) }
}

/// Holds nothing against a change that was there before: an entry may have ceased to fit when the configuration changed, and what
/// ends access must not fail for that.
fn fits_no_worse(app: &App, new: &Registration, old: &Registration) -> Result<(), RegistryError> {
    if new == old {
        return Ok(());
    }
    let had = all_misfits(app, old);
    let found: Vec<_> = all_misfits(app, new).into_iter().filter(|misfit| !had.contains(misfit)).collect();
    if found.is_empty() { Ok(()) } else { Err(RegistryError::Misfits(found)) }
}

fn all_misfits(app: &App, registration: &Registration) -> Vec<Misfit> {
    let mut found = misfits(registration);
    found.extend(misfits_among(registration, &app.settings.load().servers));
    found
}

/// Makes the key that signs the tokens of such a client, if there is none yet.
///
/// # Errors
/// [`RegistryError::Keys`].
pub async fn prepare_to_sign(app: &App, registration: &Registration) -> Result<(), RegistryError> {
    if let AccessFormat::Jwt(algorithm) = registration.access_format {
        app.ensure_keys(&[KeyUse::Signing(algorithm)]).await?;
    }
    Ok(())
}

fn new_secret(app: &App) -> Result<(SecretString, SecretMac), RegistryError> {
    let secret = client_secret::generate().map_err(|_| RegistryError::Random)?;
    let mac = remembered(app, &secret)?;
    Ok((secret, mac))
}

fn remembered(app: &App, secret: &SecretString) -> Result<SecretMac, RegistryError> {
    remember(secret, &app.ring.load(), app.now()).ok_or(RegistryError::NoSecretKey)
}

/// The characters of generated ids: none that looks like another, and no vowels, so that no words come about.
const ID_ALPHABET: [u8; 24] = *b"34679bdfhmnprtFGHJLMNPRT";
/// How many of them: some 100 bits.
const ID_LENGTH: usize = 22;

/// A client id of the form that KorAP gives them.
///
/// # Errors
/// [`RegistryError::Random`].
pub fn generate_id() -> Result<ClientId, RegistryError> {
    let mut id = String::with_capacity(ID_LENGTH);
    while id.len() < ID_LENGTH {
        let bytes: [u8; 32] = random().map_err(|_| RegistryError::Random)?;
        // 240 is ten times the alphabet: what is above would favour its beginning.
        let even = bytes.into_iter().filter(|byte| *byte < 240).filter_map(|byte| ID_ALPHABET.get(usize::from(byte) % ID_ALPHABET.len()));
        id.extend(even.map(|byte| char::from(*byte)).take(ID_LENGTH - id.len()));
    }
    ClientId::parse(&id).map_err(|_| RegistryError::Random)
}
