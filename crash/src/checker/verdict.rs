//! What the checker found.

use std::collections::BTreeMap;
use std::fmt;

use crate::journal::{OperationId, Record};

/// Which promise was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An acknowledged token or session does not work.
    Lost,
    /// A live code, device code or refresh token was refused when it was presented for the first and only time.
    Spurned,
    /// An acknowledged end does not hold.
    Undone,
    /// A token was exchanged twice, or answered with a second successor.
    Twice,
    /// An unknown request was found partly carried out.
    Half,
    /// An answer that the server must never give.
    Odd,
}

/// One answer that nothing explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise was broken.
    pub kind: Kind,
    /// The request whose answer shows it.
    pub operation: OperationId,
    /// What was expected and what was found.
    pub message: String,
    /// What the journal holds about the object, oldest first.
    pub trail: Vec<Record>,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:?}: request {}: {}", self.kind, self.operation, self.message)?;
        for record in &self.trail {
            writeln!(out, "    {:>8} ms  {:?}", record.at, record.event)?;
        }
        Ok(())
    }
}

/// Under this name acknowledged changes are counted: all that must be on disk before they are answered.
pub const DURABLE: &str = "durable changes";

/// How often what happened.
pub type Tally = BTreeMap<&'static str, u64>;

/// What a journal proves.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Answers that nothing explains.
    pub violations: Vec<Violation>,
    /// Counts of answers, of unknown outcomes and of what was found out about them.
    pub tally: Tally,
    /// Authorizations (and tokens without one), sessions and users that were checked.
    pub objects: usize,
}
