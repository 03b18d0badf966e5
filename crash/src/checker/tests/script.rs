//! Journals written by hand.

use crate::checker::{Checker, Kind, Verdict};
use crate::journal::{Answer, Ask, Event, OperationId, Part, Record, Terms, TokenId};

pub const GRACEFUL: usize = 0;
pub const STRICT: usize = 1;

/// A journal written by hand. Time goes on by 10 ms with every line.
pub struct Script {
    checker: Checker,
    at: u64,
    operations: OperationId,
}

impl Script {
    pub fn new() -> Self {
        let mut script = Self { checker: Checker::default(), at: 0, operations: 0 };
        script.note(Event::Cast {
            clients: vec![Terms { grace: 60_000, rotation_ends_access: false }, Terms { grace: 0, rotation_ends_access: true }],
            users: 2,
        });
        script.note(Event::Ready(Part::Node(0)));
        script
    }

    pub fn note(&mut self, event: Event) {
        self.at += 10;
        self.checker.observe(&Record { at: self.at, event });
    }

    pub fn send(&mut self, ask: Ask) -> OperationId {
        self.operations += 1;
        self.note(Event::Sent(self.operations, ask));
        self.operations
    }

    pub fn answer(&mut self, operation: OperationId, answer: Answer) {
        self.note(Event::Answered(operation, answer));
    }

    pub fn ask(&mut self, ask: Ask, answer: Answer) {
        let operation = self.send(ask);
        self.answer(operation, answer);
    }

    /// Asks and gets no answer.
    pub fn lose(&mut self, ask: Ask) {
        let operation = self.send(ask);
        self.note(Event::Unanswered(operation));
    }

    /// Access token 1, refresh token 2.
    pub fn login(client: usize) -> Self {
        let mut script = Self::new();
        script.ask(password(client), issued(1, 2));
        script
    }

    /// Session 1 of user 0, and code 2 of `client`.
    pub fn code(client: usize) -> Self {
        let mut script = Self::new();
        script.ask(Ask::SignIn(0), Answer::Given(1));
        script.ask(Ask::Code { client, session: 1 }, Answer::Given(2));
        script
    }

    /// Session 1 of user 0, and device code 2 of `client`, to which they have said yes.
    pub fn device(client: usize) -> Self {
        let mut script = Self::new();
        script.ask(Ask::SignIn(0), Answer::Given(1));
        script.ask(Ask::Device(client), Answer::Given(2));
        script.ask(Ask::Poll(2), Answer::Pending);
        script.ask(Ask::Approve { device: 2, session: 1 }, Answer::Done);
        script
    }

    pub fn crash(&mut self) {
        self.note(Event::Killed(Part::Node(0)));
        self.settle();
        self.note(Event::Ready(Part::Node(0)));
    }

    /// What is unknown can take effect no more.
    pub fn settle(&mut self) {
        self.note(Event::Settled(self.operations));
    }

    pub fn wait(&mut self, milliseconds: u64) {
        self.at += milliseconds;
    }

    pub fn verdict(&self) -> Verdict {
        self.checker.verdict()
    }

    #[track_caller]
    pub fn holds(&self) {
        let violations = self.verdict().violations;
        assert!(violations.is_empty(), "expected no violation, found {}", violations[0]);
    }

    #[track_caller]
    pub fn breaks(&self, kind: Kind) {
        let kinds: Vec<Kind> = self.verdict().violations.iter().map(|violation| violation.kind).collect();
        assert_eq!(kinds, [kind]);
    }
}

pub fn issued(access: TokenId, refresh: TokenId) -> Answer {
    Answer::Issued { access, refresh: Some(refresh) }
}

/// Of user 0.
pub fn password(client: usize) -> Ask {
    Ask::Password { client, user: 0 }
}
