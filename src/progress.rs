//! How far a copy has come: a bar on a terminal, else a line now and then. Both on standard error.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};
use keyward_store::migrate::{Progress, Step};

use crate::terminal::remark;

/// After how many rows there is a further line where there is no terminal.
const LINE: u64 = 1_000_000;

/// What shows it.
pub struct Shown(Option<ProgressBar>);

impl Shown {
    /// A bar where standard error is a terminal.
    pub fn new() -> Self {
        Shown(io::stderr().is_terminal().then(|| {
            let form = ProgressStyle::with_template("{msg:30} {wide_bar} {human_pos} of {human_len} {eta:>4}");
            ProgressBar::new(0).with_style(form.unwrap_or_else(|_| ProgressStyle::default_bar()))
        }))
    }

    /// Shows it.
    pub fn show(&self, Progress { step, table, done, of }: Progress<'_>) {
        let doing = match step {
            Step::Copying => "copying",
            Step::Verifying => "verifying",
        };
        match &self.0 {
            Some(bar) => {
                bar.set_length(of.max(done));
                bar.set_message(format!("{doing} {table}"));
                bar.set_position(done);
            }
            None if done > 0 && (done == of || done.is_multiple_of(LINE)) => remark(format_args!("{doing} {table}: {done} of {of}")),
            None => {}
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
