//! The caches of a store, and how each effect shows in them.

use std::sync::Arc;

use keyward_rules::{
    effect::Effect,
    model::{
        authorization::Authorization,
        client::Client,
        id::{AuthorizationId, TokenId, UserId},
        user::User,
    },
};
use keyward_wire::client_id::ClientId;

use crate::cache::Cache;

/// What was read or written lately. `None` is remembered too: there is no such row.
pub struct Caches {
    /// By id.
    pub authorizations: Cache<AuthorizationId, Option<Arc<Authorization>>>,
    /// By id.
    pub clients: Cache<ClientId, Option<Arc<Client>>>,
    /// By id.
    pub users: Cache<UserId, Option<Arc<User>>>,
    /// By name; only the id, so that there is one place where a user is kept.
    pub usernames: Cache<String, Option<UserId>>,
    /// Whether an access token was revoked by itself.
    pub revoked_tokens: Cache<TokenId, bool>,
}

impl Caches {
    /// Empty caches, with room for `capacity` authorizations and as many of the rest.
    pub fn new(capacity: usize) -> Self {
        Caches {
            authorizations: Cache::new(capacity),
            clients: Cache::new(capacity),
            users: Cache::new(capacity),
            usernames: Cache::new(capacity),
            revoked_tokens: Cache::new(capacity),
        }
    }

    /// Takes over what was just committed.
    pub fn apply(&self, effect: Effect) {
        match effect {
            Effect::Authorize(own) => self.authorizations.put(own.id, Some(Arc::new(own))),
            Effect::Rotate { id, to, at, .. } => self.change(&id, |own| {
                own.generation = to;
                own.rotated_at = at;
            }),
            Effect::Confirm { .. } | Effect::PutKey(_) | Effect::RemoveKey(_) => (),
            Effect::Revoke { id, at } => self.change(&id, |own| own.revoked_at = own.revoked_at.or(Some(at))),
            Effect::RevokeToken { id, .. } => self.revoked_tokens.put(id, true),
            Effect::AddClient(own) | Effect::ReplaceClient { client: own, .. } => self.clients.put(own.id.clone(), Some(Arc::new(own))),
            Effect::RemoveClient { id, .. } => self.clients.put(id, None),
            Effect::AddUser(own) => {
                self.usernames.put(own.username.clone(), Some(own.id));
                self.users.put(own.id, Some(Arc::new(own)));
            }
            Effect::ReplaceUser { user, .. } => self.users.put(user.id, Some(Arc::new(user))),
            Effect::RemoveUser { id, .. } => self.users.put(id, None),
        }
    }

    fn change(&self, id: &AuthorizationId, change: impl FnOnce(&mut Authorization)) {
        self.authorizations.change(id, |own| {
            if let Some(own) = own {
                change(Arc::make_mut(own));
            }
        });
    }

    /// Forgets everything, after rows changed in bulk.
    pub fn clear(&self) {
        self.authorizations.clear();
        self.clients.clear();
        self.users.clear();
        self.usernames.clear();
        self.revoked_tokens.clear();
    }
}
