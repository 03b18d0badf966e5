//! What commands ask of a store: a closed list, carried out by whoever has the store open.
//!
//! 1. A command makes a [`Request`]. Where a server runs, it goes to the server through the socket beside the store
//!    ([`socket`]); where none runs, the command opens the store itself. Either way [`execute`] does it.
//! 2. The work is in one file per noun: [`user`], [`client`], [`invitation`], [`authorization`], [`key`], [`token`]. A change is an
//!    effect with the revision that was seen, decided again when somebody else was faster.
//! 3. An [`Answer`] holds no secret but one that was just made; a [`ControlError`] says how to mend what was refused.

pub mod authorization;
pub mod client;
pub mod invitation;
pub mod key;
pub mod socket;
pub mod token;
pub mod user;

mod error;
#[cfg(test)]
mod tests;

use jiff::Timestamp as Instant;
use keyward_rules::{
    effect::Effect,
    key_ring::KeyUse,
    model::{authorization::KeyId, time::Timestamp, user::Origin},
};
use keyward_store::StoreError;
use keyward_wire::client_id::ClientId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

pub use error::ControlError;

use crate::{app::App, settle::until_committed};

/// What can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Add a user.
    AddUser(user::NewUser),
    /// All users.
    ListUsers,
    /// One user.
    ShowUser(String),
    /// End what speaks for a user, and let them log in no more.
    DisableUser(String),
    /// Let a user log in again.
    EnableUser(String),
    /// Give a user another password, and end what speaks for them.
    SetPassword {
        /// Who.
        username: String,
        /// Their new password.
        #[serde(serialize_with = "exposed")]
        password: SecretString,
    },
    /// Remove a user, and with them what speaks for them.
    RemoveUser(String),
    /// Say whether a user may administer.
    Administer {
        /// Who.
        username: String,
        /// Whether they may.
        may: bool,
    },
    /// Register a client.
    AddClient(Box<client::NewClient>),
    /// All clients, or those that one user registered.
    ListClients {
        /// By whom.
        owner: Option<String>,
    },
    /// One client.
    ShowClient(String),
    /// What a client is registered for, to be changed.
    Registration(String),
    /// Put another registration in the place of the one that was seen.
    ChangeClient(Box<client::Change>),
    /// Give a client another secret.
    ResetSecret {
        /// Which.
        id: String,
        /// Whether what it holds stays valid.
        keep_tokens: bool,
    },
    /// Deregister a client, and end what it holds.
    RemoveClient(String),
    /// Let clients register themselves with a token.
    Invite(invitation::NewInvitation),
    /// All keys, without their bytes.
    ListKeys,
    /// Make keys that take over.
    RotateKeys {
        /// For which uses; none: for all that have a key and can be rotated.
        #[serde(with = "key::uses")]
        uses: Vec<KeyUse>,
        /// At once, instead of after they were published for a while.
        at_once: bool,
    },
    /// Remove a key, and end what was made with it.
    RemoveKey(KeyId),
    /// Replace the key that all others are encrypted with.
    RotateRootKey,
    /// What is live of what people authorized, the newest first.
    ListAuthorizations(authorization::Which),
    /// End authorizations, and every token made from them.
    EndAuthorizations(authorization::What),
    /// What a token says, and whether it is live.
    InspectToken(#[serde(serialize_with = "exposed")] SecretString),
}

/// What comes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done, and there is nothing more to say.
    Done,
    /// A user, as they are now.
    User(user::Entry),
    /// Users, by name.
    Users(Vec<user::Entry>),
    /// A client, as it is now.
    Client(Box<client::Entry>),
    /// Clients, by id.
    Clients(Vec<client::Entry>),
    /// A client's new credentials, which nobody will see again.
    Credentials(client::Credentials),
    /// What lets clients register themselves, which nobody will see again.
    Invitation(invitation::MadeInvitation),
    /// Keys, by use.
    Keys(Vec<key::Entry>),
    /// What a client is registered for, and the revision it was seen at.
    Registration(Box<client::Seen>),
    /// Authorizations, the newest first.
    Authorizations(Vec<authorization::Entry>),
    /// What there is to say of a token.
    Token(Box<token::Report>),
}

/// Does what is asked.
///
/// # Errors
/// It was refused or failed; nothing is half done.
pub async fn execute(app: &App, request: Request) -> Result<Answer, ControlError> {
    match request {
        Request::AddUser(new) => user::add(app, new).await,
        Request::ListUsers => user::list(app).await,
        Request::ShowUser(username) => user::show(app, &username).await,
        Request::DisableUser(username) => user::disable(app, &username).await,
        Request::EnableUser(username) => user::enable(app, &username).await,
        Request::SetPassword { username, password } => user::set_password(app, &username, password).await,
        Request::RemoveUser(username) => user::remove(app, &username).await,
        Request::Administer { username, may } => user::administer(app, &username, may).await,
        Request::AddClient(new) => client::add(app, *new).await,
        Request::ListClients { owner } => client::list(app, owner).await,
        Request::ShowClient(id) => client::show(app, &id).await,
        Request::Registration(id) => client::registration(app, &id).await,
        Request::ChangeClient(change) => client::change(app, *change).await,
        Request::ResetSecret { id, keep_tokens } => client::reset_secret(app, &id, keep_tokens).await,
        Request::RemoveClient(id) => client::remove(app, &id).await,
        Request::Invite(new) => invitation::make(app, new).await,
        Request::ListKeys => key::list(app).await,
        Request::RotateKeys { uses, at_once } => key::alone(app, key::rotate(app, uses, at_once)).await,
        Request::RemoveKey(id) => key::alone(app, key::remove(app, id)).await,
        Request::RotateRootKey => key::alone(app, key::rotate_root(app)).await,
        Request::ListAuthorizations(which) => authorization::list(app, which).await,
        Request::EndAuthorizations(what) => authorization::end(app, what).await,
        Request::InspectToken(token) => token::inspect(app, &token).await,
    }
}

impl Request {
    /// What it does to whom, for the log.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Request::AddUser(new) => format!("user add {}", new.username),
            Request::ListUsers => "user list".to_owned(),
            Request::ShowUser(username) => format!("user show {username}"),
            Request::DisableUser(username) => format!("user disable {username}"),
            Request::EnableUser(username) => format!("user enable {username}"),
            Request::SetPassword { username, .. } => format!("user password {username}"),
            Request::RemoveUser(username) => format!("user remove {username}"),
            Request::Administer { username, may } => format!("user admin {username}{}", if *may { "" } else { " --revoke" }),
            Request::AddClient(new) => format!("client add {}", new.id.as_ref().map_or("with a new id", ClientId::as_str)),
            Request::ListClients { .. } => "client list".to_owned(),
            Request::ShowClient(id) => format!("client show {id}"),
            Request::Registration(id) => format!("client change {id}, looking"),
            Request::ChangeClient(change) => format!("client change {}", change.id),
            Request::ResetSecret { id, .. } => format!("client reset-secret {id}"),
            Request::RemoveClient(id) => format!("client remove {id}"),
            Request::Invite(new) => format!("client invite --uses {}", new.uses),
            Request::ListKeys => "key list".to_owned(),
            Request::RotateKeys { uses, .. } => {
                let names = uses.iter().map(|usage| usage.as_str());
                std::iter::once("key rotate").chain(names).collect::<Vec<_>>().join(" ")
            }
            Request::RemoveKey(id) => format!("key remove {}", key::name(*id)),
            Request::RotateRootKey => "key rotate-root".to_owned(),
            Request::ListAuthorizations(_) => "token list".to_owned(),
            Request::EndAuthorizations(what) => format!("token revoke, of {what}"),
            Request::InspectToken(_) => "token inspect".to_owned(),
        }
    }
}

/// Who keeps an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBy {
    /// The configuration file: only it changes the entry.
    Configuration,
    /// Commands.
    Commands,
    /// Another directory: it has their password, commands do the rest.
    Directory,
    /// The client, which registered itself.
    Itself,
}

impl KeptBy {
    /// As people read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            KeptBy::Configuration => "configuration",
            KeptBy::Commands => "commands",
            KeptBy::Directory => "directory",
            KeptBy::Itself => "the client, which registered itself",
        }
    }
}

impl From<Origin> for KeptBy {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Configured => KeptBy::Configuration,
            Origin::Registered => KeptBy::Commands,
            Origin::Directory => KeptBy::Directory,
        }
    }
}

/// Loads what is there, decides what to write, writes it; all over again if somebody else was faster.
async fn change<F, L, A>(
    app: &App,
    load: impl Fn() -> L,
    decide: impl Fn(F) -> Result<(Vec<Effect>, A), ControlError>,
) -> Result<A, ControlError>
where
    L: Future<Output = Result<F, StoreError>>,
{
    until_committed(&app.store, || async { decide(load().await?) }).await
}

fn random<const N: usize>() -> Result<[u8; N], ControlError> {
    crate::random::random().map_err(|_| ControlError::Random)
}

/// A point in time as people and their programs read it: RFC 3339.
fn instant(at: Timestamp) -> Instant {
    Instant::from_millisecond(at.0).unwrap_or(if at.0 < 0 { Instant::MIN } else { Instant::MAX })
}

/// Writes a secret for the socket, which only the server's own user reads.
fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn exposed_if_any<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default())
}
