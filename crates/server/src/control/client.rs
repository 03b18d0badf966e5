//! Clients, as commands see and change them.

mod entry;

use keyward_rules::{
    client_auth::remember,
    effect::Effect,
    key_ring::KeyUse,
    model::{
        client::{AccessFormat, Client, ClientKind, Registration, SecretMac},
        epoch::{Epoch, Revision},
        user::Origin,
    },
    registration::{misfits, misfits_among},
};
use keyward_wire::client_id::ClientId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use entry::Entry;

use super::{Answer, ControlError, change, exposed_if_any, random};
use crate::{app::App, client_secret};

/// A client to register.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewClient {
    /// What it is to be registered under; made if there is none.
    pub id: Option<ClientId>,
    /// What it may do; a name that is empty becomes the id.
    pub registration: Registration,
}

/// What a client needs to know to use the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credentials {
    /// Its id.
    pub client_id: ClientId,
    /// Its secret, which the store keeps only as a MAC; none for public clients.
    #[serde(serialize_with = "exposed_if_any", skip_serializing_if = "Option::is_none", default)]
    pub client_secret: Option<SecretString>,
}

pub(super) async fn add(app: &App, new: NewClient) -> Result<Answer, ControlError> {
    let NewClient { id, mut registration } = new;
    fits(app, &registration)?;
    let id = id.map_or_else(generate_id, Ok)?;
    if registration.name.is_empty() {
        registration.name = id.to_string();
    }
    if let AccessFormat::Jwt(algorithm) = registration.access_format {
        app.ensure_keys(&[KeyUse::Signing(algorithm)]).await?;
    }
    let secret = match registration.kind {
        ClientKind::Confidential => Some(new_secret(app)?),
        ClientKind::Public => None,
    };
    let (client_secret, mac) = secret.unzip();
    let epoch = Epoch::first(random()?);
    let client =
        Client { id, epoch, revision: Revision::default(), secret: mac, created_at: app.now(), origin: Origin::Registered, registration };
    change(
        app,
        || app.store.client(&client.id),
        |known| match known {
            Some(_) => Err(ControlError::ClientExists(client.id.to_string())),
            None => Ok((vec![Effect::AddClient(client.clone())], ())),
        },
    )
    .await?;
    Ok(Answer::Credentials(Credentials { client_id: client.id, client_secret }))
}

pub(super) async fn list(app: &App) -> Result<Answer, ControlError> {
    Ok(Answer::Clients(app.store.clients().await?.iter().map(Entry::from).collect()))
}

pub(super) async fn show(app: &App, id: &str) -> Result<Answer, ControlError> {
    let client = app.store.client(&named(id)?).await?.ok_or_else(|| ControlError::UnknownClient(id.to_owned()))?;
    Ok(Answer::Client(Box::new(Entry::from(&*client))))
}

/// The epoch stays: what the client holds was given to it rightly, and stays valid.
pub(super) async fn reset_secret(app: &App, id: &str) -> Result<Answer, ControlError> {
    let named = named(id)?;
    let (secret, mac) = new_secret(app)?;
    change(
        app,
        || app.store.client(&named),
        |client| {
            let client = client.ok_or_else(|| ControlError::UnknownClient(id.to_owned()))?;
            registered(&client)?;
            if client.registration.kind == ClientKind::Public {
                return Err(ControlError::PublicClient(id.to_owned()));
            }
            let replaced = Client { secret: Some(mac.clone()), ..(*client).clone() };
            Ok((vec![Effect::ReplaceClient { client: replaced, seen: client.revision }], ()))
        },
    )
    .await?;
    Ok(Answer::Credentials(Credentials { client_id: named, client_secret: Some(secret) }))
}

pub(super) async fn remove(app: &App, id: &str) -> Result<Answer, ControlError> {
    let named = named(id)?;
    change(
        app,
        || app.store.client(&named),
        |client| {
            let client = client.ok_or_else(|| ControlError::UnknownClient(id.to_owned()))?;
            registered(&client)?;
            Ok((vec![Effect::RemoveClient { id: client.id.clone(), seen: client.revision }], Answer::Done))
        },
    )
    .await
}

/// A text that is no client id is the id of no client.
fn named(id: &str) -> Result<ClientId, ControlError> {
    ClientId::parse(id).map_err(|_| ControlError::UnknownClient(id.to_owned()))
}

fn registered(client: &Client) -> Result<(), ControlError> {
    match client.origin {
        Origin::Registered => Ok(()),
        Origin::Configured => Err(ControlError::ConfiguredClient(client.id.to_string())),
    }
}

fn fits(app: &App, registration: &Registration) -> Result<(), ControlError> {
    let mut found = misfits(registration);
    found.extend(misfits_among(registration, &app.settings.load().servers));
    match found.is_empty() {
        true => Ok(()),
        false => {
            let lines: Vec<_> = found.iter().map(|misfit| format!("{}: {}", misfit.setting, misfit.message)).collect();
            Err(ControlError::Registration(lines.join("\n")))
        }
    }
}

fn new_secret(app: &App) -> Result<(SecretString, SecretMac), ControlError> {
    let secret = client_secret::generate().map_err(|_| ControlError::Random)?;
    let mac = remember(&secret, &app.ring.load(), app.now()).ok_or(ControlError::NoSecretKey)?;
    Ok((secret, mac))
}

/// The characters of generated ids: none that looks like another, no vowels but one, so that no words come about.
const ID_ALPHABET: [u8; 24] = *b"34679bdfhmnprtFGHJLMNPRT";
/// How many of them: some 100 bits.
const ID_LENGTH: usize = 22;

/// A client id as KorAP makes them.
fn generate_id() -> Result<ClientId, ControlError> {
    let mut id = String::with_capacity(ID_LENGTH);
    while id.len() < ID_LENGTH {
        let bytes: [u8; 32] = random()?;
        // 240 is ten times the alphabet: what is above would favour its beginning.
        let even = bytes.into_iter().filter(|byte| *byte < 240).filter_map(|byte| ID_ALPHABET.get(usize::from(byte) % ID_ALPHABET.len()));
        id.extend(even.map(|byte| char::from(*byte)).take(ID_LENGTH - id.len()));
    }
    ClientId::parse(&id).map_err(|_| ControlError::Random)
}
