//! The configuration file as it is read: its text, its surroundings, and what was found wrong so far.

use std::{
    cell::RefCell,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::problem::Problem;

/// Looks up an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// A configuration file while it is read.
pub struct File<'a> {
    path: Arc<Path>,
    text: &'a str,
    environment: Environment<'a>,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl<'a> File<'a> {
    /// The file at `path`, which holds `text`.
    pub fn new(path: &Path, text: &'a str, environment: Environment<'a>) -> Self {
        File { path: path.into(), text, environment, problems: RefCell::default(), warnings: RefCell::default() }
    }

    /// Records that something is wrong with `key` at the byte `offset`.
    pub fn problem(&self, offset: usize, key: String, message: String) {
        self.problems.borrow_mut().push(self.at(offset, key, message));
    }

    /// Records something the operator should know.
    pub fn warning(&self, offset: usize, key: String, message: String) {
        self.warnings.borrow_mut().push(self.at(offset, key, message));
    }

    /// The problems and the warnings, in the order of the file.
    pub fn into_findings(self) -> (Vec<Problem>, Vec<Problem>) {
        let in_order = |list: RefCell<Vec<Problem>>| {
            let mut list = list.into_inner();
            list.sort_by_key(|problem| (problem.line, problem.column));
            // Who reads a section a second time finds the same again.
            list.dedup();
            list
        };
        (in_order(self.problems), in_order(self.warnings))
    }

    /// The text between two byte offsets; empty where there is none.
    pub fn excerpt(&self, span: std::ops::Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// The line, counted from 1, of a byte offset.
    pub fn line(&self, offset: usize) -> usize {
        self.position(offset).0
    }

    /// `path` as seen from the folder of the configuration file.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// An environment variable.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        (self.environment)(name)
    }

    fn at(&self, offset: usize, key: String, message: String) -> Problem {
        let (line, column) = self.position(offset);
        Problem { file: Arc::clone(&self.path), line, column, key, message }
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        (before.matches('\n').count() + 1, column)
    }
}
