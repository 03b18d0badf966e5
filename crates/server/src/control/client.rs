//! Clients, as commands see and change them.

mod entry;

use keyward_rules::model::{
    client::{Client, Registration},
    user::Origin,
};
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

/// A client's registration, as it was seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// What it is registered for.
    pub registration: Registration,
    /// The revision that this is.
    pub revision: i64,
}

/// Another registration for a client.
#[derive(Debug, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub id: String,
    /// What it is to be registered for; its type stays.
    pub registration: Registration,
    /// The revision that was seen; whoever changed it since is not overruled.
    pub seen: i64,
}

pub(super) async fn add(app: &App, new: NewClient) -> Result<Answer, ControlError> {
    let NewClient { id, registration } = new;
    let wanted = id.as_ref().map(ToString::to_string).unwrap_or_default();
    let new = registry::NewClient { id, owner: None, registration_token: None, registration };
    let Registered { client, secret } = registry::register(app, new).await.map_err(|error| refused(error, &wanted))?;
    Ok(Answer::Credentials(Credentials { client_id: client.id, client_secret: secret }))
}

pub(super) async fn list(app: &App, owner: Option<String>) -> Result<Answer, ControlError> {
    let clients = match owner {
        None => app.store.clients().await?,
        Some(name) => {
            let user = app.store.user_by_name(&name).await?.ok_or(ControlError::UnknownUser(name))?;
            app.store.clients_of(user.id).await?
        }
    };
    let mut entries = Vec::with_capacity(clients.len());
    for client in &clients {
        entries.push(entry(app, client).await?);
    }
    Ok(Answer::Clients(entries))
}

async fn entry(app: &App, client: &Client) -> Result<Entry, ControlError> {
    let owner = match client.owner {
        Some(id) => app.store.user(id).await?.map(|user| user.username.clone()),
        None => None,
    };
    Ok(Entry::new(client, owner))
}

pub(super) async fn show(app: &App, id: &str) -> Result<Answer, ControlError> {
    let client = app.store.client(&named(id)?).await?.ok_or_else(|| ControlError::UnknownClient(id.to_owned()))?;
    Ok(Answer::Client(Box::new(entry(app, &client).await?)))
}

pub(super) async fn registration(app: &App, id: &str) -> Result<Answer, ControlError> {
    let client = app.store.client(&named(id)?).await?.ok_or_else(|| ControlError::UnknownClient(id.to_owned()))?;
    if client.origin == Origin::Configured {
        return Err(ControlError::ConfiguredClient(id.to_owned()));
    }
    Ok(Answer::Registration(Box::new(Seen { registration: client.registration.clone(), revision: client.revision.0 })))
}

/// What the client loses by it, its tokens lose: then everything it holds ends.
pub(super) async fn change(app: &App, change: Change) -> Result<Answer, ControlError> {
    let Change { id, registration, seen } = change;
    let changed = |client: &Client| match client {
        _ if client.registered_itself() => Err(RegistryError::ChangesItself),
        _ if client.revision.0 != seen => Err(RegistryError::Conflict),
        _ if client.registration.kind != registration.kind => Err(RegistryError::OtherType),
        _ => Ok(client.replaced(client.secret.clone(), registration.clone())),
    };
    registry::prepare_to_sign(app, &registration).await.map_err(|error| refused(error, &id))?;
    let client = registry::replace(app, &named(&id)?, changed).await.map_err(|error| refused(error, &id))?;
    Ok(Answer::Client(Box::new(entry(app, &client).await?)))
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
        RegistryError::ChangesItself => ControlError::ClientChangesItself(id.to_owned()),
        RegistryError::OtherType => ControlError::ClientType(id.to_owned()),
        RegistryError::Public => ControlError::PublicClient(id.to_owned()),
        RegistryError::Misfits(_) => ControlError::Registration(error.to_string()),
        RegistryError::NoSecretKey => ControlError::NoSecretKey,
        RegistryError::Random => ControlError::Random,
        RegistryError::Keys(error) => error.into(),
        RegistryError::Store(error) => error.into(),
        RegistryError::Conflict => ControlError::Conflict,
    }
}
