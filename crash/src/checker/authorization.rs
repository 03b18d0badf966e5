//! One authorization as the journal shows it: its tokens, its open requests, and every state it may be in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::world::{Elapsed, Step, Told, World};
use super::{Kind, Violation};
use crate::journal::{Answer, OperationId, Record, Terms, TokenId};

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

/// One authorization; also a token without one (client credentials), which has no refresh tokens.
#[derive(Debug)]
pub struct Authorization {
    terms: Terms,
    /// Refresh tokens by generation.
    pub refresh: Vec<TokenId>,
    worlds: BTreeSet<World>,
    open: BTreeMap<OperationId, Open>,
    /// When each refresh was sent, and when it was over.
    spans: HashMap<OperationId, (u64, Option<u64>)>,
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
    trail: Vec<Record>,
}

impl Authorization {
    /// An authorization just acknowledged.
    pub fn new(terms: Terms, refresh: Option<TokenId>, record: &Record) -> Self {
        Self {
            terms,
            refresh: refresh.into_iter().collect(),
            worlds: BTreeSet::from([World::default()]),
            open: BTreeMap::new(),
            spans: HashMap::new(),
            doubts: Vec::new(),
            never_acknowledged: BTreeSet::new(),
            found_done: 0,
            found_undone: 0,
            condemned: false,
            trail: vec![record.clone()],
        }
    }

    /// A request is about to be sent.
    pub fn open(&mut self, operation: OperationId, step: Step, record: &Record) {
        self.trail.push(record.clone());
        self.open.insert(operation, Open { step, sent: record.at, unknown: false });
        if matches!(step, Step::Refresh(_)) {
            self.spans.insert(operation, (record.at, None));
        }
    }

    /// Its answer is here: only the worlds remain in which it is the right one. Says whether the request has surely changed
    /// something.
    ///
    /// # Errors
    /// The violation when no world remains; `None` when there was one before.
    pub fn answered(&mut self, operation: OperationId, answer: &Answer, record: &Record, ready: u64) -> Result<bool, Option<Violation>> {
        self.trail.push(record.clone());
        let told = match answer {
            Answer::Issued { refresh, .. } => {
                self.refresh.iter().position(|known| Some(*known) == *refresh).map_or(Told::Refused, Told::Successor)
            }
            Answer::Refused => Told::Refused,
            Answer::Revoked => Told::Revoked,
            Answer::Active(active) => Told::Active(*active),
            Answer::Unavailable | Answer::Odd(_) => {
                self.doubt(operation);
                return Ok(false);
            }
        };
        if self.condemned {
            return Ok(false);
        }
        let reached = self.reach(record.at, ready);
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
            let kind = self.kind(told, &reached);
            return Err(self.condemn(kind, operation, format!("expected one of {expected:?}, found {told:?}")));
        }
        self.worlds = left;
        self.close(operation, record.at);
        self.settle_doubts();
        Ok(self.worlds.iter().all(|world| world.carries(operation)))
    }

    /// No answer came, or one that leaves the outcome open.
    fn doubt(&mut self, operation: OperationId) {
        let Some(open) = self.open.get_mut(&operation) else {
            return;
        };
        open.unknown = true;
        let step = open.step;
        let alike = self.open.values().filter(|other| other.unknown && other.step == step).count();
        if step.is_read() || alike > ALIKE {
            self.forget(operation);
        } else {
            self.never_acknowledged.insert(operation);
        }
    }

    /// The connection broke before the answer.
    pub fn unknown(&mut self, operation: OperationId, record: &Record) {
        self.trail.push(record.clone());
        self.doubt(operation);
    }

    /// The request never left: worlds in which it took effect are out.
    pub fn unsent(&mut self, operation: OperationId, record: &Record) {
        self.trail.push(record.clone());
        self.worlds.retain(|world| !world.taken.contains_key(&operation));
        self.open.remove(&operation);
    }

    /// Nothing unknown can take effect after this moment. `dead`: no answer comes to anything any more.
    pub fn decide(&mut self, record: &Record, dead: bool, ready: u64) {
        let over: Vec<OperationId> = self.open.iter().filter(|(_, open)| dead || open.unknown).map(|(operation, _)| *operation).collect();
        if over.is_empty() || self.condemned {
            return;
        }
        self.trail.push(record.clone());
        self.worlds = self.reach(record.at, ready);
        for operation in over {
            let step = self.open.get(&operation).map(|open| open.step);
            self.doubts.extend(step.filter(|step| !step.is_read()).map(|step| (operation, step)));
            self.forget(operation);
            self.close(operation, record.at);
        }
    }

    /// A violation seen in the tokens themselves.
    pub fn broken(&mut self, kind: Kind, operation: OperationId, message: String, record: &Record) -> Option<Violation> {
        self.trail.push(record.clone());
        self.condemn(kind, operation, message)
    }

    /// All worlds that come about when any of the open requests take effect, in any order.
    fn reach(&self, now: u64, ready: u64) -> BTreeSet<World> {
        let mut reached = self.worlds.clone();
        let mut todo: Vec<World> = reached.iter().cloned().collect();
        while let Some(world) = todo.pop() {
            for (operation, open) in &self.open {
                if world.taken.contains_key(operation) {
                    continue;
                }
                let elapsed = self.elapsed(&world, open, now, ready);
                for (mut next, told) in world.outcomes(open.step, *operation, self.terms, elapsed) {
                    next.taken.insert(*operation, told);
                    if reached.insert(next.clone()) {
                        todo.push(next);
                    }
                }
            }
        }
        reached
    }

    fn elapsed(&self, world: &World, open: &Open, now: u64, ready: u64) -> Elapsed {
        let (sent, over) = world.rotated_by.and_then(|rotator| self.spans.get(&rotator)).copied().unwrap_or((0, Some(0)));
        let counted_from = over.unwrap_or(now).max(ready);
        Elapsed { at_most: now.saturating_sub(sent), at_least: open.sent.saturating_sub(counted_from) }
    }

    fn close(&mut self, operation: OperationId, now: u64) {
        self.open.remove(&operation);
        if let Some((_, over)) = self.spans.get_mut(&operation) {
            over.get_or_insert(now);
        }
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
    fn kind(&self, found: Told, reached: &BTreeSet<World>) -> Kind {
        let alive = matches!(found, Told::Successor(_) | Told::Active(true));
        let doubtful = |by: &Option<OperationId>| by.is_some_and(|by| self.never_acknowledged.contains(&by));
        if !alive {
            return if self.never_acknowledged.is_empty() { Kind::Lost } else { Kind::Half };
        }
        if reached.iter().any(|world| doubtful(&world.ended_by) || world.ended_by.is_none() && doubtful(&world.rotated_by)) {
            return Kind::Half;
        }
        let ended = reached.iter().all(|world| world.ended_by.is_some() || !world.ended_access.is_empty());
        if ended { Kind::Undone } else { Kind::Twice }
    }

    fn condemn(&mut self, kind: Kind, operation: OperationId, message: String) -> Option<Violation> {
        if std::mem::replace(&mut self.condemned, true) {
            return None;
        }
        Some(Violation { kind, operation, message, trail: self.trail.clone() })
    }
}
