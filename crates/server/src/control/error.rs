//! Why something was refused.

use keyward_rules::model::user::{LONGEST_PASSWORD, SHORTEST_PASSWORD};
use keyward_store::{StoreError, keys::KeyError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::socket::REQUEST_LIMIT;
use crate::{hashing::NotHashed, settle::Uncommitted};

/// Why something was not done. Nothing is half done.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlError {
    /// Nobody has this name.
    #[error("there is no user {0}; see who there is with: keyward user list")]
    UnknownUser(String),
    /// Somebody has this name, or one that looks like it.
    #[error("there is a user {0} already (names that look alike are one account); choose another name, or change that user")]
    UserExists(String),
    /// It cannot be a name.
    #[error("expected a user name of 1 to 256 bytes; {0}")]
    IllegalUsername(String),
    /// It cannot be a password.
    #[error(
        "expected a password of at least {SHORTEST_PASSWORD} characters and at most {LONGEST_PASSWORD} bytes without control characters, found {0}"
    )]
    IllegalPassword(String),
    /// Only the file changes this user.
    #[error(
        "the configuration file keeps the user {0}: change it there and reload the server (SIGHUP); to keep them out at once, run: keyward user disable {0}"
    )]
    ConfiguredUser(String),
    /// Only the directory has their password.
    #[error("the password of {0} is checked by the directory: change it there; to keep them out at once, run: keyward user disable {0}")]
    DirectoryUser(String),
    /// No client has this id.
    #[error("there is no client {0}; see which there are with: keyward client list")]
    UnknownClient(String),
    /// The id is taken.
    #[error("there is a client {0} already; choose another ID, or leave it out to have one made")]
    ClientExists(String),
    /// Only the file changes this client.
    #[error("the configuration file keeps the client {0}: change it there and reload the server (SIGHUP)")]
    ConfiguredClient(String),
    /// It changes its registration itself, and what was changed here it could change back.
    #[error(
        "the client {0} registered itself and may change its registration at any time, within the terms of [registration]: change those, or remove it with: keyward client remove {0}"
    )]
    ClientChangesItself(String),
    /// Its type is for good.
    #[error("the client {0} keeps the type it was registered with; register another client, and remove this one")]
    ClientType(String),
    /// No authorization has this handle.
    #[error("there is no live authorization {0}; see which there are with: keyward token list")]
    UnknownAuthorization(String),
    /// It has no secret.
    #[error("the client {0} is public and has no secret; register a confidential one instead")]
    PublicClient(String),
    /// What it should be registered for does not fit together.
    #[error("{0}")]
    Registration(String),
    /// No client could use it.
    #[error(
        "expected registration.mode = \"token\" in the configuration, so that clients register with a token, found another; change it there, and reload the server (SIGHUP)"
    )]
    NoInvitations,
    /// There is no key to recognise secrets with.
    #[error("the key that client secrets are recognised with is missing from the store; restore a backup")]
    NoSecretKey,
    /// A key has to stay.
    #[error(
        "the key for client secrets cannot be rotated or removed: the store keeps only what it made of each secret, so every client would need a new one; to replace a secret that leaked, run: keyward client reset-secret ID"
    )]
    ClientSecretKey,
    /// No other key could take over.
    #[error("key {0} is the newest for its use; rotate first, so that another takes over: keyward key rotate {1}")]
    NewestKey(String, String),
    /// Changing keys failed.
    #[error("{0}")]
    Keys(String),
    /// The store does not work.
    #[error("{0}")]
    Store(String),
    /// Hashing failed.
    #[error("{0}")]
    Hashing(String),
    /// Others changed the same entry over and over.
    #[error("somebody else changed the same entry at the same time, again and again; try once more")]
    Conflict,
    /// There is no randomness.
    #[error("the system's random source failed; try once more")]
    Random,
    /// The request cannot be understood.
    #[error("expected one of the requests of this version of keyward as one line of JSON, found {0}; use the same version as the server")]
    Malformed(String),
    /// The request is too long.
    #[error("expected a request of at most {REQUEST_LIMIT} bytes, found a longer one")]
    TooLarge,
    /// The request did not arrive.
    #[error("expected the whole request within {0} seconds, found only a part")]
    TooSlow(u64),
}

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        ControlError::Store(error.to_string())
    }
}

impl From<Uncommitted> for ControlError {
    fn from(why: Uncommitted) -> Self {
        match why {
            Uncommitted::Store(error) => error.into(),
            Uncommitted::Conflict => ControlError::Conflict,
        }
    }
}

impl From<KeyError> for ControlError {
    fn from(error: KeyError) -> Self {
        ControlError::Keys(error.to_string())
    }
}

impl From<NotHashed> for ControlError {
    fn from(error: NotHashed) -> Self {
        ControlError::Hashing(error.to_string())
    }
}
