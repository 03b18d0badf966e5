//! Bringing the registry in line with the configuration: what to add, replace and remove.
//!
//! Entries that the configuration keeps are its own: what is gone from it goes, and entries that commands made are
//! left alone. Tokens outlive a change unless it takes something away.

use keyward_wire::client_id::ClientId;

use crate::{
    client_auth::{is_remembered, remember},
    effect::Effect,
    key_ring::KeyRing,
    model::{
        client::{Client, Registration},
        epoch::{Epoch, Revision},
        id::UserId,
        time::Timestamp,
        user::{Origin, PasswordHash, User},
    },
    throttle::canonical_account,
};

/// A client as the configuration wants it.
#[derive(Clone, Debug)]
pub struct WantedClient {
    /// What it is registered under.
    pub id: ClientId,
    /// Its secret, if it has one.
    pub secret: Option<secrecy::SecretString>,
    /// What it may do.
    pub registration: Registration,
}

/// A user as the configuration wants them.
#[derive(Clone, Debug)]
pub struct WantedUser {
    /// What they log in with.
    pub username: String,
    /// How their password is recognised; `None`: as it is already.
    pub password: Option<PasswordHash>,
    /// Whether they may administer.
    pub admin: bool,
}

/// Why the registry cannot be brought in line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// A command registered a client under an id that the configuration wants.
    Client(ClientId),
    /// A command added a user under a name that the configuration wants.
    User(String),
    /// The key that client secrets are recognised with is missing.
    NoKey,
}

/// What makes the clients `known` those that are `wanted`. `fresh` gives random first epochs.
///
/// # Errors
/// See [`Clash`].
pub fn clients(
    known: &[Client],
    wanted: Vec<WantedClient>,
    ring: &KeyRing,
    now: Timestamp,
    mut fresh: impl FnMut() -> Epoch,
) -> Result<Vec<Effect>, Clash> {
    let gone = |client: &&Client| client.origin == Origin::Configured && wanted.iter().all(|one| one.id != client.id);
    let mut effects: Vec<Effect> = known.iter().filter(gone).flat_map(removed).collect();
    for one in wanted {
        let present = known.iter().find(|client| client.id == one.id);
        if present.is_some_and(|client| client.origin != Origin::Configured) {
            return Err(Clash::Client(one.id));
        }
        let kept = present.and_then(|client| client.secret.clone());
        let secret = match (&one.secret, kept) {
            (None, _) => None,
            (Some(secret), Some(kept)) if is_remembered(&kept, secret, ring) => Some(kept),
            (Some(secret), _) => Some(remember(secret, ring, now).ok_or(Clash::NoKey)?),
        };
        let (id, registration) = (one.id, one.registration);
        match present {
            None => effects.push(Effect::AddClient(Client {
                id,
                epoch: fresh(),
                revision: Revision::default(),
                secret,
                created_at: now,
                used_at: None,
                origin: Origin::Configured,
                owner: None,
                registration_token: None,
                registration,
            })),
            Some(client) if client.secret == secret && client.registration == registration => {}
            Some(client) => {
                effects.push(Effect::ReplaceClient { client: client.replaced(secret, registration), seen: client.revision });
            }
        }
    }
    Ok(effects)
}

/// What deregisters a client: with it goes what it holds, and what people installed of it.
#[must_use]
pub fn removed(client: &Client) -> [Effect; 2] {
    [Effect::RemoveClient { id: client.id.clone(), seen: client.revision }, Effect::ForgetPlugin(client.id.clone())]
}

/// What makes the users `known` those that are `wanted`. `fresh` gives ids and first epochs.
///
/// # Errors
/// See [`Clash`].
pub fn users(
    known: &[User],
    wanted: Vec<WantedUser>,
    now: Timestamp,
    mut fresh: impl FnMut() -> (UserId, Epoch),
) -> Result<Vec<Effect>, Clash> {
    let gone = |user: &&User| user.origin == Origin::Configured && wanted.iter().all(|one| !same_account(&one.username, &user.username));
    let mut effects: Vec<Effect> = known.iter().filter(gone).map(|user| Effect::RemoveUser { id: user.id, seen: user.revision }).collect();
    for one in wanted {
        let present = known.iter().find(|user| same_account(&user.username, &one.username));
        if present.is_some_and(|user| user.origin != Origin::Configured) {
            return Err(Clash::User(one.username));
        }
        let admin_since = one.admin.then(|| present.and_then(|user| user.admin_since).unwrap_or(now));
        match (present, one.password) {
            (None, None) => {}
            (None, Some(password)) => {
                let (id, epoch) = fresh();
                let (username, origin) = (one.username, Origin::Configured);
                effects.push(Effect::AddUser(User {
                    id,
                    username,
                    epoch,
                    sign_in_epoch: Epoch::default(),
                    revision: Revision::default(),
                    password,
                    admin_since,
                    disabled_at: None,
                    created_at: now,
                    origin,
                }));
            }
            (Some(user), password) => {
                let password = password.unwrap_or_else(|| user.password.clone());
                let loses = password != user.password || (user.admin_since.is_some() && admin_since.is_none());
                let kept = if loses { user.ended() } else { user.clone() };
                let replaced = User { password, admin_since, ..kept };
                if replaced != *user {
                    effects.push(Effect::ReplaceUser { user: replaced, seen: user.revision });
                }
            }
        }
    }
    Ok(effects)
}

/// Whether two names are one account, as the store and the throttle see it.
fn same_account(one: &str, other: &str) -> bool {
    canonical_account(one) == canonical_account(other)
}
