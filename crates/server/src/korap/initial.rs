//! The super client that a server begins with: something has to be trusted with passwords before users can register anything.
//!
//! 1. Its id and secret are written to a file first, if there is none: whole, and never over what is there.
//! 2. What the file names is registered, unless it is. So a start that is cut off between the two is made good by the next one,
//!    and a store that was lost gets back the client that the application knows.

use std::path::{Path, PathBuf};

use keyward_rules::korap::initial_super_client;
use keyward_store::private_file::{self, PrivateFileError};
use keyward_wire::client_id::ClientId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    app::App,
    client_secret,
    registry::{self, NewClient, RegistryError, generate_id},
};

/// What the file holds.
#[derive(Deserialize)]
struct Credentials {
    client_id: ClientId,
    client_secret: SecretString,
}

#[derive(Serialize)]
struct Written<'a> {
    client_id: &'a str,
    client_secret: &'a str,
}

/// Why there is none.
#[derive(Debug, Error)]
pub enum InitialError {
    /// The file cannot be used.
    #[error("the credentials of the initial super client: {0}")]
    File(#[from] PrivateFileError),
    /// It holds something else.
    #[error(
        "{path} holds no credentials: expected {{\"client_id\": …, \"client_secret\": …}}; remove the file to have a client made anew",
        path = .0.display()
    )]
    Malformed(PathBuf),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Random,
    /// The client was not registered.
    #[error("the initial super client cannot be registered: {0}")]
    Registry(#[from] RegistryError),
}

/// Whether there is a file, which could be used then. Makes nothing.
///
/// # Errors
/// See [`InitialError`].
pub fn check(path: &Path) -> Result<bool, InitialError> {
    Ok(read(path)?.is_some())
}

/// Sees to it that the client is registered whose credentials are in the file at `path`; returns it, if it was not.
///
/// # Errors
/// See [`InitialError`].
pub async fn ensure(app: &App, path: &Path) -> Result<Option<ClientId>, InitialError> {
    let Credentials { client_id, client_secret } = match read(path)? {
        Some(known) => known,
        None => {
            write(path)?;
            read(path)?.ok_or_else(|| InitialError::Malformed(path.to_owned()))?
        }
    };
    let new = NewClient { id: Some(client_id.clone()), owner: None, registration_token: None, registration: initial_super_client() };
    match registry::register_with(app, new, Some(client_secret)).await {
        Ok(_) => Ok(Some(client_id)),
        Err(RegistryError::Exists) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn read(path: &Path) -> Result<Option<Credentials>, InitialError> {
    let Some(text) = private_file::read(path)? else { return Ok(None) };
    // What JSON says of what is wrong with it would show the secret.
    let credentials: Credentials = serde_json::from_str(&text).map_err(|_| InitialError::Malformed(path.to_owned()))?;
    if credentials.client_secret.expose_secret().is_empty() {
        return Err(InitialError::Malformed(path.to_owned()));
    }
    Ok(Some(credentials))
}

fn write(path: &Path) -> Result<(), InitialError> {
    let (id, secret) = (generate_id()?, client_secret::generate().map_err(|_| InitialError::Random)?);
    let written = Written { client_id: id.as_str(), client_secret: secret.expose_secret() };
    let text = serde_json::to_string(&written).map_err(|_| InitialError::Malformed(path.to_owned()))?;
    private_file::create(path, &Zeroizing::new(text + "\n"))?;
    Ok(())
}
