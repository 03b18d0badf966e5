//! Clients, as commands see and change them.

mod entry;

use keyward_rules::model::client::Registration;
use keyward_wire::client_id::ClientId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use entry::Entry;

use super::{Answer, ControlError, exposed_if_any};
use crate::{
    app::App,
    registry::{self, Holdings, Registered, RegistryError},
};

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
    let NewClient { id, registration } = new;
    let wanted = id.as_ref().map(ToString::to_string).unwrap_or_default();
    let new = registry::NewClient { id, owner: None, registration_token: None, registration };
    let Registered { client, secret } = registry::register(app, new).await.map_err(|error| refused(error, &wanted))?;
    Ok(Answer::Credentials(Credentials { client_id: client.id, client_secret: secret }))
}

pub(super) async fn list(app: &App) -> Result<Answer, ControlError> {
    Ok(Answer::Clients(app.store.clients().await?.iter().map(Entry::from).collect()))
}

pub(super) async fn show(app: &App, id: &str) -> Result<Answer, ControlError> {
    let client = app.store.client(&named(id)?).await?.ok_or_else(|| ControlError::UnknownClient(id.to_owned()))?;
    Ok(Answer::Client(Box::new(Entry::from(&*client))))
}

pub(super) async fn reset_secret(app: &App, id: &str, keep_tokens: bool) -> Result<Answer, ControlError> {
    let client_id = named(id)?;
    let holdings = if keep_tokens { Holdings::Stay } else { Holdings::End };
    let secret = registry::reset_secret(app, &client_id, holdings, |_| Ok(())).await.map_err(|error| refused(error, id))?;
    Ok(Answer::Credentials(Credentials { client_id, client_secret: Some(secret) }))
}

pub(super) async fn remove(app: &App, id: &str) -> Result<Answer, ControlError> {
    registry::deregister(app, &named(id)?, |_| Ok(())).await.map_err(|error| refused(error, id))?;
    Ok(Answer::Done)
}

/// A text that is no client id is the id of no client.
fn named(id: &str) -> Result<ClientId, ControlError> {
    ClientId::parse(id).map_err(|_| ControlError::UnknownClient(id.to_owned()))
}

/// How to mend what was refused, for who types commands.
fn refused(error: RegistryError, id: &str) -> ControlError {
    match error {
        RegistryError::Unknown => ControlError::UnknownClient(id.to_owned()),
        RegistryError::Exists => ControlError::ClientExists(id.to_owned()),
        RegistryError::Configured => ControlError::ConfiguredClient(id.to_owned()),
        RegistryError::Public => ControlError::PublicClient(id.to_owned()),
        RegistryError::Misfits(_) => ControlError::Registration(error.to_string()),
        RegistryError::NoSecretKey => ControlError::NoSecretKey,
        RegistryError::Random => ControlError::Random,
        RegistryError::Keys(error) => error.into(),
        RegistryError::Store(error) => error.into(),
        RegistryError::Conflict => ControlError::Conflict,
    }
}
