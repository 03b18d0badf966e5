//! A request under way, taken apart into what it reads, what it decides and what it writes.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use keyward_rules::{
    access_token::{AccessToken, Basis},
    authorization_code::AuthorizationCode,
    authorize::{self, Answer},
    check::Grounds,
    effect::{Decision, Effect},
    grant::{Circumstances, Facts, Issue, authorization_code, client_credentials, password, refresh_token},
    mint::mint,
    model::{authorization::Authorization, epoch::Epoch, id::AuthorizationId, time::Timestamp},
    revoke::{self, Ended},
};
use keyward_wire::token_response::TokenResponse;
use secrecy::ExposeSecret;
use serde_json::to_value;

use super::{
    oracle::{Known, Oracle, Redemption, Refresh, Step},
    store::{Conflict, Store},
    world::{CLIENTS, VERIFIER},
};
use crate::fixture::{entropy, ring, within};

/// What is asked, with the proofs of who asks.
pub enum Question {
    LogIn(password::Question),
    OwnToken(client_credentials::Question),
    Authorize(authorize::Question),
    Redeem(authorization_code::Question),
    Refresh(refresh_token::Question),
    Revoke(revoke::Question),
    Burn(AuthorizationCode),
}

pub struct Attempt {
    pub question: Question,
    /// When the proofs were made.
    pub asked: Step,
    /// The request's one look at the clock.
    pub asked_at: Timestamp,
    /// When what the user had said was read.
    pub looked: Step,
    read: Read,
    /// What the books said when the authorization was read.
    glanced: Option<Known>,
}

/// What has been read so far: first the authorization, then what it stands on, so the two need not fit together.
enum Read {
    Nothing,
    Said(authorize::Facts),
    Authorization(Option<Arc<Authorization>>),
    Everything(Facts),
}

/// How far a step has brought an attempt.
pub enum Progress {
    UnderWay,
    Conflict,
    Issued(Box<(Issue, TokenResponse)>),
    Authorized(Box<Authorization>),
    /// The answer of the authorization endpoint, with the step that failed.
    Denied(&'static str),
    /// With the authorization that the refusal revoked.
    Refused(Option<AuthorizationId>),
    Revoked(Decision<()>),
}

impl Attempt {
    pub fn new(question: Question, asked: Step, asked_at: Timestamp) -> Self {
        Attempt { question, asked, asked_at, looked: asked, read: Read::Nothing, glanced: None }
    }

    /// Does the next read; after the last one decides, mints and writes. `bits` are drawn for this attempt only.
    pub fn go_on(&mut self, store: &mut Store, oracle: &Oracle, step: Step, bits: u64) -> Progress {
        match (&self.question, std::mem::replace(&mut self.read, Read::Nothing)) {
            (Question::LogIn(_) | Question::Authorize(_), Read::Nothing) => {
                (self.looked, self.read) = (step, Read::Said(self.said(store)));
                Progress::UnderWay
            }
            (Question::Authorize(question), Read::Said(facts)) => self.answer(question, &facts, store, bits),
            (Question::Refresh(_) | Question::Revoke(_) | Question::Redeem(_) | Question::Burn(_), Read::Nothing) => {
                let id = self.authorization();
                self.glanced = id.and_then(|id| oracle.known(id));
                self.read = Read::Authorization(id.and_then(|id| store.authorization(id)));
                Progress::UnderWay
            }
            (Question::Refresh(_) | Question::Redeem(_), Read::Authorization(authorization)) => {
                let grounds = authorization.as_ref().map_or_else(Grounds::default, |own| store.grounds(own));
                self.read = Read::Everything(Facts { authorization, grounds, recovered_at: store.recovered_at });
                Progress::UnderWay
            }
            (Question::Burn(code), Read::Authorization(authorization)) => {
                let facts = Facts { authorization, grounds: Grounds::default(), recovered_at: store.recovered_at };
                let decision = authorization_code::burn(code, &facts, ring(), self.asked_at);
                store.commit(&decision.effects).unwrap();
                Progress::Revoked(decision)
            }
            (Question::Revoke(question), Read::Authorization(authorization)) => {
                let decision = revoke::decide(question, &authorization, ring(), self.asked_at);
                store.commit(&decision.effects).unwrap();
                Progress::Revoked(decision)
            }
            (_, read) => self.conclude(store, &read, bits),
        }
    }

    /// The authorization that the presented token names.
    fn authorization(&self) -> Option<AuthorizationId> {
        match &self.question {
            Question::Refresh(question) => Some(question.token.authorization),
            Question::Redeem(question) => Some(question.code.authorization),
            Question::Burn(code) => Some(code.authorization),
            Question::Revoke(revoke::Question { token: Some(Ended::Refresh(token)), .. }) => Some(token.authorization),
            Question::Revoke(revoke::Question { token: Some(Ended::Access(token)), .. }) => match &token.basis {
                Basis::Authorization { id, .. } => Some(*id),
                Basis::Client { .. } => None,
            },
            _ => None,
        }
    }

    /// What the user said about the client, and whether the page was answered before.
    fn said(&self, store: &Store) -> authorize::Facts {
        let (user, client, page) = match &self.question {
            Question::LogIn(question) => (question.user.id(), question.client.client(), None),
            Question::Authorize(question) => (question.owner.user().id, question.accepted.addressed().client(), question.yes.id()),
            _ => panic!("nobody has said anything about this"),
        };
        let taken = page.is_some_and(|page| store.authorization(page).is_some());
        authorize::Facts { taken, consent: store.consent(user, &client.id) }
    }

    fn answer(&self, question: &authorize::Question, facts: &authorize::Facts, store: &mut Store, bits: u64) -> Progress {
        let entropy = entropy(bits);
        let within = Circumstances { store_epoch: store.epoch, ..within(self.asked_at, &entropy) };
        let decision = authorize::decide(question, facts, &within);
        assert_eq!(decision.effects, authorize::decide(question, facts, &within).effects);
        if let Err(Conflict) = store.commit(&decision.effects) {
            return Progress::Conflict;
        }
        match decision.reply {
            Ok(Answer::Code(own)) => Progress::Authorized(own),
            Ok(Answer::Token(_)) => panic!("a token where a code was asked for"),
            Err(refusal) => Progress::Denied(refusal.step),
        }
    }

    fn conclude(&self, store: &mut Store, read: &Read, bits: u64) -> Progress {
        let entropy = entropy(bits);
        let within = Circumstances { store_epoch: store.epoch, ..within(self.asked_at, &entropy) };
        let decision = self.decide(read, &within);
        let answer = decision.reply.as_ref().ok().map(|issue| minted(issue, &within));
        self.assert_same(&decision, answer.as_ref(), read, &within);
        if let Err(Conflict) = store.commit(&decision.effects) {
            return Progress::Conflict;
        }
        match (decision.reply, answer) {
            (Ok(issue), Some(answer)) => Progress::Issued(Box::new((issue, answer))),
            (Err(_), _) => Progress::Refused(revoked(&decision.effects)),
            (Ok(_), None) => panic!("issued and not minted"),
        }
    }

    fn decide(&self, read: &Read, within: &Circumstances<'_>) -> Decision<Issue> {
        match (&self.question, read) {
            (Question::LogIn(question), Read::Said(facts)) => {
                let epoch = facts.consent.as_ref().map_or_else(Epoch::default, |consent| consent.epoch);
                password::decide(question, &epoch, within)
            }
            (Question::Redeem(question), Read::Everything(facts)) => authorization_code::decide(question, facts, within),
            (Question::OwnToken(question), _) => client_credentials::decide(question, within),
            (Question::Refresh(question), Read::Everything(facts)) => refresh_token::decide(question, facts, within),
            _ => panic!("decided before everything was read"),
        }
    }

    /// Same question, same facts, same bits: same decision and same tokens.
    fn assert_same(&self, decision: &Decision<Issue>, answer: Option<&TokenResponse>, read: &Read, within: &Circumstances<'_>) {
        let again = self.decide(read, within);
        assert_eq!(decision.effects, again.effects);
        match (&decision.reply, &again.reply) {
            (Ok(_), Ok(issue)) => assert_eq!(to_value(answer).unwrap(), to_value(minted(issue, within)).unwrap()),
            (Err(one), Err(other)) => assert_eq!(one, other),
            _ => panic!("granted once and refused once"),
        }
    }

    /// Whether it comes from the client that all tokens are made for.
    pub fn by_owner(&self) -> bool {
        let asker = match &self.question {
            Question::LogIn(question) => question.client.client(),
            Question::OwnToken(question) => question.client.client(),
            Question::Refresh(question) => question.client.client(),
            Question::Redeem(question) => question.client.client(),
            Question::Revoke(question) => question.client.client(),
            // Whoever it is.
            Question::Authorize(_) | Question::Burn(_) => return true,
        };
        asker.id.as_str() == CLIENTS[0]
    }

    /// The books' view of a refresh.
    pub fn refresh(&self) -> Refresh {
        let Question::Refresh(question) = &self.question else { panic!("not a refresh") };
        Refresh {
            id: question.token.authorization,
            presented: question.token.generation,
            by_owner: self.by_owner(),
            asked: self.asked,
            asked_at: self.asked_at,
            glanced: self.glanced.clone(),
        }
    }

    /// The books' view of a redemption.
    pub fn redemption(&self) -> Redemption {
        let Question::Redeem(question) = &self.question else { panic!("not a redemption") };
        Redemption {
            id: question.code.authorization,
            by_owner: self.by_owner(),
            proves: question.verifier.as_ref().is_some_and(|sent| sent.expose_secret() == VERIFIER),
            asked: self.asked,
            asked_at: self.asked_at,
            glanced: self.glanced.clone(),
        }
    }
}

fn revoked(effects: &[Effect]) -> Option<AuthorizationId> {
    match effects {
        [] => None,
        [Effect::Revoke { id, .. }] => Some(*id),
        other => panic!("a refusal writes {other:?}"),
    }
}

fn minted(issue: &Issue, within: &Circumstances<'_>) -> TokenResponse {
    let answer = mint(issue, within, &SystemRandom::new()).unwrap();
    assert_eq!(AccessToken::read(&answer.access_token, within.ring).as_ref(), Some(&issue.access));
    answer
}
