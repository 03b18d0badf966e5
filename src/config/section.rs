//! One table of the file, being read.
//!
//! 1. Every setting is asked for by name, with the format it must have; what does not fit is recorded, with its place.
//! 2. Checks between settings run where the settings they look at are sound.
//! 3. [`Section::finish`] records every key nobody asked for.

use std::{cell::RefCell, ops::Range};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{file::File, format::Format};

/// Settings that only the top of the file has.
const TOP_ONLY: [&str; 2] = ["issuer", "authentication"];

/// A table of the file; or one that is not there, which reads as an empty one.
pub struct Section<'a> {
    file: &'a File<'a>,
    name: String,
    table: Option<&'a DeTable<'a>>,
    offset: usize,
    asked: RefCell<Vec<&'static str>>,
    faulty: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub fn top(file: &'a File<'a>, table: &'a DeTable<'a>) -> Self {
        Section::new(file, String::new(), Some(table), 0)
    }

    fn new(file: &'a File<'a>, name: String, table: Option<&'a DeTable<'a>>, offset: usize) -> Self {
        Section { file, name, table, offset, asked: RefCell::default(), faulty: RefCell::default() }
    }

    /// The file it is in.
    pub fn file(&self) -> &'a File<'a> {
        self.file
    }

    /// The setting `key`, if it is there and fits.
    pub fn optional<F: Format>(&self, key: &'static str, format: &F) -> Option<F::Value> {
        let value = self.value(key)?;
        match format.read(value.get_ref()) {
            Ok(value) => Some(value),
            Err(faults) => {
                for fault in faults.0 {
                    self.problem_at(fault.at.unwrap_or_else(|| value.span()), key, fault.message);
                }
                None
            }
        }
    }

    /// The setting `key`, which has to be there.
    pub fn required<F: Format>(&self, key: &'static str, format: &F, example: &str) -> Option<F::Value> {
        if self.value(key).is_none() {
            let message = format!("expected {}, found nothing; add it, for example {key} = {example}", format.expected());
            self.problem(key, message);
        }
        self.optional(key, format)
    }

    /// The table `key`.
    pub fn section(&self, key: &'static str) -> Section<'a> {
        let name = self.path(key);
        let Some(value) = self.value(key) else { return Section::new(self.file, name, None, self.offset) };
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(key, format!("expected one section [{name}], found {}", found_instead(value.get_ref())));
            return Section::new(self.file, name, None, value.span().start);
        };
        Section::new(self.file, name, Some(table), value.span().start)
    }

    /// The tables `[[key]]`, in order.
    pub fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let name = self.path(key);
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(list) = value.get_ref() else {
            self.problem(key, format!("expected a section [[{name}]] for each, found {}", found_instead(value.get_ref())));
            return Vec::new();
        };
        let tables = list.iter().filter_map(|element| {
            let DeValue::Table(table) = element.get_ref() else {
                self.problem_at(
                    element.span(),
                    key,
                    format!("expected a section [[{name}]] for each, found a list of plain values; write its name in double brackets"),
                );
                return None;
            };
            Some(Section::new(self.file, name.clone(), Some(table), element.span().start))
        });
        tables.collect()
    }

    /// Whether the file has the setting.
    pub fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// Whether nothing is wrong with these settings so far, so that a check may build on them.
    pub fn sound(&self, keys: &[&str]) -> bool {
        !keys.iter().any(|key| self.faulty.borrow().contains(key))
    }

    /// The one of `keys` that the file has. Several are a problem, recorded at the second.
    pub fn only_one_of(&self, keys: &[&'static str]) -> Option<&'static str> {
        let mut present = keys.iter().copied().filter(|key| self.has(key));
        let first = present.next();
        if let (Some(first), Some(second)) = (first, present.next()) {
            self.problem(second, format!("expected only one of {}, found {first} too; remove one of them", keys.join(", ")));
        }
        first
    }

    /// The line of the setting, or of the section where it is missing.
    pub fn line(&self, key: &str) -> usize {
        self.file.line(self.span(key).start)
    }

    /// Records what is wrong with a setting, or with its absence.
    pub fn problem(&self, key: &'static str, message: String) {
        self.problem_at(self.span(key), key, message);
    }

    /// Records what the operator should know about a setting.
    pub fn warning(&self, key: &'static str, message: String) {
        self.file.warning(self.span(key).start, self.path(key), message);
    }

    /// Records every key that nobody asked for.
    pub fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table.into_iter().flatten() {
            let name = key.get_ref().as_ref();
            if !asked.contains(&name) {
                let message = format!("unknown setting; {}", self.mend_unknown(name, &asked));
                self.file.problem(key.span().start, self.path(name), message);
            }
        }
    }

    fn mend_unknown(&self, name: &str, known: &[&'static str]) -> String {
        if !self.name.is_empty() && TOP_ONLY.contains(&name) {
            return format!("move {name} to the top of the file, above the first [section]");
        }
        match closest(name, known) {
            Some(likely) => format!("did you mean {likely}?"),
            None => format!("known here: {}", known.join(", ")),
        }
    }

    fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        self.table?.get(key)
    }

    fn span(&self, key: &str) -> Range<usize> {
        self.table.and_then(|table| table.get(key)).map_or(self.offset..self.offset, Spanned::span)
    }

    fn problem_at(&self, span: Range<usize>, key: &'static str, message: String) {
        self.faulty.borrow_mut().push(key);
        self.file.problem(span.start, self.path(key), message);
    }

    /// The setting as messages name it.
    pub fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

/// The word of `known` that was probably meant.
pub fn closest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |other: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase());
    let nearest = known.iter().min_by_key(|other| distance(other))?;
    (distance(nearest) <= word.chars().count().div_ceil(4).max(1)).then_some(nearest)
}

fn found_instead(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Array(_) => "a list; write its name in single brackets, once",
        DeValue::Table(_) => "a single one; write its name in double brackets",
        _ => "a plain value; write its settings below its name in brackets",
    }
}
