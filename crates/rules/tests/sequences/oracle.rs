//! The books of an observer who sees what was asked and acknowledged, never an epoch or a row; and what, by these, must hold.

mod code;

use std::collections::{BTreeMap, BTreeSet};

use keyward_rules::{
    access_token::{AccessToken, Basis},
    grant::refresh_token::RACE,
    model::{
        authorization::Generation,
        id::{AuthorizationId, SessionId, TokenId, UserId},
        time::{Seconds, Timestamp},
    },
};
use keyward_wire::scope::Scope;

use super::history::Setup;
pub use code::Redemption;

/// When something happened: the number of the event.
pub type Step = usize;

/// Every turn a history can take; a test wants each of them seen.
pub const TURNS: [&str; 36] = [
    "logged in",
    "born dead",
    "rotated",
    "kept without rotation",
    "repeated",
    "moved forward after a restore",
    "answered what was dead already",
    "conflict",
    "refused: lost in a restore",
    "refused: another client's",
    "refused: ended before",
    "refused: expired",
    "refused: idle",
    "lost a race",
    "reused",
    "revoked",
    "access token revoked alone",
    "own token issued",
    "restored",
    "signed out",
    "withdrawn",
    "code given",
    "code given unasked",
    "code born dead",
    "code denied: consent taken back",
    "redeemed",
    "redeemed what was dead already",
    "code refused: lost in a restore",
    "code refused: redeemed before",
    "code refused: another client's",
    "code refused: not proved",
    "code refused: from before a restore",
    "code refused: expired",
    "code refused: ended before",
    "code burnt",
    "refreshed after a code",
];

/// What is known of one authorization.
#[derive(Clone)]
pub struct Known {
    user: UserId,
    scope: Scope,
    /// The session whose end is also its own.
    session: Option<SessionId>,
    made_at: Timestamp,
    /// Whether its code was redeemed, if it began with one.
    redeemed: Option<bool>,
    expires_at: Timestamp,
    in_force: Generation,
    rotated_at: Timestamp,
    /// Since when it is over, and where that is written.
    end: Option<(Step, Written)>,
    /// The generations that succeeded, and when they did first.
    successes: BTreeMap<Generation, Timestamp>,
}

/// Where an end is written.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    /// On the authorization, where every later write meets it.
    OnIt,
    /// On the client or user it stands on.
    Beneath,
}

/// What a restored backup takes back.
#[derive(Clone, Default)]
pub struct Books {
    authorizations: BTreeMap<AuthorizationId, Known>,
    user_ends: BTreeMap<UserId, Step>,
    client_end: Step,
    session_ends: BTreeMap<SessionId, Step>,
    consent_ends: BTreeMap<UserId, Step>,
    revoked_alone: BTreeSet<TokenId>,
}

/// An authorization that was acknowledged.
pub struct Born {
    pub id: AuthorizationId,
    pub user: UserId,
    pub scope: Scope,
    pub session: Option<SessionId>,
    pub expires_at: Timestamp,
    pub asked: Step,
    pub asked_at: Timestamp,
    /// What was withdrawn up to here does not concern it.
    pub said: Step,
    /// Whether it begins with a code.
    pub code: bool,
}

/// One access token that was answered.
pub struct Answered {
    pub token: AccessToken,
    pub era: u32,
    /// When its client proved who it is.
    pub asked: Step,
}

/// One refresh that came to its end.
pub struct Refresh {
    pub id: AuthorizationId,
    pub presented: Generation,
    pub by_owner: bool,
    pub asked: Step,
    pub asked_at: Timestamp,
    /// What the books said when the request read its authorization.
    pub glanced: Option<Known>,
}

pub struct Oracle {
    pub books: Books,
    pub seen: BTreeSet<&'static str>,
    setup: Setup,
    /// How often the store was set back.
    pub era: u32,
    recovered_at: Timestamp,
    /// The successor that a generation got, for all time.
    successors: BTreeMap<(AuthorizationId, Generation), (Generation, String)>,
    /// The codes that succeeded, for all time.
    redeemed: BTreeSet<AuthorizationId>,
}

impl Oracle {
    pub fn new(setup: &Setup) -> Self {
        let (books, seen, successors, redeemed) = <_>::default();
        Oracle { books, seen, setup: setup.clone(), era: 0, recovered_at: Timestamp(0), successors, redeemed }
    }

    pub fn saw(&mut self, turn: &'static str) {
        self.seen.insert(turn);
    }

    pub fn known(&self, id: AuthorizationId) -> Option<Known> {
        self.books.authorizations.get(&id).cloned()
    }

    /// A backup took the place of the store.
    pub fn restored(&mut self, books: Books, at: Timestamp) {
        self.books = books;
        self.era += 1;
        self.recovered_at = at;
        self.saw("restored");
    }

    /// It was acknowledged that nothing speaks for `user` any more.
    pub fn user_ended(&mut self, user: UserId, step: Step) {
        self.books.user_ends.insert(user, step);
        let own = self.books.authorizations.values_mut().filter(|known| known.user == user);
        own.for_each(|known| known.end_at(step, Written::Beneath));
    }

    /// It was acknowledged that the client holds nothing any more.
    pub fn client_ended(&mut self, step: Step) {
        self.books.client_end = step;
        self.books.authorizations.values_mut().for_each(|known| known.end_at(step, Written::Beneath));
    }

    /// The end of an authorization was acknowledged.
    pub fn revoked(&mut self, id: AuthorizationId, step: Step) {
        if let Some(known) = self.books.authorizations.get_mut(&id) {
            known.end_at(step, Written::OnIt);
        }
    }

    /// The end of one access token was acknowledged.
    pub fn revoked_alone(&mut self, id: TokenId) {
        self.books.revoked_alone.insert(id);
    }

    /// A new authorization was answered; it is dead if something it stands on ended since it was looked at.
    pub fn born(&mut self, born: Born) {
        let books = &self.books;
        let since = |end: Option<&Step>, seen: Step| end.copied().filter(|end| *end > seen);
        let ends = [
            since(books.user_ends.get(&born.user), born.asked),
            since(Some(&books.client_end), born.asked),
            since(born.session.and_then(|session| books.session_ends.get(&session)), born.asked),
            since(books.consent_ends.get(&born.user), born.said),
        ];
        let (overtaken, successes) = (ends.into_iter().flatten().max(), BTreeMap::new());
        let Born { id, user, scope, session, expires_at, asked_at, .. } = born;
        let redeemed = born.code.then_some(false);
        let (made_at, rotated_at) = (asked_at, asked_at);
        let mut known = Known { user, scope, session, made_at, redeemed, expires_at, in_force: 1, rotated_at, end: None, successes };
        self.saw(if born.code { "code given" } else { "logged in" });
        if let Some(overtaken) = overtaken {
            known.end_at(overtaken, Written::Beneath);
            self.saw(if born.code { "code born dead" } else { "born dead" });
        }
        assert!(self.books.authorizations.insert(id, known).is_none(), "two authorizations share an id");
    }

    /// A refresh was answered with `successor`, whose text is `text`.
    pub fn refreshed(&mut self, refresh: &Refresh, successor: Generation, text: &str, access: &AccessToken) {
        let known = self.books.authorizations.get_mut(&refresh.id).expect("a token of an authorization that is not there succeeded");
        let presented = refresh.presented;
        assert!(refresh.by_owner, "another client's token succeeded");
        assert!(refresh.asked_at < known.expires_at, "the authorization outlived expires_at");
        if let Some((end, written)) = known.end {
            let may_be_late = written == Written::Beneath && !self.setup.compares_epochs;
            assert!(may_be_late, "a refresh was written after its authorization had ended");
            assert!(refresh.asked < end, "a refresh asked for after an acknowledged end succeeded");
        }
        assert!(access.scope.is_within(&known.scope), "the scope grew");
        assert!(access.expires_at * 1000 <= known.expires_at.0, "an access token outlives its authorization");

        if self.setup.rotate {
            assert_eq!(successor, presented + 1, "the successor is not the next generation");
            assert!(!known.successes.contains_key(&successor), "a generation succeeded after its successor had");
            if let Some(first) = known.successes.get(&presented) {
                assert!(self.setup.refresh_grace > Seconds(0), "a generation succeeded twice without grace");
                let until = (*first).max(self.recovered_at) + self.setup.refresh_grace;
                assert!(refresh.asked_at <= until, "a generation succeeded again after its grace");
            }
        } else {
            assert_eq!(successor, presented, "the generation moved where nothing rotates");
        }
        let ever = self.successors.entry((refresh.id, presented)).or_insert_with(|| (successor, text.to_owned()));
        assert_eq!((ever.0, &*ever.1), (successor, text), "two successes of one generation carry different successors");

        let turn = match () {
            () if known.end.is_some() => "answered what was dead already",
            () if presented < known.in_force => "repeated",
            () if presented > known.in_force => "moved forward after a restore",
            () if self.setup.rotate => "rotated",
            () => "kept without rotation",
        };
        let began_with_code = known.redeemed.is_some();
        known.successes.entry(presented).or_insert(refresh.asked_at);
        if presented >= known.in_force {
            (known.in_force, known.rotated_at) = (successor, refresh.asked_at);
        }
        self.saw(turn);
        if began_with_code {
            self.saw("refreshed after a code");
        }
    }

    /// A refresh was refused, and its authorization revoked if `revokes`.
    pub fn refused(&mut self, refresh: &Refresh, revokes: bool, step: Step) {
        let turn = match &refresh.glanced {
            None => "refused: lost in a restore",
            Some(_) if !refresh.by_owner => "refused: another client's",
            Some(_) if self.known(refresh.id).is_some_and(|known| known.end.is_some()) => "refused: ended before",
            Some(known) => self.turn_of_refused(refresh, known),
        };
        match turn {
            "reused" => assert!(revokes, "a reuse did not end the authorization"),
            // What was read before the end may still ask for another.
            "refused: ended before" => {}
            _ => assert!(!revokes, "{turn}, and yet it ended the authorization"),
        }
        if revokes {
            self.revoked(refresh.id, step);
        }
        self.saw(turn);
    }

    /// Why the owner of a live authorization was refused.
    fn turn_of_refused(&self, refresh: &Refresh, known: &Known) -> &'static str {
        let Refresh { presented, asked_at, .. } = *refresh;
        if asked_at >= known.expires_at {
            return "refused: expired";
        }
        if self.setup.refresh_idle.is_some_and(|idle| known.rotated_at + idle <= asked_at) {
            return "refused: idle";
        }
        assert!(presented < known.in_force, "the newest token was refused though nothing had ended");
        let grace = self.setup.refresh_grace;
        let forgiven_until = known.rotated_at.max(self.recovered_at) + if grace > Seconds(0) { grace } else { RACE };
        if presented + 1 < known.in_force || asked_at > forgiven_until {
            return "reused";
        }
        assert!(grace == Seconds(0), "a retry within its grace was refused");
        "lost a race"
    }

    /// Whether an access token must be live.
    pub fn lives(&self, answered: &Answered, now: Timestamp) -> bool {
        let token = &answered.token;
        let over = token.expires_at <= now.seconds() || answered.era != self.era || self.books.revoked_alone.contains(&token.id);
        let stands = match &token.basis {
            Basis::Client { .. } => self.books.client_end < answered.asked,
            Basis::Authorization { id, generation } => self.books.authorizations.get(id).is_some_and(|known| {
                let replaced = self.setup.rotation_ends_access_tokens && *generation != known.in_force;
                known.end.is_none() && now < known.expires_at && !replaced
            }),
        };
        stands && !over
    }
}

impl Known {
    fn end_at(&mut self, step: Step, written: Written) {
        match &mut self.end {
            None => self.end = Some((step, written)),
            Some((_, before)) if written == Written::OnIt => *before = written,
            Some(_) => {}
        }
    }
}
