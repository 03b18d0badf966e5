//! Reads a journal in order and says which answers nothing can explain.
//!
//! 1. What a request makes (an authorization, a code, a session) is an [`object::Object`]; every later request about it
//!    belongs to it. What ends many at once belongs to each of them ([`concern::Reach`]).
//! 2. A request that was sent may take effect at any moment until its answer is read, or, when none came, until it is settled
//!    that it can no more. For each object all [`world::World`]s that the order of events allows are kept.
//! 3. An answer leaves only the worlds in which it is the right one. When none is left, that is a [`Violation`].
//!
//! So one rule covers all of it: what was acknowledged holds, what was unknown is there or is not, and half of it is never there.

mod birth;
mod concern;
mod ends;
mod named;
mod object;
#[cfg(test)]
mod tests;
mod tokens;
mod verdict;
mod world;

use std::collections::{BTreeMap, HashMap};

use crate::journal::{Answer, Ask, Event, OperationId, Part as Killed, Record, Terms, TokenId};
pub use concern::{CODES, DEVICES, GENERATIONS, REPEATED};
use concern::{Finding, finding, name};
use ends::Ends;
use object::{Object, Role, Standing};
use tokens::Tokens;
pub use verdict::{DURABLE, Kind, Tally, Verdict, Violation};
use world::{Stage, Told};

/// A request that was sent and is not over.
#[derive(Debug)]
struct Asked {
    ask: Ask,
    at: u64,
    /// The objects it concerns; each knows what the request is to it.
    objects: Vec<usize>,
    /// Whose session it was sent from, or who logs in.
    user: Option<usize>,
}

/// Follows a journal.
#[derive(Debug, Default)]
pub struct Checker {
    clients: Vec<Terms>,
    users: Vec<usize>,
    objects: Vec<Option<Box<Object>>>,
    tokens: Tokens,
    asked: BTreeMap<OperationId, Asked>,
    latest: OperationId,
    ends: Ends,
    /// Unknown requests, and the objects for which that matters.
    unknown: BTreeMap<OperationId, Vec<usize>>,
    violations: Vec<Violation>,
    tally: Tally,
}

impl Checker {
    /// Takes in the next line of the journal.
    pub fn observe(&mut self, record: &Record) {
        match &record.event {
            Event::Cast { clients, users } => self.cast(clients, *users, record),
            Event::Sent(operation, ask) => self.sent(*operation, *ask, record),
            Event::Answered(operation, answer) => self.answered(*operation, answer, record),
            Event::Unanswered(operation) => self.unanswered(*operation, record),
            Event::Unsent(operation) => self.unsent(*operation, record),
            Event::Ready(Killed::Connections(_)) => {}
            Event::Ready(_) => self.count("starts"),
            Event::Killed(Killed::Node(_)) => self.count("kills of nodes"),
            Event::Killed(Killed::Database) => self.count("kills of the database"),
            Event::Killed(Killed::Connections(_)) => self.count("connections to the database lost"),
            Event::Settled(operation) => self.settle(*operation, record),
            Event::Forgotten(token) => self.forgotten(*token),
        }
    }

    /// What was found so far.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut tally = self.tally.clone();
        for object in self.objects.iter().flatten() {
            tell_doubts(&mut tally, object);
        }
        Verdict { violations: self.violations.clone(), tally, objects: self.objects.len() }
    }

    /// How many violations were found.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.violations.len()
    }

    /// What was counted.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    fn cast(&mut self, clients: &[Terms], users: usize, record: &Record) {
        self.clients = clients.to_vec();
        for user in 0..users {
            let standing = Standing { role: Role::User, client: None, user: Some(user), session: None };
            self.users.push(self.objects.len());
            self.objects.push(Some(Box::new(Object::new(standing, Terms::default(), Stage::Open, record.at, record))));
        }
    }

    fn object(&mut self, object: usize) -> Option<&mut Object> {
        self.objects.get_mut(object)?.as_deref_mut()
    }

    fn sent(&mut self, operation: OperationId, ask: Ask, record: &Record) {
        self.latest = operation;
        let Some(named) = self.named(ask) else {
            return self.odd(operation, format!("the journal holds nothing that fits {ask:?}"), record);
        };
        let user = self.user_of(ask);
        if let (Ask::Approve { .. }, Some(&(device, _))) = (ask, named.first()) {
            self.belongs(device, user, record);
        }
        let mut objects = Vec::new();
        for (object, step) in named {
            if let Some(known) = self.object(object) {
                known.open(operation, step, record);
                objects.push(object);
            }
        }
        if let Some(reach) = self.reach(ask, user) {
            self.ends.begin(operation, reach);
            for (number, object) in self.objects.iter_mut().enumerate() {
                if let Some(object) = object
                    && let Some(step) = reach.step(number, &object.standing)
                    && object.step(operation).is_none()
                {
                    object.open(operation, step, record);
                    objects.push(number);
                }
            }
        }
        self.asked.insert(operation, Asked { ask, at: record.at, objects, user });
    }

    fn answered(&mut self, operation: OperationId, answer: &Answer, record: &Record) {
        let Some(asked) = self.asked.remove(&operation) else {
            return self.odd(operation, "answered without having been sent".to_owned(), record);
        };
        let ask = asked.ask;
        match (ask, answer) {
            (Ask::Refresh(_), Answer::Issued { refresh: Some(token), .. }) if self.tokens.part(*token).is_some() => self.count(REPEATED),
            _ => self.count(name(ask, answer)),
        }
        match answer {
            Answer::Odd(found) => self.odd(operation, format!("{ask:?} must never be answered with {found}"), record),
            Answer::Issued { access, refresh } if ask_uses(ask) => {
                return self.exchanged(operation, &asked, *access, *refresh, record);
            }
            _ => {}
        }
        let mut durable = false;
        for object in &asked.objects {
            durable |= self.learn(operation, ask, *object, answer, record);
        }
        match answer {
            Answer::Unavailable | Answer::Odd(_) => self.ends.unknown(operation),
            Answer::SignIn => self.ends.void(operation),
            _ => self.ends.close(operation, self.latest),
        }
        durable |= self.born(operation, &asked, answer, record);
        if durable {
            self.count(DURABLE);
        }
    }

    /// Lets one object know the answer. Says whether the request has surely changed it.
    fn learn(&mut self, operation: OperationId, ask: Ask, number: usize, answer: &Answer, record: &Record) -> bool {
        let Some(object) = self.objects.get_mut(number).and_then(Option::as_deref_mut) else {
            return false;
        };
        let Some(step) = object.step(operation) else { return false };
        let found = match finding(ask, step, answer) {
            Some(Finding::Told(told)) => object.told(operation, told, record),
            Some(Finding::Void) => {
                object.void(operation, record);
                return false;
            }
            Some(Finding::Open) => {
                if object.unknown(operation, record) {
                    self.unknown.entry(operation).or_default().push(number);
                }
                return false;
            }
            None => {
                let message = format!("{ask:?} expects another answer than {answer:?}");
                Err(object.broken(Kind::Odd, operation, message, record))
            }
        };
        found.unwrap_or_else(|violation| {
            self.violations.extend(violation);
            false
        })
    }

    /// A code, a device code or a refresh token was exchanged for tokens.
    fn exchanged(&mut self, operation: OperationId, asked: &Asked, access: TokenId, refresh: Option<TokenId>, record: &Record) {
        let Some(number) = asked.objects.first().copied() else { return };
        let Some(object) = self.objects.get_mut(number).and_then(Option::as_deref_mut) else { return };
        let found = match self.tokens.learn(number, object, asked.ask, access, refresh) {
            Ok(generation) => object.told(operation, Told::Successor(generation), record),
            Err((kind, message)) => Err(object.broken(kind, operation, message, record)),
        };
        match found {
            Ok(true) => self.count(DURABLE),
            Ok(false) => {}
            Err(violation) => self.violations.extend(violation),
        }
    }

    fn unanswered(&mut self, operation: OperationId, record: &Record) {
        self.count("unknown");
        let Some(asked) = self.asked.remove(&operation) else {
            return;
        };
        for number in asked.objects {
            if let Some(object) = self.object(number)
                && object.unknown(operation, record)
            {
                self.unknown.entry(operation).or_default().push(number);
            }
        }
        self.ends.unknown(operation);
    }

    fn unsent(&mut self, operation: OperationId, record: &Record) {
        self.count("not sent");
        let Some(asked) = self.asked.remove(&operation) else {
            return;
        };
        for number in asked.objects {
            if let Some(object) = self.object(number) {
                object.void(operation, record);
            }
        }
        self.ends.void(operation);
    }

    /// Nothing unknown up to this request can take effect any more.
    fn settle(&mut self, up_to: OperationId, record: &Record) {
        let later = self.unknown.split_off(&(up_to + 1));
        let mut over: HashMap<usize, Vec<OperationId>> = HashMap::new();
        for (operation, objects) in std::mem::replace(&mut self.unknown, later) {
            for object in objects {
                over.entry(object).or_default().push(operation);
            }
        }
        for (number, operations) in over {
            if let Some(object) = self.object(number) {
                object.decide(&operations, record);
            }
        }
        self.ends.settle(up_to, self.latest);
        self.ends.prune(self.asked.keys().next().copied().unwrap_or(self.latest));
    }

    fn forgotten(&mut self, token: TokenId) {
        let Some((number, _)) = self.tokens.part(token) else { return };
        if let Some(object) = self.objects.get_mut(number).and_then(Option::take) {
            tell_doubts(&mut self.tally, &object);
            self.tokens.forget(&object.tokens);
        }
    }

    fn odd(&mut self, operation: OperationId, message: String, record: &Record) {
        self.violations.push(Violation { kind: Kind::Odd, operation, message, trail: vec![record.clone()] });
    }
}

/// Whether the request exchanges what was given before.
fn ask_uses(ask: Ask) -> bool {
    matches!(ask, Ask::Redeem(_) | Ask::Poll(_) | Ask::Refresh(_))
}

fn tell_doubts(tally: &mut Tally, object: &Object) {
    *tally.entry("unknown, found carried out").or_default() += object.found_done;
    *tally.entry("unknown, found not carried out").or_default() += object.found_undone;
}
