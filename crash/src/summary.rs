//! What a run found, for people and for scripts.

use std::fmt;

use crate::checker::{Tally, Verdict};

/// The result of one run.
#[derive(Debug, Clone)]
pub struct Summary {
    name: &'static str,
    passed: u64,
    failures: Vec<String>,
    skipped: Option<String>,
    tally: Tally,
    authorizations: usize,
}

impl Summary {
    /// An empty result.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, passed: 0, failures: Vec::new(), skipped: None, tally: Tally::new(), authorizations: 0 }
    }

    /// A run that this machine does not permit.
    #[must_use]
    pub fn skipped(name: &'static str, reason: &str) -> Self {
        Self { skipped: Some(reason.to_owned()), ..Self::new(name) }
    }

    /// One more check passed.
    pub fn passed(&mut self) {
        self.passed += 1;
    }

    /// One more check failed.
    pub fn failed(&mut self, message: &str) {
        self.failures.push(message.to_owned());
    }

    /// Takes in the verdict of the journal. A run in which something `needed` never happened has proved nothing, and fails.
    pub fn close(&mut self, verdict: Verdict, needed: &[&str]) {
        self.failures.extend(verdict.violations.iter().map(ToString::to_string));
        for what in needed {
            if verdict.tally.get(*what).is_none_or(|count| *count == 0) {
                self.failures.push(format!("expected some `{what}` in the journal, found none: the run proves nothing about it"));
            }
        }
        self.tally = verdict.tally;
        self.authorizations = verdict.authorizations;
    }

    /// Whether nothing failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }

    /// How many checks passed, failed and were skipped.
    #[must_use]
    pub fn counts(&self) -> (u64, usize, usize) {
        (self.passed, self.failures.len(), usize::from(self.skipped.is_some()))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.name)?;
        if let Some(reason) = &self.skipped {
            return writeln!(out, "  SKIPPED {reason}");
        }
        writeln!(out, "  {:>8}  authorizations", self.authorizations)?;
        for (what, count) in &self.tally {
            writeln!(out, "  {count:>8}  {what}")?;
        }
        for failure in &self.failures {
            writeln!(out, "  FAILED {failure}")?;
        }
        Ok(())
    }
}
