//! Reads a journal in order and says which answers nothing can explain.
//!
//! 1. A token response opens an [`authorization::Authorization`]; every later request about its tokens belongs to it.
//! 2. A request that was sent may take effect at any moment until its answer is read, or, when none came, until the server
//!    is dead. For each authorization all [`world::World`]s that the order of events allows are kept.
//! 3. An answer leaves only the worlds in which it is the right one. When none is left, that is a [`Violation`].
//!
//! So one rule covers all of it: what was acknowledged holds, what was unknown is there or is not, and half of it is never there.

mod authorization;
#[cfg(test)]
mod tests;
mod world;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::journal::{Answer, Ask, Event, OperationId, Record, Terms, TokenId};
use authorization::Authorization;
use world::{Generation, Step};

/// Which promise was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An acknowledged token does not work.
    Lost,
    /// An acknowledged end does not hold.
    Undone,
    /// A token was exchanged twice, or answered with a second successor.
    Twice,
    /// An unknown request was found partly carried out.
    Half,
    /// An answer that the server must never give.
    Odd,
}

/// One answer that nothing explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise was broken.
    pub kind: Kind,
    /// The request whose answer shows it.
    pub operation: OperationId,
    /// What was expected and what was found.
    pub message: String,
    /// Everything the journal holds about the authorization, oldest first.
    pub trail: Vec<Record>,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:?}: request {}: {}", self.kind, self.operation, self.message)?;
        for record in &self.trail {
            writeln!(out, "    {:>8} ms  {:?}", record.at, record.event)?;
        }
        Ok(())
    }
}

/// Under this name acknowledged changes are counted: all that must be on disk before they are answered.
pub const DURABLE: &str = "durable changes";

/// How often what happened.
pub type Tally = BTreeMap<&'static str, u64>;

/// What a journal proves.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Answers that nothing explains.
    pub violations: Vec<Violation>,
    /// Counts of answers, of unknown outcomes and of what was found out about them.
    pub tally: Tally,
    /// Authorizations (and tokens without one) that were checked.
    pub authorizations: usize,
}

/// What a token is within its authorization.
#[derive(Debug, Clone, Copy)]
enum Part {
    Refresh(Generation),
    Access(Generation),
}

/// Follows a journal.
#[derive(Debug, Default)]
pub struct Checker {
    clients: Vec<Terms>,
    authorizations: Vec<Authorization>,
    parts: HashMap<TokenId, (usize, Part)>,
    asked: HashMap<OperationId, Ask>,
    ready_at: u64,
    violations: Vec<Violation>,
    tally: Tally,
}

impl Checker {
    /// Takes in the next line of the journal.
    pub fn observe(&mut self, record: &Record) {
        match &record.event {
            Event::Clients(clients) => self.clients.clone_from(clients),
            Event::Sent(operation, ask) => self.sent(*operation, *ask, record),
            Event::Answered(operation, answer) => self.answered(*operation, answer, record),
            Event::Unanswered(operation) => self.unanswered(*operation, record),
            Event::Unsent(operation) => self.unsent(*operation, record),
            Event::Ready => {
                self.count("starts");
                self.ready_at = record.at;
            }
            Event::Killed => {
                self.count("kills");
                self.decide(record, true);
            }
            Event::Settled => self.decide(record, false),
        }
    }

    /// What was found so far.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut tally = self.tally.clone();
        for authorization in &self.authorizations {
            *tally.entry("unknown, found carried out").or_default() += authorization.found_done;
            *tally.entry("unknown, found not carried out").or_default() += authorization.found_undone;
        }
        Verdict { violations: self.violations.clone(), tally, authorizations: self.authorizations.len() }
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    fn sent(&mut self, operation: OperationId, ask: Ask, record: &Record) {
        self.asked.insert(operation, ask);
        match ask {
            Ask::Password(_) | Ask::ClientCredentials(_) => {}
            Ask::Refresh(token) | Ask::Revoke(token) | Ask::Introspect(token) | Ask::Use(token) => match self.step(ask, token) {
                Some((owner, step)) => {
                    if let Some(authorization) = self.authorizations.get_mut(owner) {
                        authorization.open(operation, step, record);
                    }
                }
                None => self.odd(operation, format!("the journal holds no answer with token {token} that fits {ask:?}"), record),
            },
        }
    }

    fn step(&self, ask: Ask, token: TokenId) -> Option<(usize, Step)> {
        let (owner, part) = *self.parts.get(&token)?;
        let step = match (ask, part) {
            (Ask::Refresh(_), Part::Refresh(generation)) => Step::Refresh(generation),
            (Ask::Revoke(_), Part::Refresh(_)) => Step::EndRefresh,
            (Ask::Revoke(_), Part::Access(_)) => Step::EndAccess(token),
            (Ask::Introspect(_), Part::Refresh(generation)) => Step::ReadRefresh(generation),
            (Ask::Introspect(_) | Ask::Use(_), Part::Access(generation)) => Step::ReadAccess(token, generation),
            _ => return None,
        };
        Some((owner, step))
    }

    /// The authorization a request is about; none for one that would make a new one.
    fn owner(&self, ask: Ask) -> Option<usize> {
        match ask {
            Ask::Password(_) | Ask::ClientCredentials(_) => None,
            Ask::Refresh(token) | Ask::Revoke(token) | Ask::Introspect(token) | Ask::Use(token) => {
                self.parts.get(&token).map(|(owner, _)| *owner)
            }
        }
    }

    fn answered(&mut self, operation: OperationId, answer: &Answer, record: &Record) {
        let Some(ask) = self.asked.remove(&operation) else {
            return self.odd(operation, "answered without having been sent".to_owned(), record);
        };
        self.count(self.name(ask, answer));
        match (ask, answer) {
            (_, Answer::Odd(found)) => self.odd(operation, format!("{ask:?} must never be answered with {found}"), record),
            (Ask::Password(client), Answer::Issued { access, refresh: Some(refresh) }) => {
                self.born(operation, client, *access, Some(*refresh), record);
            }
            (Ask::ClientCredentials(client), Answer::Issued { access, refresh: None }) => {
                self.born(operation, client, *access, None, record);
            }
            (Ask::Password(_) | Ask::ClientCredentials(_), Answer::Unavailable) => {}
            (Ask::Password(_) | Ask::ClientCredentials(_), found) => {
                self.odd(operation, format!("{ask:?} expects a token response, found {found:?}"), record);
            }
            _ => self.told(operation, ask, answer, record),
        }
    }

    fn told(&mut self, operation: OperationId, ask: Ask, answer: &Answer, record: &Record) {
        let learned = match (ask, answer) {
            (Ask::Refresh(token), Answer::Issued { access, refresh }) => self.learn(token, *access, *refresh),
            _ => Ok(()),
        };
        let Some(authorization) = self.owner(ask).and_then(|owner| self.authorizations.get_mut(owner)) else {
            return;
        };
        let found = match learned {
            Ok(()) => authorization.answered(operation, answer, record, self.ready_at),
            Err((kind, message)) => Err(authorization.broken(kind, operation, message, record)),
        };
        match found {
            Ok(true) => self.count(DURABLE),
            Ok(false) => {}
            Err(violation) => self.violations.extend(violation),
        }
    }

    /// Opens an authorization with its first tokens.
    fn born(&mut self, operation: OperationId, client: usize, access: TokenId, refresh: Option<TokenId>, record: &Record) {
        let Some(terms) = self.clients.get(client).copied() else {
            return self.odd(operation, format!("the journal names no client {client}"), record);
        };
        if refresh.is_some() {
            self.count(DURABLE);
        }
        let owner = self.authorizations.len();
        let parts = refresh.map(|token| (token, Part::Refresh(0))).into_iter().chain([(access, Part::Access(0))]);
        for (token, part) in parts {
            if self.parts.insert(token, (owner, part)).is_some() {
                self.violations.push(Violation {
                    kind: Kind::Twice,
                    operation,
                    message: format!("token {token} was handed out before"),
                    trail: vec![record.clone()],
                });
            }
        }
        self.authorizations.push(Authorization::new(terms, refresh, record));
    }

    /// Takes in the tokens of a refresh response: its refresh token is the one successor, its access token is new or the same again.
    fn learn(&mut self, used: TokenId, access: TokenId, refresh: Option<TokenId>) -> Result<(), (Kind, String)> {
        let Some((owner, Part::Refresh(generation))) = self.parts.get(&used).copied() else {
            return Ok(());
        };
        let Some(authorization) = self.authorizations.get_mut(owner) else {
            return Ok(());
        };
        let Some(refresh) = refresh else {
            return Err((Kind::Odd, "a refresh expects a refresh token in its answer, found none".to_owned()));
        };
        let next = generation + 1;
        match authorization.refresh.get(next) {
            Some(known) if *known == refresh => {}
            Some(known) => {
                return Err((Kind::Twice, format!("token {used} has the successor {known}, found a second one: {refresh}")));
            }
            None if self.parts.contains_key(&refresh) => {
                return Err((Kind::Twice, format!("token {used} expects a new successor, found {refresh}, handed out before")));
            }
            None => {
                authorization.refresh.push(refresh);
                self.parts.insert(refresh, (owner, Part::Refresh(next)));
            }
        }
        match self.parts.insert(access, (owner, Part::Access(next))) {
            None => Ok(()),
            Some((other, Part::Access(same))) if other == owner && same == next => Ok(()),
            Some(_) => Err((Kind::Twice, format!("access token {access} was handed out before"))),
        }
    }

    fn unanswered(&mut self, operation: OperationId, record: &Record) {
        self.count("unknown");
        let Some(ask) = self.asked.remove(&operation) else {
            return;
        };
        if let Some(authorization) = self.owner(ask).and_then(|owner| self.authorizations.get_mut(owner)) {
            authorization.unknown(operation, record);
        }
    }

    fn unsent(&mut self, operation: OperationId, record: &Record) {
        self.count("not sent");
        let Some(ask) = self.asked.remove(&operation) else {
            return;
        };
        if let Some(authorization) = self.owner(ask).and_then(|owner| self.authorizations.get_mut(owner)) {
            authorization.unsent(operation, record);
        }
    }

    /// The server is dead, or has recovered: nothing that is still unknown can take effect any more.
    fn decide(&mut self, record: &Record, dead: bool) {
        for authorization in &mut self.authorizations {
            authorization.decide(record, dead, self.ready_at);
        }
    }

    fn odd(&mut self, operation: OperationId, message: String, record: &Record) {
        self.violations.push(Violation { kind: Kind::Odd, operation, message, trail: vec![record.clone()] });
    }

    /// Under which name an answer is counted.
    fn name(&self, ask: Ask, answer: &Answer) -> &'static str {
        match (ask, answer) {
            (_, Answer::Unavailable) => "503",
            (_, Answer::Odd(_)) => "odd",
            (Ask::Password(_), _) => "password",
            (Ask::ClientCredentials(_), _) => "client_credentials",
            (Ask::Refresh(_), Answer::Issued { refresh: Some(token), .. }) if self.parts.contains_key(token) => "refresh repeated",
            (Ask::Refresh(_), Answer::Issued { .. }) => "refreshed",
            (Ask::Refresh(_), _) => "refresh refused",
            (Ask::Revoke(_), _) => "revoked",
            (_, Answer::Active(true)) => "told active",
            _ => "told inactive",
        }
    }
}
