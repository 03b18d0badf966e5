//! The world that events happen to: a store, a clock, actors, and all the tokens that were ever answered.

mod browser;

use keyward_rules::{
    access_token::{AccessToken, Basis},
    authorization_code::AuthorizationCode,
    check,
    client_auth::{AuthenticatedClient, authenticate},
    effect::Effect,
    grant::{Issue, authorization_code, client_credentials, password, permit, refresh_token},
    model::{
        authorization::Authorization,
        client::Client,
        epoch::Epoch,
        id::UserId,
        time::{Seconds, Timestamp},
        user::User,
    },
    refresh_token::RefreshToken,
    revoke::{self, Ended},
    session::Cookie,
    user_auth,
};
use keyward_wire::{
    client_id::ClientId, profile::STANDARD, redirect_uri::RedirectUri, token_request::GrantType, token_response::TokenResponse,
};

use super::{
    attempt::{Attempt, Progress, Question},
    history::{Admin, Ask, Event, Setup},
    oracle::{Answered, Books, Born, Oracle, Step},
    store::Store,
};
use crate::fixture::{NOW, SECRET, STORE_EPOCH, client, presented, ring, scope, user, wanted, with};

pub struct World {
    pub store: Store,
    pub oracle: Oracle,
    pub refresh_tokens: Vec<RefreshToken>,
    access_tokens: Vec<Answered>,
    pub codes: Vec<AuthorizationCode>,
    cookies: Vec<Cookie>,
    now: Timestamp,
    backup: Option<(Store, Books)>,
    actors: Vec<Option<Attempt>>,
    step: Step,
    drawn: u64,
}

const USERS: [&str; 2] = ["dory", "marlin"];
pub const CLIENTS: [&str; 2] = ["app", "other"];
pub const ACTORS: usize = 64;
/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

impl World {
    /// One user has logged in, and everybody is free.
    pub fn new(setup: &Setup) -> Self {
        let clients = CLIENTS.map(|id| registered(id, setup));
        let store = Store {
            authorizations: [].into(),
            clients: clients.map(|client| (client.id.clone(), client)).into(),
            users: USERS.map(|name| (user(name).id, user(name))).into(),
            revoked_tokens: [].into(),
            sessions: [].into(),
            consents: [].into(),
            epoch: STORE_EPOCH,
            recovered_at: Timestamp(0),
            compares_epochs: setup.compares_epochs,
        };
        let (refresh_tokens, access_tokens, codes, cookies, backup, step, drawn) = <_>::default();
        let (oracle, actors) = (Oracle::new(setup), nobody());
        let mut world = World { store, oracle, refresh_tokens, access_tokens, codes, cookies, now: NOW, backup, actors, step, drawn };
        world.happen(&Event::Ask { actor: 0, ask: Ask::LogIn { user: 0 } });
        world.happen(&Event::Step { actor: 0 });
        world.happen(&Event::Step { actor: 0 });
        assert_eq!(world.refresh_tokens.len(), 1);
        world
    }

    /// Lets `event` happen; afterwards every access token ever answered is live exactly if the books say so.
    pub fn happen(&mut self, event: &Event) {
        self.step += 1;
        match event {
            Event::Ask { actor, ask } if self.actors[*actor].is_none() => {
                let (asked, asked_at) = (self.step, self.now);
                self.actors[*actor] = self.question(ask).map(|question| Attempt::new(question, asked, asked_at));
            }
            Event::Ask { actor, .. } | Event::Step { actor } => self.go_on(*actor),
            Event::Tick { millis } => self.now.0 += millis,
            Event::Admin(admin) => self.administer(admin),
            Event::Person(person) => self.browse(person),
            Event::Snapshot => self.backup = Some((self.store.clone(), self.oracle.books.clone())),
            Event::Restore => self.restore(),
        }
        for answered in &self.access_tokens {
            assert_eq!(self.checks(answered), self.oracle.lives(answered, self.now), "{:?}", answered.token);
        }
    }

    /// How many access tokens are live.
    pub fn live(&self) -> usize {
        self.access_tokens.iter().filter(|answered| self.checks(answered)).count()
    }

    fn checks(&self, answered: &Answered) -> bool {
        check::check(answered.token.clone(), self.facts(&answered.token), self.now).is_ok()
    }

    /// What the store knows of an access token.
    fn facts(&self, token: &AccessToken) -> check::Facts {
        let (authorization, grounds, client) = match &token.basis {
            Basis::Client { id, .. } => (None, check::Grounds::default(), self.store.client(id)),
            Basis::Authorization { id, .. } => match self.store.authorization(*id) {
                None => (None, check::Grounds::default(), None),
                Some(own) => (Some(own.clone()), self.store.grounds(&own), self.store.client(&own.client)),
            },
        };
        let revoked = self.store.revoked_tokens.contains(&token.id);
        check::Facts { authorization, grounds, client, revoked, store_epoch: self.store.epoch }
    }

    /// The question with its proofs; `None` where who asks cannot prove who they are now.
    fn question(&self, ask: &Ask) -> Option<Question> {
        let permitted = |number, grant| permit(self.authenticated(number)?, grant).ok();
        match *ask {
            Ask::LogIn { user } => {
                let user = user_auth::authenticate(self.store.user(user_id(user)), Ok(()), self.now).ok()?;
                let client = permitted(0, GrantType::Password)?;
                Some(Question::LogIn(password::Question { client, user, wanted: wanted("read write", &[]) }))
            }
            Ask::OwnToken => {
                let client = permitted(0, GrantType::ClientCredentials)?;
                Some(Question::OwnToken(client_credentials::Question { client, wanted: wanted("", &[]) }))
            }
            Ask::Refresh { token, client, narrow } => {
                let token = *newest(&self.refresh_tokens, token)?;
                let client = permitted(client, GrantType::RefreshToken)?;
                let wanted = wanted(if narrow { "write" } else { "" }, &[]);
                Some(Question::Refresh(refresh_token::Question { client, token, wanted }))
            }
            Ask::Revoke { token, client } => {
                let token = Some(Ended::Refresh(*newest(&self.refresh_tokens, token)?));
                Some(Question::Revoke(revoke::Question { client: self.authenticated(client)?, token }))
            }
            Ask::RevokeAccess { token, client } => {
                let token = Some(Ended::Access(newest(&self.access_tokens, token)?.token.clone()));
                Some(Question::Revoke(revoke::Question { client: self.authenticated(client)?, token }))
            }
            Ask::Authorize { session, offline } => self.authorization(session, offline),
            Ask::Redeem { code, client, proves } => {
                let code = *newest(&self.codes, code)?;
                let client = permitted(client, GrantType::AuthorizationCode)?;
                let verifier = if proves { VERIFIER.to_owned() } else { VERIFIER.to_lowercase() };
                let (redirect_uri, verifier, wanted) = (None, Some(verifier.into()), wanted("", &[]));
                Some(Question::Redeem(authorization_code::Question { client, code, redirect_uri, verifier, wanted }))
            }
            Ask::Burn { code } => Some(Question::Burn(*newest(&self.codes, code)?)),
        }
    }

    fn authenticated(&self, number: usize) -> Option<AuthenticatedClient> {
        let id = CLIENTS[number];
        authenticate(&STANDARD, &presented(id, SECRET), self.store.client(&client_id(number)), ring()).ok()
    }

    fn go_on(&mut self, actor: usize) {
        let Some(mut attempt) = self.actors[actor].take() else { return };
        self.drawn += 1;
        match attempt.go_on(&mut self.store, &self.oracle, self.step, self.drawn) {
            Progress::UnderWay => self.actors[actor] = Some(attempt),
            Progress::Conflict => {
                self.oracle.saw("conflict");
                self.actors[actor] = Some(attempt);
            }
            Progress::Issued(issued) => self.answer(&attempt, &issued.0, &issued.1),
            Progress::Authorized(own) => self.authorized(&attempt, &own),
            Progress::Denied(step) => {
                assert_eq!(step, "consent_given");
                self.oracle.saw("code denied: consent taken back");
            }
            Progress::Refused(revoked) if matches!(attempt.question, Question::Redeem(_)) => {
                let redemption = attempt.redemption();
                assert!(revoked.is_none_or(|id| id == redemption.id), "a refusal revoked another authorization");
                self.oracle.redemption_refused(&redemption, revoked.is_some(), self.step);
            }
            Progress::Refused(revoked) => {
                let refresh = attempt.refresh();
                assert!(revoked.is_none_or(|id| id == refresh.id), "a refusal revoked another authorization");
                self.oracle.refused(&refresh, revoked.is_some(), self.step);
            }
            Progress::Revoked(decision) => match &*decision.effects {
                [] => {}
                effects if !attempt.by_owner() => panic!("another client's revocation writes {effects:?}"),
                [Effect::Revoke { id, .. }] => {
                    self.oracle.revoked(*id, self.step);
                    self.oracle.saw(if matches!(attempt.question, Question::Burn(_)) { "code burnt" } else { "revoked" });
                }
                [Effect::RevokeToken { id, .. }] => {
                    self.oracle.revoked_alone(*id);
                    self.oracle.saw("access token revoked alone");
                }
                other => panic!("a revocation writes {other:?}"),
            },
        }
    }

    fn answer(&mut self, attempt: &Attempt, issue: &Issue, answer: &TokenResponse) {
        match (&attempt.question, &issue.authorization) {
            (Question::LogIn(_), Some((own, _))) => self.oracle.born(born(attempt, own, attempt.looked)),
            (Question::Redeem(_), Some((own, Some(_)))) => self.oracle.redeemed(&attempt.redemption(), own.expires_at, &issue.access),
            (Question::Refresh(_), Some((_, Some(successor)))) => {
                self.oracle.refreshed(&attempt.refresh(), *successor, answer.refresh_token.as_deref().unwrap(), &issue.access);
            }
            (Question::OwnToken(_), None) => self.oracle.saw("own token issued"),
            _ => panic!("an answer of another kind than the question"),
        }
        self.access_tokens.push(Answered { token: issue.access.clone(), era: self.oracle.era, asked: attempt.asked });
        self.refresh_tokens.extend(answer.refresh_token.as_deref().map(|text| RefreshToken::parse(text).unwrap()));
    }

    fn administer(&mut self, admin: &Admin) {
        match *admin {
            Admin::Disable { user } => self.change_user(user, |user| user.disabled_at = Some(NOW)),
            Admin::ChangePassword { user } => self.change_user(user, |_| {}),
            Admin::Enable { user } => {
                if let Some(user) = self.store.users.get_mut(&user_id(user)) {
                    user.disabled_at = None;
                }
            }
            Admin::RemoveUser { user } => {
                if let Some(User { id, revision: seen, .. }) = self.store.users.get(&user_id(user)).cloned() {
                    self.store.commit(&[Effect::RemoveUser { id, seen }]).unwrap();
                    self.oracle.user_ended(id, self.step);
                }
            }
            Admin::ReplaceClient => self.end_client(|before| {
                let (seen, epoch) = (before.revision, before.epoch.next());
                Effect::ReplaceClient { client: Client { epoch, ..before }, seen }
            }),
            Admin::RemoveClient => self.end_client(|before| Effect::RemoveClient { id: before.id, seen: before.revision }),
            Admin::AddClient => {
                self.drawn += 1;
                let registration = self.store.clients[&client_id(1)].registration.clone();
                let epoch = Epoch::first((u64::MAX - self.drawn).to_be_bytes());
                // Its id may be taken, and then everything stays as it is.
                let _ = self.store.commit(&[Effect::AddClient(Client { epoch, registration, ..client(CLIENTS[0]) })]);
            }
        }
    }

    fn change_user(&mut self, number: usize, change: impl FnOnce(&mut User)) {
        let Some(mut user) = self.store.users.get(&user_id(number)).cloned() else { return };
        let (id, seen) = (user.id, user.revision);
        user = user.ended();
        change(&mut user);
        self.store.commit(&[Effect::ReplaceUser { user, seen }]).unwrap();
        self.oracle.user_ended(id, self.step);
    }

    fn end_client(&mut self, end: impl FnOnce(Client) -> Effect) {
        if let Some(before) = self.store.clients.get(&client_id(0)).cloned() {
            self.store.commit(&[end(before)]).unwrap();
            self.oracle.client_ended(self.step);
        }
    }

    fn restore(&mut self) {
        let Some((store, books)) = self.backup.clone() else { return };
        self.actors = nobody();
        self.store = Store { epoch: self.store.epoch.next(), recovered_at: self.now, ..store };
        self.oracle.restored(books, self.now);
    }
}

fn born(attempt: &Attempt, own: &Authorization, said: Step) -> Born {
    let (id, user, scope, session, expires_at) = (own.id, own.user, own.scope.clone(), own.bound_to(), own.expires_at);
    Born { id, user, scope, session, expires_at, asked: attempt.asked, asked_at: attempt.asked_at, said, code: own.code.is_some() }
}

fn nobody() -> Vec<Option<Attempt>> {
    (0..ACTORS).map(|_| None).collect()
}

fn registered(id: &str, setup: &Setup) -> Client {
    with(client(id), |registration| {
        registration.scopes = scope("read write offline_access");
        registration.redirect_uris = vec![RedirectUri::parse("https://app.example/cb").unwrap()];
        registration.code_lifetime = Seconds(120);
        registration.access_lifetime = Seconds(100);
        registration.refresh_lifetime = setup.refresh_lifetime;
        registration.refresh_idle = setup.refresh_idle;
        registration.refresh_grace = setup.refresh_grace;
        registration.rotate = setup.rotate;
        registration.rotation_ends_access_tokens = setup.rotation_ends_access_tokens;
        registration.access_format = setup.access_format;
    })
}

fn user_id(number: usize) -> UserId {
    user(USERS[number]).id
}

fn client_id(number: usize) -> ClientId {
    ClientId::parse(CLIENTS[number]).unwrap()
}

fn newest<T>(all: &[T], number: usize) -> Option<&T> {
    all.iter().rev().nth(number.checked_rem(all.len())?)
}
