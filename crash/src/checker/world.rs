//! What one object may do, written down a second time and independently of the server: the yardstick.
//!
//! A [`World`] is one state the object may be in. [`World::outcomes`] says what a request does to it and which answer
//! it must give; where the rules leave a choice (a time limit too close to call), there are several outcomes.
//! An object is an authorization, from its code or device code on; a browser session; or a user.

use std::collections::BTreeMap;

use crate::journal::{OperationId, Terms, TokenId};

/// Position of a refresh token in its chain; the one from the first answer has 0.
pub type Generation = usize;

/// A loser within this many milliseconds of the winner is refused without consequence where there is no grace.
const RACE: u64 = 5_000;

/// How many milliseconds a code and a device code live: what [`crate::scenario`] registers, and what RFC 8628 is given here.
const LIFETIME: u64 = 600_000;

/// The server may keep whole seconds: within this distance of a limit both outcomes are allowed.
const BLUR: u64 = 1_500;

/// How far an authorization has come. Sessions and users are open from the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A device waits for somebody's word.
    Waiting,
    /// A code, or the code of a device that somebody said yes to, was not redeemed yet.
    Redeemable,
    /// There are tokens.
    #[default]
    Open,
}

/// A request about one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Redemption of the code.
    Redeem,
    /// A device asks with its device code.
    Poll,
    /// Somebody says yes to the device.
    Approve,
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
    /// A user logs in, or somebody does something in a session.
    Enter,
    /// Signing out of the session.
    Leave,
    /// End of everything of a user, a client or a session, this object with it.
    End(Ending),
    /// The user may log in again.
    Revive,
}

/// What ends an object together with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Something of its user: a device that nobody has said yes to has none.
    OfUser,
    /// Something of its client.
    OfClient,
}

impl Step {
    /// Whether the request changes nothing.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Self::ReadRefresh(_) | Self::ReadAccess(..) | Self::Enter)
    }

    /// Whether it presents what can be used once.
    #[must_use]
    pub fn is_presentation(self) -> bool {
        matches!(self, Self::Redeem | Self::Poll | Self::Refresh(_))
    }

    /// Whether it is about this object alone.
    #[must_use]
    pub fn is_own(self) -> bool {
        !matches!(self, Self::End(_) | Self::Revive)
    }
}

/// The answer a request must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// A token response with the refresh token of this generation.
    Successor(Generation),
    /// `invalid_grant`, or that nobody is signed in.
    Refused,
    /// It is done.
    Done,
    /// Active or not.
    Active(bool),
    /// Nobody has said anything yet.
    Pending,
    /// They are in.
    Entered,
}

/// Milliseconds between two moments: how many at most, how many at least.
#[derive(Debug, Clone, Copy)]
pub struct Elapsed {
    /// Upper bound.
    pub at_most: u64,
    /// Lower bound.
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

/// How much time has passed when a request takes effect.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Since the last rotation.
    pub rotation: Elapsed,
    /// Since the object was made.
    pub age: Elapsed,
}

/// One state an object may be in. Changes carry the number of the request that made them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct World {
    /// How far it has come.
    pub stage: Stage,
    /// The request that brought it there.
    pub staged_by: Option<OperationId>,
    /// Generation of the current refresh token.
    pub current: Generation,
    /// The request that made it current; none before the first rotation.
    pub rotated_by: Option<OperationId>,
    /// The request that ended it.
    pub ended_by: Option<OperationId>,
    /// Access tokens revoked by themselves.
    pub ended_access: BTreeMap<TokenId, OperationId>,
    /// Requests that took effect here and whose answers have not been read yet.
    pub taken: BTreeMap<OperationId, Told>,
}

type Outcomes = Vec<(World, Told)>;

impl World {
    /// An object that has come so far.
    #[must_use]
    pub fn at(stage: Stage) -> Self {
        Self { stage, ..Self::default() }
    }

    /// Whether this state came about through that request.
    #[must_use]
    pub fn carries(&self, operation: OperationId) -> bool {
        let by = Some(operation);
        self.staged_by == by || self.rotated_by == by || self.ended_by == by || self.ended_access.values().any(|end| *end == operation)
    }

    /// Everything the request may do here, with the answer it then gives.
    #[must_use]
    pub fn outcomes(&self, step: Step, by: OperationId, terms: Terms, clock: Clock) -> Outcomes {
        match step {
            Step::Redeem => self.redeem(by, clock.age),
            Step::Poll => self.poll(by, clock.age),
            Step::Approve => self.approve(by, clock.age),
            Step::Refresh(generation) => self.refresh(generation, by, terms, clock.rotation),
            Step::EndRefresh => vec![(self.ended(by), Told::Done)],
            Step::EndAccess(token) => vec![(self.without_access(token, by), Told::Done)],
            Step::ReadRefresh(generation) => self.read_refresh(generation),
            Step::ReadAccess(token, generation) => {
                let superseded = terms.rotation_ends_access && generation < self.current;
                let active = self.ended_by.is_none() && !superseded && !self.ended_access.contains_key(&token);
                vec![(self.clone(), Told::Active(active))]
            }
            Step::Enter => vec![(self.clone(), if self.ended_by.is_none() { Told::Entered } else { Told::Refused })],
            Step::Leave if self.ended_by.is_some() => vec![(self.clone(), Told::Done), self.refused()],
            Step::Leave => vec![(self.ended(by), Told::Done)],
            Step::End(Ending::OfUser) if self.stage == Stage::Waiting => vec![(self.clone(), Told::Done)],
            Step::End(_) => vec![(self.ended(by), Told::Done)],
            Step::Revive => vec![(Self { ended_by: None, ..self.clone() }, Told::Done)],
        }
    }

    /// A code is redeemed once. Everything else ends what it stands for (RFC 6749 §4.1.2).
    fn redeem(&self, by: OperationId, age: Elapsed) -> Outcomes {
        let burnt = (self.ended(by), Told::Refused);
        if self.ended_by.is_some() || self.stage != Stage::Redeemable {
            return vec![burnt];
        }
        in_time(age, LIFETIME, (self.moved(Stage::Open, by), Told::Successor(0)), burnt)
    }

    /// A device code is redeemed once, and asking again spoils nothing.
    fn poll(&self, by: OperationId, age: Elapsed) -> Outcomes {
        match (self.ended_by, self.stage) {
            (None, Stage::Waiting) => in_time(age, LIFETIME, (self.clone(), Told::Pending), self.refused()),
            (None, Stage::Redeemable) => in_time(age, LIFETIME, (self.moved(Stage::Open, by), Told::Successor(0)), self.refused()),
            _ => vec![self.refused()],
        }
    }

    fn approve(&self, by: OperationId, age: Elapsed) -> Outcomes {
        match (self.ended_by, self.stage) {
            (None, Stage::Waiting) => in_time(age, LIFETIME, (self.moved(Stage::Redeemable, by), Told::Done), self.refused()),
            _ => vec![self.refused()],
        }
    }

    fn refresh(&self, generation: Generation, by: OperationId, terms: Terms, since: Elapsed) -> Outcomes {
        if self.ended_by.is_some() {
            return vec![self.refused()];
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
                in_time(since, limit, (self.clone(), lenient), (self.ended(by), Told::Refused))
            }
            Some(_) => vec![(self.ended(by), Told::Refused)],
        }
    }

    /// A dead refresh token is inactive. Whether introspection shows a live one is the server's choice (RFC 7662 §2.1 does
    /// not ask for it).
    fn read_refresh(&self, generation: Generation) -> Outcomes {
        let told = |active| (self.clone(), Told::Active(active));
        match (self.ended_by, self.current.checked_sub(generation)) {
            (None, Some(0 | 1)) => vec![told(true), told(false)],
            _ => vec![told(false)],
        }
    }

    /// What became of it when this ended it; nothing more, if something else had.
    #[must_use]
    pub fn ended(&self, by: OperationId) -> Self {
        Self { ended_by: self.ended_by.or(Some(by)), ..self.clone() }
    }

    /// The same, made after that request took effect.
    #[must_use]
    pub fn after(&self, operation: OperationId) -> Self {
        let mut world = self.clone();
        world.taken.insert(operation, Told::Done);
        world
    }

    fn moved(&self, stage: Stage, by: OperationId) -> Self {
        Self { stage, staged_by: Some(by), ..self.clone() }
    }

    fn refused(&self) -> (Self, Told) {
        (self.clone(), Told::Refused)
    }

    fn without_access(&self, token: TokenId, by: OperationId) -> Self {
        let mut world = self.clone();
        if world.ended_by.is_none() {
            world.ended_access.entry(token).or_insert(by);
        }
        world
    }
}

/// One outcome within a limit, another beyond it; both where it is too close to call.
fn in_time(elapsed: Elapsed, limit: u64, within: (World, Told), beyond: (World, Told)) -> Outcomes {
    if elapsed.surely_within(limit) {
        vec![within]
    } else if elapsed.surely_beyond(limit) {
        vec![beyond]
    } else {
        vec![within, beyond]
    }
}
