//! Users, as commands see and change them.
//!
//! Every change raises both epochs, so that what speaks for the user ends, and names the revision it saw, so that of two that
//! meet one is decided again.

use jiff::Timestamp as Instant;
use keyward_rules::{
    effect::Effect,
    model::{
        epoch::{Epoch, Revision},
        id::UserId,
        user::{Origin, PasswordHash, User, check_password, check_username},
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Answer, ControlError, KeptBy, change, exposed, instant, random};
use crate::app::App;

/// A user to add.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewUser {
    /// What they log in with.
    pub username: String,
    /// Their password.
    #[serde(serialize_with = "exposed")]
    pub password: SecretString,
    /// Whether they may administer.
    pub admin: bool,
}

/// What is said of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What they log in with.
    pub username: String,
    /// The `sub` of tokens that speak for them.
    pub subject: String,
    /// Since when they may administer.
    pub admin_since: Option<Instant>,
    /// Since when they may not log in.
    pub disabled_since: Option<Instant>,
    /// When they were added.
    pub created_at: Instant,
    /// Who keeps the entry.
    pub kept_by: KeptBy,
}

impl From<&User> for Entry {
    fn from(user: &User) -> Self {
        Entry {
            username: user.username.clone(),
            subject: user.id.subject(),
            admin_since: user.admin_since.map(instant),
            disabled_since: user.disabled_at.map(instant),
            created_at: instant(user.created_at),
            kept_by: user.origin.into(),
        }
    }
}

pub(super) async fn add(app: &App, new: NewUser) -> Result<Answer, ControlError> {
    check_username(&new.username).map_err(|mend| ControlError::IllegalUsername(mend.to_owned()))?;
    let now = app.now();
    let user = User {
        id: UserId::new(now, random()?),
        username: new.username,
        epoch: Epoch::first(random()?),
        sign_in_epoch: Epoch::default(),
        revision: Revision::default(),
        password: hashed(app, new.password).await?,
        admin_since: new.admin.then_some(now),
        disabled_at: None,
        created_at: now,
        origin: Origin::Registered,
    };
    change(
        app,
        || app.store.user_by_name(&user.username),
        |known| match known {
            Some(known) => Err(ControlError::UserExists(known.username.clone())),
            None => Ok((vec![Effect::AddUser(user.clone())], Answer::User(Entry::from(&user)))),
        },
    )
    .await
}

pub(super) async fn list(app: &App) -> Result<Answer, ControlError> {
    Ok(Answer::Users(app.store.users().await?.iter().map(Entry::from).collect()))
}

pub(super) async fn show(app: &App, username: &str) -> Result<Answer, ControlError> {
    let user = app.store.user_by_name(username).await?.ok_or_else(|| ControlError::UnknownUser(username.to_owned()))?;
    Ok(Answer::User(Entry::from(&*user)))
}

/// Keeping somebody out cannot wait for a file to be edited, so this goes for configured users as well.
pub(super) async fn disable(app: &App, username: &str) -> Result<Answer, ControlError> {
    let now = app.now();
    replace(app, username, |user| Ok(User { disabled_at: user.disabled_at.or(Some(now)), ..user.clone() })).await
}

pub(super) async fn enable(app: &App, username: &str) -> Result<Answer, ControlError> {
    replace(app, username, |user| Ok(User { disabled_at: None, ..user.clone() })).await
}

pub(super) async fn set_password(app: &App, username: &str, password: SecretString) -> Result<Answer, ControlError> {
    // Looked at before anything is hashed, and again with what is there by then.
    let known = app.store.user_by_name(username).await?.ok_or_else(|| ControlError::UnknownUser(username.to_owned()))?;
    has_password_here(&known)?;
    let password = hashed(app, password).await?;
    replace(app, username, |user| {
        has_password_here(user)?;
        Ok(User { password: password.clone(), ..user.clone() })
    })
    .await
}

pub(super) async fn remove(app: &App, username: &str) -> Result<Answer, ControlError> {
    change(
        app,
        || app.store.user_by_name(username),
        |user| {
            let user = user.ok_or_else(|| ControlError::UnknownUser(username.to_owned()))?;
            not_configured(&user)?;
            Ok((vec![Effect::RemoveUser { id: user.id, seen: user.revision }], Answer::Done))
        },
    )
    .await
}

/// Who may administer no more loses what speaks for them; who may from now on keeps it.
pub(super) async fn administer(app: &App, username: &str, may: bool) -> Result<Answer, ControlError> {
    let now = app.now();
    replace(app, username, |user| {
        not_configured(user)?;
        Ok(User { admin_since: may.then(|| user.admin_since.unwrap_or(now)), ..user.clone() })
    })
    .await
}

/// Puts what `changed` makes of the user in their place; writes nothing if that is what they are.
async fn replace(app: &App, username: &str, changed: impl Fn(&User) -> Result<User, ControlError>) -> Result<Answer, ControlError> {
    change(
        app,
        || app.store.user_by_name(username),
        |user| {
            let user = user.ok_or_else(|| ControlError::UnknownUser(username.to_owned()))?;
            let new = changed(&user)?;
            let answer = Answer::User(Entry::from(&new));
            let effects = match new == *user {
                true => Vec::new(),
                false => vec![Effect::ReplaceUser { user: if gains_only(&user, &new) { new } else { new.ended() }, seen: user.revision }],
            };
            Ok((effects, answer))
        },
    )
    .await
}

/// Whether all that changed is that they may administer.
fn gains_only(before: &User, after: &User) -> bool {
    before.admin_since.is_none() && User { admin_since: None, ..after.clone() } == *before
}

fn not_configured(user: &User) -> Result<(), ControlError> {
    match user.origin {
        Origin::Registered | Origin::Directory => Ok(()),
        Origin::Configured => Err(ControlError::ConfiguredUser(user.username.clone())),
    }
}

fn has_password_here(user: &User) -> Result<(), ControlError> {
    match user.origin {
        Origin::Directory => Err(ControlError::DirectoryUser(user.username.clone())),
        Origin::Registered | Origin::Configured => not_configured(user),
    }
}

async fn hashed(app: &App, password: SecretString) -> Result<PasswordHash, ControlError> {
    check_password(password.expose_secret()).map_err(|unfit| ControlError::IllegalPassword(unfit.to_string()))?;
    Ok(PasswordHash(app.hashing.hash(password).await?.into()))
}
