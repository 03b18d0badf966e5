//! `cargo xtask test`: everything a change must pass, in the order in which it fails fastest.
//!
//! 1. Each row of [`STEPS`] is named, run and timed; the first that fails ends the run.
//! 2. The tests run with `KEYWARD_REAL=1`, so those that need real parts (a full disk, a killed process) do not skip.
//! 3. The last lines say how long each step took and how many tests ran.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use keyward_cluster::Postgres;

use crate::command::{self, cargo, run_and_watch};
use crate::{crash, fuzz, needs};

/// What `cargo xtask test` can be told.
#[derive(clap::Args)]
pub struct Options {
    /// Run only the steps whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Name the steps and stop
    #[arg(long)]
    list: bool,
}

/// One step of the test run.
struct Step {
    name: &'static str,
    does: Does,
}

enum Does {
    /// Runs cargo with these arguments.
    Cargo(&'static [&'static str]),
    /// Something of its own.
    Own(fn(&mut Tally) -> Result<()>),
}

use Does::{Cargo, Own};

/// What must pass. What a change adds to the test run is a row here.
const STEPS: &[Step] = &[
    Step { name: "install what is missing", does: Own(|_| needs::install()) },
    Step { name: "formatting", does: Cargo(&["fmt", "--all", "--check"]) },
    Step { name: "import rule, licences, sources", does: Cargo(&["deny", "--workspace", "check", "bans", "licenses", "sources"]) },
    Step { name: "lints", does: Cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]) },
    Step { name: "documentation", does: Own(|_| documentation()) },
    Step { name: "tests, real parts included", does: Own(tests) },
    Step { name: "the same tests on PostgreSQL", does: Own(tests_on_postgres) },
    Step { name: "kill -9 under load", does: Own(|_| crash::with(&["kill"])) },
    Step { name: "kill -9 of nodes and their database", does: Own(|_| crash::with(&["kill", "--database", "postgres", "--kills", "20"])) },
    Step { name: "every node at the same instant", does: Own(|_| crash::with(&["race", "--database", "postgres", "--objects", "2000"])) },
    Step { name: "a disk that fails", does: Own(|_| crash::with(&["faults"])) },
    Step { name: "fuzzing", does: Own(|_| fuzz::every_parser(Duration::from_secs(60))) },
];

/// Runs the steps that `options` asks for.
pub fn run(options: &Options) -> Result<()> {
    let wanted = |step: &&Step| options.only.as_ref().is_none_or(|part| step.name.contains(part.as_str()));
    let steps: Vec<&Step> = STEPS.iter().filter(wanted).collect();
    if steps.is_empty() {
        bail!("no step has {:?} in its name; `cargo xtask test --list` names them", options.only);
    }
    if options.list {
        steps.iter().for_each(|step| println!("{}", step.name));
        return Ok(());
    }
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut times = Vec::new();
    for (number, step) in (1..).zip(&steps) {
        println!("\n[{number}/{}] {}", steps.len(), step.name);
        let began = Instant::now();
        let done = match step.does {
            Cargo(arguments) => command::run(&mut cargo(arguments)),
            Own(action) => action(&mut tally),
        };
        done.with_context(|| format!("step {number}, {}, failed", step.name))?;
        println!("  done in {}", clock(began.elapsed()));
        times.push((step.name, began.elapsed()));
    }
    println!("\nEverything passed in {}:", clock(started.elapsed()));
    for (name, time) in times {
        println!("  {:>7}  {name}", clock(time));
    }
    if tally != Tally::default() {
        println!("{tally}");
    }
    Ok(())
}

fn documentation() -> Result<()> {
    command::run(
        cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links"),
    )
}

fn tests(tally: &mut Tally) -> Result<()> {
    let mut command = cargo(&["test", "--workspace"]);
    run_and_watch(command.env("KEYWARD_REAL", "1"), |line| tally.read(line))
}

/// The store's tests and the whole program's once more, in a database of their own that is thrown away afterwards. What has nothing to
/// do with the store was passed before: real browsers, directories and other projects' clients are left out here.
fn tests_on_postgres(tally: &mut Tally) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("keyward-postgres-").tempdir()?;
    let in_haste = [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"), ("max_connections", "500")];
    let postgres = Postgres::start(&folder.path().join("server"), &in_haste)?;
    postgres.create("suite")?;
    let mut store = cargo(&["test", "--workspace", "--test", "main", "--"]);
    let about_files = ["at_rest::", "backup::", "caches::", "disk::", "faults::", "opening::"];
    store.args(about_files.iter().flat_map(|module| ["--skip", module]));
    let mut program = cargo(&["test", "--workspace", "--test", "keyward"]);
    for command in [&mut store, &mut program] {
        run_and_watch(command.env("KEYWARD_TEST_POSTGRES", postgres.url("suite")), |line| tally.read(line))?;
    }
    Ok(())
}

fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds / 60 {
        0 => format!("{:.1} s", time.as_secs_f64()),
        minutes => format!("{minutes}m {:02}s", seconds % 60),
    }
}

/// How many tests ran, summed over the closing lines of all test binaries.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Tally {
    /// Adds a closing line such as `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`; other lines count nothing.
    fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                Some((number, "ignored")) => self.ignored += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_sums_the_closing_lines_of_all_test_binaries() {
        let mut tally = Tally::default();
        tally.read("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s");
        tally.read("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s");
        tally.read("test rules::a_name_with_test_result: ok. 5 passed ... ok");
        assert_eq!(tally, Tally { passed: 14, failed: 1, ignored: 1 });
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
