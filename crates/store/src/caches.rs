//! The caches of a store, and how each effect shows in them.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use keyward_rules::{
    effect::Effect,
    model::{
        authorization::Authorization,
        client::Client,
        consent::Consent,
        device::{Device, Progress},
        id::{AuthorizationId, SessionId, TokenId, UserId},
        session::Session,
        user::User,
    },
    throttle::canonical_account,
};
use keyward_wire::client_id::ClientId;

use crate::cache::Cache;

/// What was read or written lately. `None` is remembered too: there is no such row.
pub struct Caches {
    /// By id.
    pub authorizations: Cache<AuthorizationId, Option<Arc<Authorization>>>,
    /// How often a client was added, replaced or removed.
    pub clients_changed: AtomicU64,
    /// By id.
    pub clients: Cache<ClientId, Option<Arc<Client>>>,
    /// By id.
    pub users: Cache<UserId, Option<Arc<User>>>,
    /// By canonical name; only the id, so that there is one place where a user is kept.
    pub accounts: Cache<String, Option<UserId>>,
    /// By id.
    pub sessions: Cache<SessionId, Option<Arc<Session>>>,
    /// By user and client.
    pub consents: Cache<(UserId, ClientId), Option<Arc<Consent>>>,
    /// By id.
    pub devices: Cache<AuthorizationId, Option<Arc<Device>>>,
    /// Whether an access token was revoked by itself.
    pub revoked_tokens: Cache<TokenId, bool>,
}

impl Caches {
    /// Empty caches, with room for `capacity` authorizations and as many of the rest.
    pub fn new(capacity: usize) -> Self {
        Caches {
            authorizations: Cache::new(capacity),
            clients_changed: AtomicU64::new(0),
            clients: Cache::new(capacity),
            users: Cache::new(capacity),
            accounts: Cache::new(capacity),
            sessions: Cache::new(capacity),
            consents: Cache::new(capacity),
            devices: Cache::new(capacity),
            revoked_tokens: Cache::new(capacity),
        }
    }

    /// Takes over what was just committed.
    pub fn apply(&self, effect: Effect) {
        match effect {
            Effect::Authorize(own) => self.authorizations.put(own.id, Some(Arc::new(own))),
            Effect::Redeem { id, at, expires_at } => self.change(&id, |own| {
                own.expires_at = expires_at;
                own.rotated_at = at;
                if let Some(code) = &mut own.code {
                    code.redeemed_at = Some(at);
                }
            }),
            Effect::Rotate { id, to, at, .. } => self.change(&id, |own| {
                own.generation = to;
                own.rotated_at = at;
            }),
            // Neither keys nor plugins nor invitations are kept here.
            Effect::Confirm { .. }
            | Effect::LeaveRoom { .. }
            | Effect::LeaveRoomOfOwner { .. }
            | Effect::Invite(_)
            | Effect::UseInvitation { .. }
            | Effect::PutKey(_)
            | Effect::RemoveKey(_)
            | Effect::InstallPlugin { .. }
            | Effect::UninstallPlugin { .. }
            | Effect::ForgetPlugin(_) => (),
            Effect::Revoke { id, at } => self.change(&id, |own| own.revoked_at = own.revoked_at.or(Some(at))),
            Effect::RevokeToken { id, .. } => self.revoked_tokens.put(id, true),
            Effect::AddClient(own) => self.client(own.id.clone(), Some(Arc::new(own))),
            Effect::ReplaceClient { client, seen } => {
                self.client(client.id.clone(), Some(Arc::new(Client { revision: seen.next(), ..client })));
            }
            Effect::RemoveClient { id, .. } => self.client(id, None),
            Effect::AddUser(own) => {
                self.accounts.put(canonical_account(&own.username), Some(own.id));
                self.users.put(own.id, Some(Arc::new(own)));
            }
            Effect::ReplaceUser { user, seen } => self.users.put(user.id, Some(Arc::new(User { revision: seen.next(), ..user }))),
            Effect::RemoveUser { id, .. } => self.users.put(id, None),
            Effect::OpenSession(own) | Effect::RenewSession(own) => self.sessions.put(own.id, Some(Arc::new(own))),
            Effect::SeeSession { id, at } => self.change_session(&id, |own| {
                if own.ended_at.is_none() {
                    own.seen_at = own.seen_at.max(at);
                }
            }),
            Effect::EndSession { id, at } => self.change_session(&id, |own| own.ended_at = own.ended_at.or(Some(at))),
            Effect::NewDeviceCode(own) => self.devices.put(own.id, Some(Arc::new(own))),
            Effect::ApproveDevice { id, approval, .. } => self.progress(&id, Progress::Approved(approval)),
            Effect::DenyDevice { id, .. } => self.progress(&id, Progress::Denied),
            Effect::RedeemDevice { id, .. } => self.progress(&id, Progress::Redeemed),
            Effect::PutConsent { consent, .. } => {
                self.consents.put((consent.user, consent.client.clone()), Some(Arc::new(consent)));
            }
        }
    }

    fn client(&self, id: ClientId, own: Option<Arc<Client>>) {
        self.clients.put(id, own);
        self.clients_changed.fetch_add(1, Ordering::Release);
    }

    fn change(&self, id: &AuthorizationId, change: impl FnOnce(&mut Authorization)) {
        self.authorizations.change(id, |own| {
            if let Some(own) = own {
                change(Arc::make_mut(own));
            }
        });
    }

    fn progress(&self, id: &AuthorizationId, progress: Progress) {
        self.devices.change(id, |own| {
            if let Some(own) = own {
                Arc::make_mut(own).progress = progress;
            }
        });
    }

    fn change_session(&self, id: &SessionId, change: impl FnOnce(&mut Session)) {
        self.sessions.change(id, |own| {
            if let Some(own) = own {
                change(Arc::make_mut(own));
            }
        });
    }

    /// Forgets everything, after rows changed in bulk.
    pub fn clear(&self) {
        self.authorizations.clear();
        self.clients.clear();
        self.clients_changed.fetch_add(1, Ordering::Release);
        self.users.clear();
        self.accounts.clear();
        self.sessions.clear();
        self.consents.clear();
        self.devices.clear();
        self.revoked_tokens.clear();
    }
}
