//! A store in memory that holds effects to their preconditions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use keyward_rules::{
    effect::Effect,
    model::{
        authorization::{Authorization, Generation},
        client::Client,
        epoch::Epoch,
        id::{AuthorizationId, TokenId, UserId},
        time::Timestamp,
        user::User,
    },
};
use keyward_wire::client_id::ClientId;

/// Everything that is on disk.
#[derive(Clone)]
pub struct Store {
    pub authorizations: BTreeMap<AuthorizationId, Authorization>,
    pub clients: BTreeMap<ClientId, Client>,
    pub users: BTreeMap<UserId, User>,
    pub revoked_tokens: BTreeSet<TokenId>,
    pub epoch: Epoch,
    pub recovered_at: Timestamp,
    /// Whether a generation is moved only while client and user are as the authorization saw them. A store may
    /// leave that to the checks: what is answered then is dead on arrival.
    pub compares_epochs: bool,
}

/// A precondition did not hold, and nothing was written.
#[derive(Debug)]
pub struct Conflict;

impl Store {
    /// Writes all of `effects`, or none.
    pub fn commit(&mut self, effects: &[Effect]) -> Result<(), Conflict> {
        let mut next = self.clone();
        effects.iter().try_for_each(|effect| next.apply(effect))?;
        *self = next;
        Ok(())
    }

    fn apply(&mut self, effect: &Effect) -> Result<(), Conflict> {
        let holds = |condition: bool| if condition { Ok(()) } else { Err(Conflict) };
        match effect {
            Effect::Authorize(own) => holds(self.authorizations.insert(own.id, own.clone()).is_none()),
            Effect::Rotate { id, from, to, at } => {
                let own = self.movable(*id, *from, *at).ok_or(Conflict)?;
                (own.generation, own.rotated_at) = (*to, *at);
                Ok(())
            }
            Effect::Confirm { id, generation, at } => holds(self.movable(*id, *generation, *at).is_some()),
            Effect::Revoke { id, at } => {
                if let Some(own) = self.authorizations.get_mut(id) {
                    own.revoked_at.get_or_insert(*at);
                }
                Ok(())
            }
            Effect::RevokeToken { id, .. } => {
                self.revoked_tokens.insert(*id);
                Ok(())
            }
            Effect::AddClient(own) => holds(self.clients.insert(own.id.clone(), own.clone()).is_none()),
            Effect::ReplaceClient { client, seen } => {
                let before = self.clients.insert(client.id.clone(), Client { revision: seen.next(), ..client.clone() });
                holds(before.is_some_and(|before| before.revision == *seen))
            }
            Effect::RemoveClient { id, seen } => holds(self.clients.remove(id).is_some_and(|before| before.revision == *seen)),
            Effect::AddUser(own) => holds(self.users.insert(own.id, own.clone()).is_none()),
            Effect::ReplaceUser { user, seen } => {
                let before = self.users.insert(user.id, User { revision: seen.next(), ..user.clone() });
                holds(before.is_some_and(|before| before.revision == *seen))
            }
            Effect::RemoveUser { id, seen } => holds(self.users.remove(id).is_some_and(|before| before.revision == *seen)),
            other => panic!("no decision on these tokens writes {other:?}"),
        }
    }

    /// The authorization, if `generation` is in force and it is live at `at`.
    fn movable(&mut self, id: AuthorizationId, generation: Generation, at: Timestamp) -> Option<&mut Authorization> {
        let (clients, users, compares) = (&self.clients, &self.users, self.compares_epochs);
        let as_seen = |own: &Authorization| {
            clients.get(&own.client).is_some_and(|client| client.epoch == own.client_epoch)
                && users.get(&own.user).is_some_and(|user| user.epoch == own.user_epoch)
        };
        self.authorizations
            .get_mut(&id)
            .filter(|own| own.generation == generation && own.revoked_at.is_none() && own.expires_at > at)
            .filter(|own| !compares || as_seen(own))
    }

    pub fn authorization(&self, id: AuthorizationId) -> Option<Arc<Authorization>> {
        self.authorizations.get(&id).cloned().map(Arc::new)
    }

    pub fn client(&self, id: &ClientId) -> Option<Arc<Client>> {
        self.clients.get(id).cloned().map(Arc::new)
    }

    pub fn user(&self, id: UserId) -> Option<Arc<User>> {
        self.users.get(&id).cloned().map(Arc::new)
    }
}
