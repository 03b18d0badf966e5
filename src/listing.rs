//! How commands show what there is: as a table for people, as JSON for programs.

use comfy_table::{Table, presets};
use jiff::Timestamp;
use serde::Serialize;

use crate::{commands::Failure, terminal::say};

pub use crate::config::format::shown_duration as duration;

/// The form of what is shown.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Form {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Form {
    /// Shows `value` in this form.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn show<T: Serialize>(self, value: &T, as_table: impl FnOnce(&T) -> Table) -> Result<(), Failure> {
        match self.json {
            true => say(serde_json::to_string_pretty(value)?),
            false => say(as_table(value).trim_fmt()),
        }
        Ok(())
    }
}

/// A table with one row for each thing.
pub fn rows<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Table {
    plain(|table| {
        table.set_header(head).add_rows(rows.into_iter().map(|row| row.map(|cell| legible(&cell))));
    })
}

/// A text that somebody may have made up, without what a terminal obeys or what turns the order of the rest.
fn legible(text: &str) -> String {
    let turns = |one| matches!(one, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|one| if one.is_control() || turns(one) { '\u{fffd}' } else { one }).collect()
}

/// A table with one row for each property of one thing; empty ones are left out.
pub fn properties(rows: impl IntoIterator<Item = (&'static str, String)>) -> Table {
    let filled = rows.into_iter().filter(|(_, value)| !value.is_empty());
    plain(|table| {
        table.add_rows(filled.map(|(name, value)| [name.to_owned(), legible(&value)]));
    })
}

/// Words in columns, each line whole, so that ids can be copied and lines be searched.
fn plain(fill: impl FnOnce(&mut Table)) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    fill(&mut table);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// A point in time, to the second.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The same, or nothing.
pub fn time_if_any(at: Option<Timestamp>) -> String {
    at.map(time).unwrap_or_default()
}

/// Yes or no.
pub fn yes(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

/// Several words or names.
pub fn list<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| word.as_ref().to_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_made_up_neither_moves_the_cursor_nor_turns_the_line() {
        assert_eq!(legible("a\u{1b}[2Jb\u{202e}c\td"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
        assert_eq!(legible("Dory Blau, ドーリー"), "Dory Blau, ドーリー");
        let table = rows(["NAME"], [["one\ntwo".to_owned()]]).trim_fmt();
        assert_eq!(table.lines().count(), 2, "{table}");
    }
}
