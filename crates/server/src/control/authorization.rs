//! What people authorized, as commands see and end it.

use std::{fmt, sync::Arc};

use jiff::Timestamp as Instant;
use keyward_rules::{
    effect::Effect,
    handle::Handle,
    model::{authorization::Authorization, client::Client, user::User},
};
use keyward_wire::{audience::Audience, client_id::ClientId, token_request::GrantType};
use serde::{Deserialize, Serialize};

use super::{Answer, ControlError, change, instant};
use crate::{app::App, authorizations};

/// How many are listed at most.
pub const LISTED: usize = 1000;

/// Whose are listed; of nobody in particular, everybody's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Which {
    /// Of this user.
    pub username: Option<String>,
    /// Of this client.
    pub client: Option<String>,
}

/// What is ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The authorization with this handle.
    Handle(String),
    /// Everything that speaks for this user; they have to sign in again as well.
    User(String),
    /// Everything that this client holds, its own tokens too.
    Client(String),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Handle(handle) => write!(f, "the authorization {handle}"),
            What::User(username) => write!(f, "the user {username}"),
            What::Client(id) => write!(f, "the client {id}"),
        }
    }
}

/// What is said of an authorization. Nothing of it can be used as a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is ended by.
    pub handle: String,
    /// Who may act.
    pub client: ClientId,
    /// For whom.
    pub username: String,
    /// How it came about.
    pub grant: GrantType,
    /// What it allows.
    pub scope: String,
    /// Where; empty: at the issuer itself.
    pub audience: Vec<Audience>,
    /// When it began.
    pub created_at: Instant,
    /// When a token was made from it last.
    pub last_used_at: Instant,
    /// When it ends by itself.
    pub expires_at: Instant,
}

impl Entry {
    fn new(own: &Authorization, user: &User) -> Self {
        Entry {
            handle: Handle(own.id).to_string(),
            client: own.client.clone(),
            username: user.username.clone(),
            grant: own.grant,
            scope: own.scope.to_string(),
            audience: own.audience.clone(),
            created_at: instant(own.created_at),
            last_used_at: instant(own.rotated_at),
            expires_at: instant(own.expires_at),
        }
    }
}

pub(super) async fn list(app: &App, which: Which) -> Result<Answer, ControlError> {
    let now = app.now();
    let client = match &which.client {
        Some(id) => Some(client(app, id).await?.id),
        None => None,
    };
    let found = match &which.username {
        Some(username) => app.store.authorizations_of(user(app, username).await?.id, now, LISTED).await?,
        None => app.store.newest_authorizations(client.as_ref(), now, LISTED).await?,
    };
    let wanted = found.into_iter().filter(|own| client.as_ref().is_none_or(|id| own.client == *id)).collect();
    let live = authorizations::live(app, wanted).await?;
    Ok(Answer::Authorizations(live.iter().map(|own| Entry::new(&own.authorization, &own.user)).collect()))
}

pub(super) async fn end(app: &App, what: What) -> Result<Answer, ControlError> {
    match what {
        What::Handle(handle) => {
            let unknown = || ControlError::UnknownAuthorization(handle.clone());
            let Handle(id) = Handle::parse(&handle).ok_or_else(unknown)?;
            let now = app.now();
            let ended = |own: Option<Arc<Authorization>>| {
                let own = own.filter(|own| own.revoked_at.is_none() && now < own.expires_at).ok_or_else(unknown)?;
                Ok((vec![Effect::Revoke { id: own.id, at: now }], Answer::Done))
            };
            change(app, || app.store.authorization(id), ended).await
        }
        What::User(username) => {
            let ended = |user: Option<Arc<User>>| {
                let user = user.ok_or_else(|| ControlError::UnknownUser(username.clone()))?;
                Ok((vec![Effect::ReplaceUser { user: user.ended(), seen: user.revision }], Answer::Done))
            };
            change(app, || app.store.user_by_name(&username), ended).await
        }
        What::Client(id) => {
            let known = client(app, &id).await?.id;
            let ended = |client: Option<Arc<Client>>| {
                let client = client.ok_or_else(|| ControlError::UnknownClient(id.clone()))?;
                let raised = Client { epoch: client.epoch.next(), ..(*client).clone() };
                Ok((vec![Effect::ReplaceClient { client: raised, seen: client.revision }], Answer::Done))
            };
            change(app, || app.store.client(&known), ended).await
        }
    }
}

async fn user(app: &App, username: &str) -> Result<Arc<User>, ControlError> {
    app.store.user_by_name(username).await?.ok_or_else(|| ControlError::UnknownUser(username.to_owned()))
}

async fn client(app: &App, id: &str) -> Result<Client, ControlError> {
    let unknown = || ControlError::UnknownClient(id.to_owned());
    let named = ClientId::parse(id).map_err(|_| unknown())?;
    Ok((*app.store.client(&named).await?.ok_or_else(unknown)?).clone())
}
