//! One authorization, session or user as the journal shows it: its open requests, and every state it may be in.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::world::{Clock, Elapsed, Stage, Step, Told, World};
use super::{Kind, Violation};
use crate::journal::{OperationId, Record, Terms, TokenId};

/// What an object is, and whose: what ends together with what goes by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// A user, a session, or what a client holds.
    pub role: Role,
    /// Which client holds it.
    pub client: Option<usize>,
    /// Whose it is.
    pub user: Option<usize>,
    /// The session, as an object, that it is bound to.
    pub session: Option<usize>,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Somebody who may log in.
    User,
    /// A browser session.
    Session,
    /// An authorization, from its code or device code on; or a client's own token.
    Held,
}

/// A request whose effect is still possible.
#[derive(Debug, Clone, Copy)]
struct Open {
    step: Step,
    sent: u64,
    /// No answer will come any more that tells the outcome.
    unknown: bool,
}

/// Of equal requests with unknown outcome no more than this many make a difference: the first rotates, the second is its repetition.
const ALIKE: usize = 2;

/// So many lines of the journal are kept to explain a violation.
const TRAIL: usize = 60;

/// One object.
#[derive(Debug)]
pub struct Object {
    /// Whose it is.
    pub standing: Standing,
    /// Refresh tokens by generation.
    pub refresh: Vec<TokenId>,
    /// Every token, code and session that belongs to it.
    pub tokens: Vec<TokenId>,
    terms: Terms,
    worlds: BTreeSet<World>,
    open: BTreeMap<OperationId, Open>,
    /// When it was asked for, and when it was there.
    born: (u64, u64),
    /// When each refresh was sent, and when it was over, as long as that matters.
    spans: HashMap<OperationId, (u64, Option<u64>)>,
    /// How often the newest code or token was presented.
    presented: Option<(Step, u32)>,
    /// Requests whose outcome was unknown, until an answer tells it.
    doubts: Vec<(OperationId, Step)>,
    /// Requests whose outcome never was acknowledged.
    never_acknowledged: BTreeSet<OperationId>,
    /// Unknown requests that were found carried out.
    pub found_done: u64,
    /// Unknown requests that were found not carried out.
    pub found_undone: u64,
    /// Set after a violation: nothing more can be learned here.
    condemned: bool,
    trail: VecDeque<Record>,
}

impl Object {
    /// An object just acknowledged; `asked` is when it was asked for.
    pub fn new(standing: Standing, terms: Terms, stage: Stage, asked: u64, record: &Record) -> Self {
        Self {
            standing,
            refresh: Vec::new(),
            tokens: Vec::new(),
            terms,
            worlds: BTreeSet::from([World::at(stage)]),
            open: BTreeMap::new(),
            born: (asked, record.at),
            spans: HashMap::new(),
            presented: None,
            doubts: Vec::new(),
            never_acknowledged: BTreeSet::new(),
            found_done: 0,
            found_undone: 0,
            condemned: false,
            trail: VecDeque::from([record.clone()]),
        }
    }

    /// Something that ends many, and is over, took effect before this was made, or after: nobody can say.
    pub fn may_be_ended(&mut self, operation: OperationId) {
        let ended: Vec<World> = self.worlds.iter().map(|world| world.ended(operation)).collect();
        self.worlds.extend(ended);
    }

    /// The same of something that is not over. If it took effect before, it does so no more.
    pub fn may_end(&mut self, operation: OperationId, step: Step, record: &Record) {
        self.open(operation, step, record);
        let before: Vec<World> = self.worlds.iter().map(|world| world.after(operation)).collect();
        self.worlds.extend(before);
    }

    /// A request is about to be sent.
    pub fn open(&mut self, operation: OperationId, step: Step, record: &Record) {
        self.note(record);
        self.open.insert(operation, Open { step, sent: record.at, unknown: false });
        if matches!(step, Step::Refresh(_)) {
            self.spans.insert(operation, (record.at, None));
        }
        if step.is_presentation() && step != Step::Poll {
            self.presented = match self.presented {
                Some((same, count)) if same == step => Some((step, count + 1)),
                Some((newer, count)) if newer > step => Some((newer, count)),
                _ => Some((step, 1)),
            };
        }
    }

    /// What the request with this number is here.
    pub fn step(&self, operation: OperationId) -> Option<Step> {
        self.open.get(&operation).map(|open| open.step)
    }

    /// Its answer is here: only the worlds remain in which it is the right one. Says whether the request has surely changed
    /// something.
    ///
    /// # Errors
    /// The violation when no world remains; `None` when there was one before.
    pub fn told(&mut self, operation: OperationId, told: Told, record: &Record) -> Result<bool, Option<Violation>> {
        self.note(record);
        if self.condemned {
            self.open.remove(&operation);
            return Ok(false);
        }
        let reached = self.reach(record.at);
        let mut left = BTreeSet::new();
        for world in &reached {
            if world.taken.get(&operation) == Some(&told) {
                let mut world = world.clone();
                world.taken.remove(&operation);
                left.insert(world);
            }
        }
        if left.is_empty() {
            let expected: BTreeSet<Told> = reached.iter().filter_map(|world| world.taken.get(&operation)).copied().collect();
            let kind = self.kind(operation, told, &reached);
            return Err(self.condemn(kind, operation, format!("expected one of {expected:?}, found {told:?}")));
        }
        self.worlds = left;
        self.close(operation, record.at);
        self.settle_doubts();
        Ok(self.worlds.iter().all(|world| world.carries(operation)))
    }

    /// No answer came, or one that leaves the outcome open. Says whether that is still of interest.
    pub fn unknown(&mut self, operation: OperationId, record: &Record) -> bool {
        self.note(record);
        let Some(open) = self.open.get_mut(&operation) else {
            return false;
        };
        open.unknown = true;
        let step = open.step;
        let alike = self.open.values().filter(|other| other.unknown && other.step == step).count();
        let matters = !step.is_read() && alike <= ALIKE && !self.condemned;
        if matters {
            self.never_acknowledged.insert(operation);
        } else {
            self.forget(operation);
        }
        matters
    }

    /// The request was surely not carried out: worlds in which it took effect are out.
    pub fn void(&mut self, operation: OperationId, record: &Record) {
        self.note(record);
        self.worlds.retain(|world| !world.taken.contains_key(&operation));
        self.open.remove(&operation);
    }

    /// These requests can take effect no more.
    pub fn decide(&mut self, over: &[OperationId], record: &Record) {
        self.note(record);
        if !self.condemned {
            self.worlds = self.reach(record.at);
        }
        for operation in over {
            let step = self.step(*operation).filter(|step| step.is_own());
            self.doubts.extend(step.map(|step| (*operation, step)));
            self.forget(*operation);
            self.close(*operation, record.at);
        }
    }

    /// A violation seen in the tokens themselves.
    pub fn broken(&mut self, kind: Kind, operation: OperationId, message: String, record: &Record) -> Option<Violation> {
        self.note(record);
        self.condemn(kind, operation, message)
    }

    /// All worlds that come about when any of the open requests take effect, in any order.
    fn reach(&self, now: u64) -> BTreeSet<World> {
        let mut reached = self.worlds.clone();
        let mut todo: Vec<World> = reached.iter().cloned().collect();
        while let Some(world) = todo.pop() {
            for (operation, open) in &self.open {
                if world.taken.contains_key(operation) {
                    continue;
                }
                let clock = self.clock(&world, open, now);
                for (mut next, told) in world.outcomes(open.step, *operation, self.terms, clock) {
                    next.taken.insert(*operation, told);
                    if reached.insert(next.clone()) {
                        todo.push(next);
                    }
                }
            }
        }
        reached
    }

    fn clock(&self, world: &World, open: &Open, now: u64) -> Clock {
        let (sent, over) = world.rotated_by.and_then(|rotator| self.spans.get(&rotator)).copied().unwrap_or((0, Some(0)));
        let between =
            |earliest: u64, latest: u64| Elapsed { at_most: now.saturating_sub(earliest), at_least: open.sent.saturating_sub(latest) };
        Clock { rotation: between(sent, over.unwrap_or(now)), age: between(self.born.0, self.born.1) }
    }

    fn close(&mut self, operation: OperationId, now: u64) {
        self.open.remove(&operation);
        if let Some((_, over)) = self.spans.get_mut(&operation) {
            over.get_or_insert(now);
        }
        let (open, worlds) = (&self.open, &self.worlds);
        let matters =
            |operation: &OperationId| open.contains_key(operation) || worlds.iter().any(|world| world.rotated_by == Some(*operation));
        self.spans.retain(|operation, _| matters(operation));
    }

    /// Drops the request without deciding its outcome.
    fn forget(&mut self, operation: OperationId) {
        self.open.remove(&operation);
        self.worlds = std::mem::take(&mut self.worlds)
            .into_iter()
            .map(|mut world| {
                world.taken.remove(&operation);
                world
            })
            .collect();
    }

    /// Counts the unknown requests of which it is now clear whether they were carried out.
    fn settle_doubts(&mut self) {
        let worlds = &self.worlds;
        let (mut done, mut undone) = (0, 0);
        self.doubts.retain(|(operation, step)| {
            if let Step::Refresh(generation) = step
                && worlds.iter().all(|world| world.current > generation + 1)
            {
                return false; // The next rotation has hidden which request made this one.
            }
            let carrying = worlds.iter().filter(|world| world.carries(*operation)).count();
            done += u64::from(carrying == worlds.len());
            undone += u64::from(carrying == 0);
            carrying != 0 && carrying != worlds.len()
        });
        self.found_done += done;
        self.found_undone += undone;
    }

    /// Which promise an answer breaks that no world explains.
    fn kind(&self, operation: OperationId, found: Told, reached: &BTreeSet<World>) -> Kind {
        let alive = !matches!(found, Told::Refused | Told::Active(false));
        let doubtful = |by: &Option<OperationId>| by.is_some_and(|by| self.never_acknowledged.contains(&by));
        if !alive {
            let step = self.step(operation);
            let only = self.presented.is_some_and(|(newest, count)| Some(newest) == step && count == 1) || step == Some(Step::Poll);
            return match self.never_acknowledged.is_empty() {
                true if only => Kind::Spurned,
                true => Kind::Lost,
                false => Kind::Half,
            };
        }
        let half_done = |world: &World| doubtful(&world.ended_by) || world.ended_by.is_none() && doubtful(&world.rotated_by);
        if reached.iter().any(half_done) {
            return Kind::Half;
        }
        let ended = reached.iter().all(|world| world.ended_by.is_some() || !world.ended_access.is_empty());
        if ended { Kind::Undone } else { Kind::Twice }
    }

    fn condemn(&mut self, kind: Kind, operation: OperationId, message: String) -> Option<Violation> {
        if std::mem::replace(&mut self.condemned, true) {
            return None;
        }
        Some(Violation { kind, operation, message, trail: self.trail.iter().cloned().collect() })
    }

    fn note(&mut self, record: &Record) {
        if self.trail.len() >= TRAIL {
            self.trail.remove(1); // The first says how it was made.
        }
        self.trail.push_back(record.clone());
    }
}
