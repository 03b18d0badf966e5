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
    notes: Vec<String>,
    violations: usize,
    tally: Tally,
    objects: usize,
}

impl Summary {
    /// An empty result.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, passed: 0, failures: Vec::new(), skipped: None, notes: Vec::new(), violations: 0, tally: Tally::new(), objects: 0 }
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

    /// Something to know of the run.
    pub fn note(&mut self, line: String) {
        self.notes.push(line);
    }

    /// Takes in the verdict of the journal. A run in which something `needed` never happened has proved nothing, and fails.
    pub fn close(&mut self, verdict: Verdict, needed: &[&str]) {
        self.failures.extend(verdict.violations.iter().map(ToString::to_string));
        for what in needed {
            if verdict.tally.get(*what).is_none_or(|count| *count == 0) {
                self.failures.push(format!("expected some `{what}` in the journal, found none: the run proves nothing about it"));
            }
        }
        self.violations = verdict.violations.len();
        self.tally = verdict.tally;
        self.objects = verdict.objects;
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
        for note in &self.notes {
            writeln!(out, "  {note}")?;
        }
        writeln!(out, "  {:>8}  authorizations, sessions and users", self.objects)?;
        for (what, count) in &self.tally {
            writeln!(out, "  {count:>8}  {what}")?;
        }
        writeln!(out, "  {:>8}  violations", self.violations)?;
        for failure in &self.failures {
            writeln!(out, "  FAILED {failure}")?;
        }
        Ok(())
    }
}
