//! What an answer makes, and what ends things at the same moment: an object may be ended at its birth.

use std::collections::BTreeMap;

use super::object::{Object, Role, Standing};
use super::tokens::Part;
use super::verdict::Kind;
use super::world::Stage;
use super::{Asked, Checker};
use crate::journal::{Answer, Ask, OperationId, Record, TokenId};

/// What is made.
struct Birth {
    standing: Standing,
    stage: Stage,
    token: TokenId,
    part: Part,
}

impl Birth {
    /// What this answer makes; nothing if it is none that makes something.
    fn of(asked: &Asked, answer: &Answer) -> Option<Self> {
        let held = |client, user, session| Standing { role: Role::Held, client: Some(client), user, session };
        let (standing, stage, token, part) = match (asked.ask, answer) {
            (Ask::Password { client, .. }, Answer::Issued { access, refresh: Some(_) }) => {
                (held(client, asked.user, None), Stage::Open, *access, Part::Access(0))
            }
            (Ask::ClientCredentials(client), Answer::Issued { access, refresh: None }) => {
                (held(client, None, None), Stage::Open, *access, Part::Access(0))
            }
            (Ask::Device(client), Answer::Given(token)) => (held(client, None, None), Stage::Waiting, *token, Part::Device),
            (Ask::Code { client, .. }, Answer::Given(token)) => {
                let session = asked.objects.first().copied();
                (held(client, asked.user, session), Stage::Redeemable, *token, Part::Code)
            }
            (Ask::SignIn(_), Answer::Given(token)) => {
                let standing = Standing { role: Role::Session, client: None, user: asked.user, session: None };
                (standing, Stage::Open, *token, Part::Session)
            }
            _ => return None,
        };
        Some(Self { standing, stage, token, part })
    }
}

impl Checker {
    /// What the answer makes. Says whether that had to be written.
    pub(super) fn born(&mut self, operation: OperationId, asked: &Asked, answer: &Answer, record: &Record) -> bool {
        let Some(Birth { standing, stage, token, part }) = Birth::of(asked, answer) else {
            let makes_nothing_else = matches!(asked.ask, Ask::ClientCredentials(_) | Ask::Device(_));
            let is_open = matches!(answer, Answer::Unavailable | Answer::Odd(_));
            if matches!(answer, Answer::Issued { .. } | Answer::Given(_)) || makes_nothing_else && !is_open {
                self.odd(operation, format!("{:?} expects another answer than {answer:?}", asked.ask), record);
            }
            return false;
        };
        let terms = standing.client.and_then(|client| self.clients.get(client)).copied().unwrap_or_default();
        let mut object = Object::new(standing, terms, stage, asked.at, record);
        let number = self.objects.len();
        let refresh = if let Answer::Issued { refresh, .. } = answer { *refresh } else { None };
        object.refresh.extend(refresh);
        for (token, part) in refresh.map(|token| (token, Part::Refresh(0))).into_iter().chain([(token, part)]) {
            if !self.tokens.add(token, number, part, &mut object) {
                let message = format!("{token} was handed out before");
                self.violations.extend(object.broken(Kind::Twice, operation, message, record));
            }
        }
        for end in self.ends.since(operation) {
            match end.reach.step(number, &standing) {
                Some(_) if end.is_closed() => object.may_be_ended(end.operation),
                Some(step) => {
                    object.may_end(end.operation, step, record);
                    join(&mut self.asked, &mut self.unknown, end.operation, number, &mut object, record);
                }
                None => {}
            }
        }
        self.objects.push(Some(Box::new(object)));
        !matches!(asked.ask, Ask::ClientCredentials(_))
    }

    /// From now on a device is somebody's, if they say yes: what ends things of theirs at this moment may end it as well.
    pub(super) fn belongs(&mut self, device: usize, user: Option<usize>, record: &Record) {
        let Some(object) = self.objects.get_mut(device).and_then(Option::as_deref_mut) else {
            return;
        };
        object.standing.user = user;
        for end in self.ends.under_way() {
            if let Some(step) = end.reach.step(device, &object.standing)
                && object.step(end.operation).is_none()
            {
                object.open(end.operation, step, record);
                join(&mut self.asked, &mut self.unknown, end.operation, device, object, record);
            }
        }
    }
}

/// An end that is under way reaches one object more.
fn join(
    asked: &mut BTreeMap<OperationId, Asked>,
    unknown: &mut BTreeMap<OperationId, Vec<usize>>,
    operation: OperationId,
    number: usize,
    object: &mut Object,
    record: &Record,
) {
    match asked.get_mut(&operation) {
        Some(asked) => asked.objects.push(number),
        None => {
            if object.unknown(operation, record) {
                unknown.entry(operation).or_default().push(number);
            }
        }
    }
}
