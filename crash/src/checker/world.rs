//! What one authorization may do, written down a second time and independently of the server: the yardstick.
//!
//! A [`World`] is one state the authorization may be in. [`World::outcomes`] says what a request does to it and which answer
//! it must give; where the rules leave a choice (a time limit too close to call), there are several outcomes.

use std::collections::BTreeMap;

use crate::journal::{OperationId, Terms, TokenId};

/// Position of a refresh token in its chain; the one from the first answer has 0.
pub type Generation = usize;

/// A loser within this many milliseconds of the winner is refused without consequence where there is no grace.
const RACE: u64 = 5_000;

/// The server may keep whole seconds: within this distance of a limit both outcomes are allowed.
const BLUR: u64 = 1_500;

/// A request about one authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Refresh with the token of this generation.
    Refresh(Generation),
    /// Revocation of a refresh token.
    EndRefresh,
    /// Revocation of an access token.
    EndAccess(TokenId),
    /// Is the refresh token of this generation active?
    ReadRefresh(Generation),
    /// Is this access token, handed out with this generation, active?
    ReadAccess(TokenId, Generation),
}

impl Step {
    /// Whether the request changes nothing.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Self::ReadRefresh(_) | Self::ReadAccess(..))
    }
}

/// The answer a request must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// A token response with the refresh token of this generation.
    Successor(Generation),
    /// `invalid_grant`.
    Refused,
    /// The revocation is acknowledged.
    Revoked,
    /// Active or not.
    Active(bool),
}

/// Milliseconds between the last rotation and a request: how many at most, how many at least.
#[derive(Debug, Clone, Copy)]
pub struct Elapsed {
    /// Upper bound.
    pub at_most: u64,
    /// Lower bound, counted from the later of the rotation and the last start of the server.
    pub at_least: u64,
}

impl Elapsed {
    fn surely_within(self, limit: u64) -> bool {
        self.at_most.saturating_add(BLUR) < limit
    }

    fn surely_beyond(self, limit: u64) -> bool {
        self.at_least > limit.saturating_add(BLUR)
    }
}

/// One state an authorization may be in. Changes carry the number of the request that made them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct World {
    /// Generation of the current refresh token.
    pub current: Generation,
    /// The request that made it current; none before the first rotation.
    pub rotated_by: Option<OperationId>,
    /// The request that ended the authorization.
    pub ended_by: Option<OperationId>,
    /// Access tokens revoked by themselves.
    pub ended_access: BTreeMap<TokenId, OperationId>,
    /// Requests that took effect here and whose answers have not been read yet.
    pub taken: BTreeMap<OperationId, Told>,
}

impl World {
    /// Whether this state came about through that request.
    #[must_use]
    pub fn carries(&self, operation: OperationId) -> bool {
        self.rotated_by == Some(operation) || self.ended_by == Some(operation) || self.ended_access.values().any(|by| *by == operation)
    }

    /// Everything the request may do here, with the answer it then gives.
    #[must_use]
    pub fn outcomes(&self, step: Step, by: OperationId, terms: Terms, elapsed: Elapsed) -> Vec<(Self, Told)> {
        match step {
            Step::Refresh(generation) => self.refresh(generation, by, terms, elapsed),
            Step::EndRefresh => self.end_refresh(by),
            Step::EndAccess(token) => vec![(self.without_access(token, by), Told::Revoked)],
            Step::ReadRefresh(generation) => self.read_refresh(generation),
            Step::ReadAccess(token, generation) => {
                let superseded = terms.rotation_ends_access && generation < self.current;
                let active = self.ended_by.is_none() && !superseded && !self.ended_access.contains_key(&token);
                vec![(self.clone(), Told::Active(active))]
            }
        }
    }

    fn refresh(&self, generation: Generation, by: OperationId, terms: Terms, elapsed: Elapsed) -> Vec<(Self, Told)> {
        if self.ended_by.is_some() {
            return vec![(self.clone(), Told::Refused)];
        }
        let successor = Told::Successor(generation + 1);
        match self.current.checked_sub(generation) {
            None => Vec::new(),
            Some(0) => {
                let rotated = Self { current: self.current + 1, rotated_by: Some(by), ..self.clone() };
                vec![(rotated, successor)]
            }
            Some(1) => {
                let (limit, lenient) = if terms.grace > 0 { (terms.grace, successor) } else { (RACE, Told::Refused) };
                let mut outcomes = Vec::new();
                if !elapsed.surely_beyond(limit) {
                    outcomes.push((self.clone(), lenient));
                }
                if !elapsed.surely_within(limit) {
                    outcomes.push((self.ended(by), Told::Refused));
                }
                outcomes
            }
            Some(_) => vec![(self.ended(by), Told::Refused)],
        }
    }

    /// Every token of the chain is good enough to end it.
    fn end_refresh(&self, by: OperationId) -> Vec<(Self, Told)> {
        let world = if self.ended_by.is_some() { self.clone() } else { self.ended(by) };
        vec![(world, Told::Revoked)]
    }

    /// A dead refresh token is inactive. Whether introspection shows a live one is the server's choice (RFC 7662 §2.1 does
    /// not ask for it).
    fn read_refresh(&self, generation: Generation) -> Vec<(Self, Told)> {
        let told = |active| (self.clone(), Told::Active(active));
        match (self.ended_by, self.current.checked_sub(generation)) {
            (None, Some(0 | 1)) => vec![told(true), told(false)],
            _ => vec![told(false)],
        }
    }

    fn ended(&self, by: OperationId) -> Self {
        Self { ended_by: Some(by), ..self.clone() }
    }

    fn without_access(&self, token: TokenId, by: OperationId) -> Self {
        let mut world = self.clone();
        if world.ended_by.is_none() {
            world.ended_access.entry(token).or_insert(by);
        }
        world
    }
}
