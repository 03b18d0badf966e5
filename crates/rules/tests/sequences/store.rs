//! A store in memory that holds effects to their preconditions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use keyward_rules::{
    check::{self, Grounds},
    effect::Effect,
    model::{
        authorization::{Authorization, Generation},
        client::Client,
        consent::Consent,
        epoch::Epoch,
        id::{AuthorizationId, SessionId, TokenId, UserId},
        session::Session,
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
    pub sessions: BTreeMap<SessionId, Session>,
    pub consents: BTreeMap<(UserId, ClientId), Consent>,
    pub epoch: Epoch,
    pub recovered_at: Timestamp,
    /// Whether a generation is moved only while what the authorization stands on is as it saw it. A store may
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
            Effect::Redeem { id, at, expires_at } => {
                let own = self.authorizations.get_mut(id).filter(|own| own.revoked_at.is_none() && own.expires_at > *at).ok_or(Conflict)?;
                let terms = own.code.as_mut().filter(|terms| terms.redeemed_at.is_none()).ok_or(Conflict)?;
                terms.redeemed_at = Some(*at);
                (own.rotated_at, own.expires_at) = (*at, *expires_at);
                Ok(())
            }
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
            Effect::OpenSession(own) => holds(self.sessions.insert(own.id, own.clone()).is_none()),
            Effect::EndSession { id, at } => {
                if let Some(own) = self.sessions.get_mut(id) {
                    own.ended_at.get_or_insert(*at);
                }
                Ok(())
            }
            Effect::PutConsent { consent, seen } => {
                let before = self.consents.insert((consent.user, consent.client.clone()), consent.clone());
                holds(before.map(|before| before.epoch) == *seen)
            }
            other => panic!("no decision here writes {other:?}"),
        }
    }

    /// The authorization, if `generation` is in force and it is live at `at`.
    fn movable(&mut self, id: AuthorizationId, generation: Generation, at: Timestamp) -> Option<&mut Authorization> {
        let own = self.authorizations.get(&id)?;
        let as_seen = || self.clients.get(&own.client).is_some_and(|client| check::ended(own, client, &self.grounds(own)).is_none());
        if self.compares_epochs && !as_seen() {
            return None;
        }
        self.authorizations.get_mut(&id).filter(|own| own.generation == generation && own.revoked_at.is_none() && own.expires_at > at)
    }

    /// What `own` stands on, beside its client.
    pub fn grounds(&self, own: &Authorization) -> Grounds {
        let session = own.bound_to().and_then(|id| self.session(id));
        let consent_epoch = self.consent(own.user, &own.client).map_or_else(Epoch::default, |consent| consent.epoch);
        Grounds { user: self.user(own.user), session, consent_epoch }
    }

    pub fn session(&self, id: SessionId) -> Option<Arc<Session>> {
        self.sessions.get(&id).cloned().map(Arc::new)
    }

    pub fn consent(&self, user: UserId, client: &ClientId) -> Option<Arc<Consent>> {
        self.consents.get(&(user, client.clone())).cloned().map(Arc::new)
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
