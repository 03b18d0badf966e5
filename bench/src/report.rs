//! The report: tables for people, or one JSON document.

use std::fmt::Write;

use anyhow::Result;
use serde_json::json;

use crate::goal::Verdict;
use crate::machine;
use crate::run::Bench;
use crate::subject::keyward::{NAME, Start};

/// Keyward as one node on PostgreSQL.
pub const ONE_NODE: &str = "Keyward, PostgreSQL";
/// Keyward as three nodes on one PostgreSQL.
pub const THREE_NODES: &str = "Keyward, PostgreSQL, 3 nodes";

/// Everything a run found out.
pub struct Report<'a> {
    /// The measurements.
    pub bench: &'a Bench,
    /// What a start costs, where it was measured.
    pub start: Option<&'a Start>,
    /// The goals.
    pub verdicts: &'a [Verdict],
    /// What could not be measured, and why.
    pub problems: &'a [String],
}

impl Report<'_> {
    /// Tables in Markdown.
    pub fn markdown(&self) -> Result<String> {
        let options = &self.bench.options;
        let mut text = String::new();
        writeln!(text, "{}.", machine::describe(self.bench.folder()))?;
        writeln!(
            text,
            "Server and load on one core each, {} connections with one request at a time, {} s for each figure.\n",
            options.waiting, options.seconds
        )?;
        if !self.bench.was_quiet() {
            writeln!(
                text,
                "**Other programs used {:.1} cores meanwhile. These figures say nothing; run it on a quiet machine.**\n",
                self.bench.others
            )?;
        }
        self.measurements(&mut text)?;
        self.stores(&mut text)?;
        self.growth(&mut text)?;
        self.start(&mut text)?;
        self.goals(&mut text)?;
        for problem in self.problems {
            writeln!(text, "\nNot measured: {problem}")?;
        }
        Ok(text)
    }

    fn measurements(&self, text: &mut String) -> Result<()> {
        writeln!(text, "| server | operation | per second | p50 ms | p99 ms | memory MiB | core busy | per core-second | wrong |")?;
        writeln!(text, "|---|---|--:|--:|--:|--:|--:|--:|--:|")?;
        for row in &self.bench.rows {
            let number = |figure: Option<f64>, digits| figure.map_or_else(String::new, |figure| format!("{figure:.digits$}"));
            writeln!(
                text,
                "| {} | {} | {:.0} | {} | {} | {} | {} | {} | {} |",
                row.server,
                row.operation,
                row.rate,
                number(row.p50, 2),
                number(row.p99, 2),
                number(row.memory, 1),
                row.busy.map_or_else(String::new, |busy| format!("{:.0} %", 100.0 * busy)),
                number(row.per_core_second(), 0),
                row.wrong,
            )?;
        }
        for row in &self.bench.rows {
            if let Some(wrong) = &row.first_wrong {
                writeln!(text, "\nThe first wrong answer of {}, {}: {wrong}", row.server, row.operation)?;
            }
        }
        Ok(())
    }

    /// PostgreSQL beside SQLite: the rates, and what share of SQLite's they are.
    fn stores(&self, text: &mut String) -> Result<()> {
        let on = |server, operation: &str| self.bench.row(server, operation).map(|row| row.rate);
        let all = self.bench.rows.iter().filter(|row| row.server == NAME);
        let both: Vec<_> = all.filter_map(|row| Some((row, on(ONE_NODE, &row.operation)?))).collect();
        if both.is_empty() {
            return Ok(());
        }
        writeln!(text, "\nThe database is on the servers' core, however many there are.\n")?;
        writeln!(text, "| operation | SQLite | PostgreSQL, 1 node | share | 3 nodes | share |\n|---|--:|--:|--:|--:|--:|")?;
        for (row, one) in both {
            let three = on(THREE_NODES, &row.operation);
            let (three, share) = three.map_or_else(Default::default, |three| (format!("{three:.0}"), format!("{:.2}", three / row.rate)));
            writeln!(text, "| {} | {:.0} | {one:.0} | {:.2} | {three} | {share} |", row.operation, row.rate, one / row.rate)?;
        }
        Ok(())
    }

    fn growth(&self, text: &mut String) -> Result<()> {
        for growth in &self.bench.growth {
            writeln!(text, "\n{}, {} authorizations: {:.0} bytes each on disk.", growth.server, growth.authorizations, growth.bytes_each)?;
        }
        Ok(())
    }

    fn start(&self, text: &mut String) -> Result<()> {
        let Some(start) = self.start else { return Ok(()) };
        writeln!(
            text,
            "\nStart to first token: {:.1} ms in an empty folder, {:.1} ms afterwards. Idle memory: {:.1} MiB, {:.1} MiB after logins.",
            1000.0 * start.first.as_secs_f64(),
            1000.0 * start.again.as_secs_f64(),
            start.idle,
            start.after_logins
        )?;
        Ok(())
    }

    fn goals(&self, text: &mut String) -> Result<()> {
        if self.bench.options.only.is_some() {
            return Ok(());
        }
        writeln!(text, "\n| goal | measured | by processor time | limit | |\n|---|--:|--:|--:|---|")?;
        for verdict in self.verdicts {
            let measured = verdict.measured.map_or_else(|| "–".to_owned(), |measured| format!("{measured:.2}"));
            let holds = match (verdict.measured, verdict.holds) {
                (None, _) => "not measured",
                (_, None) => "not judged",
                (_, Some(true)) => "holds",
                (_, Some(false)) => "does not hold",
            };
            let by_processor_time = verdict.by_processor_time.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
            writeln!(text, "| {} | {measured} | {by_processor_time} | {} | {holds} |", verdict.goal, verdict.limit)?;
        }
        Ok(())
    }

    /// The same as one JSON document.
    pub fn json(&self) -> Result<String> {
        let start = self.start.map(|start| {
            json!({
                "first_ms": 1000.0 * start.first.as_secs_f64(),
                "again_ms": 1000.0 * start.again.as_secs_f64(),
                "idle_mib": start.idle,
                "after_logins_mib": start.after_logins,
            })
        });
        let report = json!({
            "machine": machine::describe(self.bench.folder()),
            "cores_others_used": self.bench.others,
            "waiting": self.bench.options.waiting,
            "seconds": self.bench.options.seconds,
            "measurements": self.bench.rows,
            "growth": self.bench.growth,
            "start": start,
            "goals": self.verdicts,
            "not_measured": self.problems,
        });
        Ok(serde_json::to_string_pretty(&report)?)
    }
}
