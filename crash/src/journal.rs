//! What the client asked and what it was told, in one total order.
//!
//! 1. A worker records [`Event::Sent`] before the first byte leaves, so whatever the server did was done after it.
//! 2. It records [`Event::Answered`] after the last byte arrived, so whatever was acknowledged was acknowledged before it.
//! 3. A connection that broke in between leaves [`Event::Unanswered`]: the request was carried out, or was not.
//! 4. Every record goes to a file (one JSON object a line) and to the checker under one lock, in the same order.
//!
//! The client outlives the server, so the file needs no fsync. It holds numbers instead of tokens.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::checker::{Checker, Tally, Verdict};

/// Number of one request.
pub type OperationId = u64;

/// Number given to a token, a code or a session when it was first seen; two answers with the same number held the same text.
pub type TokenId = u32;

/// What a client was registered with, as far as the checker must know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Grace for the predecessor of the current refresh token, in milliseconds; 0 for none.
    pub grace: u64,
    /// Whether rotation ends the access tokens made before it.
    pub rotation_ends_access: bool,
}

/// One request. What a token, code or session belongs to is looked up by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Password grant.
    Password {
        /// The client with this number.
        client: usize,
        /// The user with this number.
        user: usize,
    },
    /// Client credentials grant of the client with this number.
    ClientCredentials(usize),
    /// Device authorization request (RFC 8628 §3.1) of the client with this number.
    Device(usize),
    /// Somebody who is signed in says yes to a device, on its page.
    Approve {
        /// The device code.
        device: TokenId,
        /// The browser session.
        session: TokenId,
    },
    /// Authorization request in a browser, up to the code; on the page to consent, yes is said.
    Code {
        /// The client with this number.
        client: usize,
        /// The browser session.
        session: TokenId,
    },
    /// Redemption of this authorization code.
    Redeem(TokenId),
    /// A device asks for its tokens with this device code.
    Poll(TokenId),
    /// Refresh with this token.
    Refresh(TokenId),
    /// Revocation of this token (RFC 7009), access or refresh.
    Revoke(TokenId),
    /// Introspection of this token (RFC 7662), access or refresh.
    Introspect(TokenId),
    /// `GET /secure` with this access token.
    Use(TokenId),
    /// The user with this number signs in on the page.
    SignIn(usize),
    /// Signing out of this browser session.
    SignOut(TokenId),
    /// Ending all other sessions of the user of this one, on the account page.
    EndOtherSessions(TokenId),
    /// Taking back what one application was allowed, on the account page.
    Withdraw {
        /// The client with this number.
        client: usize,
        /// The browser session.
        session: TokenId,
    },
    /// The same for all applications.
    WithdrawAll(TokenId),
    /// `keyward token revoke --user`.
    EndUser(usize),
    /// `keyward token revoke --client`.
    EndClient(usize),
    /// `keyward user disable`.
    Disable(usize),
    /// `keyward user enable`.
    Enable(usize),
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A token response.
    Issued {
        /// The access token.
        access: TokenId,
        /// The refresh token, where one came.
        refresh: Option<TokenId>,
    },
    /// A code, a device code or a browser session.
    Given(TokenId),
    /// `invalid_grant`, or a page that says the same.
    Refused,
    /// An end, a yes or a change was acknowledged.
    Done,
    /// A token was told to be active or not, by introspection or by the protected resource.
    Active(bool),
    /// `authorization_pending` or `slow_down`.
    Pending,
    /// Nobody is signed in: the page to sign in was shown instead, and nothing was done.
    SignIn,
    /// 503 or 429 with Retry-After. A commit that failed is told so too, so the request may have been carried out.
    Unavailable,
    /// Anything else: a violation by itself.
    Odd(String),
}

/// What can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The server with this number.
    Node(usize),
    /// The database that several servers share.
    Database,
    /// All connections between the server with this number and the database.
    Connections(usize),
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Who plays, first line of every journal.
    Cast {
        /// The clients.
        clients: Vec<Terms>,
        /// How many users there are; at first all of them may log in.
        users: usize,
    },
    /// A request is about to be sent.
    Sent(OperationId, Ask),
    /// An answer was read to its end.
    Answered(OperationId, Answer),
    /// The connection broke before the answer was read.
    Unanswered(OperationId),
    /// No connection could be made: nothing was sent.
    Unsent(OperationId),
    /// It answers again.
    Ready(Part),
    /// It is dead.
    Killed(Part),
    /// Of the requests up to this one, those whose outcome is unknown can take effect no more.
    Settled(OperationId),
    /// What this token belongs to was asked for the last time.
    Forgotten(TokenId),
}

/// An event and when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Milliseconds since the run began.
    pub at: u64,
    /// What happened.
    pub event: Event,
}

/// The append-only journal with its checker.
#[derive(Debug)]
pub struct Journal {
    began: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: BufWriter<File>,
    checker: Checker,
    operations: OperationId,
    outstanding: BTreeSet<OperationId>,
}

impl Journal {
    /// Starts a journal in a new file.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn create(path: &Path, clients: Vec<Terms>, users: usize) -> Result<Self> {
        let file = BufWriter::new(File::create_new(path)?);
        let inner = Inner { file, checker: Checker::default(), operations: 0, outstanding: BTreeSet::new() };
        let journal = Self { began: Instant::now(), inner: Mutex::new(inner) };
        journal.record(Event::Cast { clients, users })?;
        Ok(journal)
    }

    /// Records a request that is about to be sent and gives it its number.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn sent(&self, ask: Ask) -> Result<OperationId> {
        let mut inner = self.lock();
        inner.operations += 1;
        let operation = inner.operations;
        inner.outstanding.insert(operation);
        inner.write(self.now(), Event::Sent(operation, ask))?;
        Ok(operation)
    }

    /// Records anything else.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record(&self, event: Event) -> Result<()> {
        let mut inner = self.lock();
        if let Event::Answered(operation, _) | Event::Unanswered(operation) | Event::Unsent(operation) = &event {
            inner.outstanding.remove(operation);
        }
        inner.write(self.now(), event)
    }

    /// The request that was sent last.
    pub fn latest(&self) -> OperationId {
        self.lock().operations
    }

    /// Whether every request up to this one is over, with or without an answer.
    pub fn is_over(&self, operation: OperationId) -> bool {
        self.lock().outstanding.first().is_none_or(|first| *first > operation)
    }

    /// Records that nothing unknown can take effect any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn settle(&self) -> Result<()> {
        self.record(Event::Settled(self.latest()))
    }

    /// How many violations the checker found so far, and how often what happened.
    pub fn glance(&self) -> (usize, Tally) {
        let inner = self.lock();
        (inner.checker.violations(), inner.checker.tally().clone())
    }

    /// What the checker found so far. The file is complete up to here.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn verdict(&self) -> Result<Verdict> {
        let mut inner = self.lock();
        inner.file.flush()?;
        Ok(inner.checker.verdict())
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, at: u64, event: Event) -> Result<()> {
        let record = Record { at, event };
        serde_json::to_writer(&mut self.file, &record)?;
        self.file.write_all(b"\n")?;
        self.checker.observe(&record);
        Ok(())
    }
}

/// Checks a journal that was kept.
///
/// # Errors
/// When the file cannot be read or a line is not a record.
pub fn check_file(path: &Path) -> Result<Verdict> {
    let mut checker = Checker::default();
    for (index, line) in BufReader::new(File::open(path)?).lines().enumerate() {
        let record = serde_json::from_str(&line?).map_err(|error| format!("line {} of the journal is not a record: {error}", index + 1))?;
        checker.observe(&record);
    }
    Ok(checker.verdict())
}
