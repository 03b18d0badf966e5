//! One request over HTTP, or one command, written down before and after.
//!
//! 1. [`Caller::ask`] records the request, sends it to a node that is up, and records the answer.
//! 2. What programs send is in [`program`], what a person in a browser does in [`person`], what an operator types in
//!    [`operator`]; [`http`] is the one request all of HTTP goes through.

mod http;
mod operator;
mod person;
mod program;

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ureq::Agent;

use crate::Result;
use crate::book::Book;
use crate::journal::{Answer, Ask, Event, Journal, OperationId};
use crate::scenario::Scenario;
use http::Broken;

/// How long an answer may take before it counts as none. Longer than any time limit of the server.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With this answer.
    Answered(Answer),
    /// Without an answer; it may have been carried out.
    Unanswered,
    /// Nobody listened.
    Unsent,
}

/// A server to ask.
#[derive(Debug)]
pub struct Node {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// Its `keyward.toml`.
    pub configuration: PathBuf,
    /// Whether it is worth asking now.
    pub is_up: AtomicBool,
}

/// Where the requests of a run go and where they are written down.
#[derive(Debug)]
pub struct Desk {
    /// The servers.
    pub nodes: Vec<Node>,
    /// The `keyward` program, for commands.
    pub program: PathBuf,
    /// The journal.
    pub journal: Journal,
    /// Up to this request everything is settled.
    pub settled: AtomicU64,
    book: Mutex<Book>,
}

impl Desk {
    /// A desk without tokens.
    #[must_use]
    pub fn new(scenario: &Scenario, program: PathBuf, journal: Journal) -> Self {
        let node = |home: &crate::scenario::Home| Node {
            base: home.base.clone(),
            configuration: home.configuration(),
            is_up: AtomicBool::new(true),
        };
        let nodes = scenario.homes.iter().map(node).collect();
        Self { nodes, program, journal, settled: AtomicU64::new(0), book: Mutex::default() }
    }

    /// The tokens known so far.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether any server is worth asking now.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.nodes.iter().any(|node| node.is_up.load(Ordering::Relaxed))
    }

    /// Records that nothing unknown up to `operation` can take effect any more.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn settle(&self, operation: OperationId) -> Result<()> {
        self.journal.record(Event::Settled(operation))?;
        self.settled.store(operation, Ordering::Release);
        Ok(())
    }
}

/// What an answer said, before its texts have numbers.
enum Heard {
    /// Nothing that needs a number.
    Plain(Answer),
    /// A token response.
    Tokens { access: String, refresh: Option<String> },
    /// A code, a device code with what the device shows, or the cookies of a session.
    Text { text: String, shows: String },
}

/// One worker's connections to the servers.
#[derive(Debug)]
pub struct Caller<'a> {
    desk: &'a Desk,
    agent: Agent,
    /// Which server to ask, where it is always the same.
    only: Option<usize>,
    rng: RefCell<fastrand::Rng>,
}

impl<'a> Caller<'a> {
    /// A caller with connections of its own, who asks any server.
    #[must_use]
    pub fn new(desk: &'a Desk) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Self { desk, agent, only: None, rng: RefCell::new(fastrand::Rng::new()) }
    }

    /// The same, who asks this server only.
    #[must_use]
    pub fn of_node(desk: &'a Desk, node: usize) -> Self {
        Self { only: Some(node), ..Self::new(desk) }
    }

    /// The desk this caller writes to.
    #[must_use]
    pub fn desk(&self) -> &'a Desk {
        self.desk
    }

    /// Sends a request and records it; one about what was forgotten meanwhile is not sent.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn ask(&self, ask: Ask) -> Result<Ending> {
        let journal = &self.desk.journal;
        if !self.begin(ask) {
            return Ok(Ending::Unsent);
        }
        let operation = journal.sent(ask)?;
        let heard = self.send(ask);
        // Nobody may see the new tokens before the journal knows them.
        let mut book = self.desk.book();
        let ending = match heard {
            Ok(heard) => Ending::Answered(numbered(&mut book, ask, heard)),
            Err(Broken::Unsent) => Ending::Unsent,
            Err(Broken::Unanswered) => Ending::Unanswered,
        };
        let is_open = matches!(ending, Ending::Unanswered | Ending::Answered(Answer::Unavailable)) && changes(ask);
        let mut doubtful = None;
        book.mark(ask, |chain| {
            chain.busy -= 1;
            if is_open {
                chain.doubt = Some(operation);
                doubtful = Some((operation, chain.id));
            }
        });
        book.doubtful.extend(doubtful);
        if ending == Ending::Answered(Answer::SignIn) {
            book.has_ended(ask);
        }
        journal.record(match &ending {
            Ending::Answered(answer) => Event::Answered(operation, answer.clone()),
            Ending::Unanswered => Event::Unanswered(operation),
            Ending::Unsent => Event::Unsent(operation),
        })?;
        Ok(ending)
    }

    fn begin(&self, ask: Ask) -> bool {
        let mut book = self.desk.book();
        book.mark(ask, |chain| {
            chain.touched |= changes(ask);
            chain.busy += 1;
            chain.over |= matches!(ask, Ask::SignOut(_))
                || matches!(ask, Ask::Revoke(token) if chain.refresh.contains(&token) || chain.refresh.is_empty());
        });
        book.knows(ask)
    }

    /// The status of a `GET` that is no part of the journal.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn status(&self, path: &str) -> Result<u16> {
        Ok(self.get(path, "").map_err(|_| format!("expected an answer to GET {path}, found none"))?.status)
    }

    fn send(&self, ask: Ask) -> std::result::Result<Heard, Broken> {
        match ask {
            Ask::SignIn(_)
            | Ask::SignOut(_)
            | Ask::Code { .. }
            | Ask::Approve { .. }
            | Ask::EndOtherSessions(_)
            | Ask::Withdraw { .. }
            | Ask::WithdrawAll(_) => self.as_person(ask),
            Ask::EndUser(_) | Ask::EndClient(_) | Ask::Disable(_) | Ask::Enable(_) => Ok(self.as_operator(ask)),
            _ => self.as_program(ask),
        }
    }

    /// The server to ask now.
    fn node(&self) -> Option<&'a Node> {
        let up = |node: &&Node| node.is_up.load(Ordering::Relaxed);
        let chosen = self.only.unwrap_or_else(|| {
            let count = self.desk.nodes.iter().filter(up).count();
            let nth = self.rng.borrow_mut().usize(..count.max(1));
            self.desk.nodes.iter().enumerate().filter(|(_, node)| up(node)).nth(nth).map_or(0, |(number, _)| number)
        });
        self.desk.nodes.get(chosen)
    }
}

/// Whether a request can change what it is about.
fn changes(ask: Ask) -> bool {
    !matches!(ask, Ask::Introspect(_) | Ask::Use(_))
}

fn numbered(book: &mut Book, ask: Ask, heard: Heard) -> Answer {
    match heard {
        Heard::Plain(answer) => answer,
        Heard::Tokens { access, refresh } => {
            let (access, refresh) = book.issued(ask, &access, refresh.as_deref());
            Answer::Issued { access, refresh }
        }
        Heard::Text { text, shows } => Answer::Given(book.given(ask, &text, &shows)),
    }
}
