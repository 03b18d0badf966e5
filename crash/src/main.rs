//! `keyward-crash kill`, `race`, `faults` and `check`: see the library for what they do.

use std::io::{Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand};
use keyward_crash::database::Choice;
use keyward_crash::summary::Summary;
use keyward_crash::{Result, fault, journal, kill, race};

/// Kills servers and their database under load, lets them race, breaks a disk, and checks that nothing acknowledged was lost.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand)]
enum Task {
    /// Kill -9 under mixed load (the default).
    Kill,
    /// Each code and refresh token presented to every server at the same instant.
    Race,
    /// Full, failing, locked and missing databases.
    Faults {
        /// Only the trials whose name contains this.
        #[arg(long)]
        only: Option<String>,
    },
    /// Check a journal that was kept.
    Check {
        /// The journal.
        journal: PathBuf,
    },
}

#[derive(Args)]
struct Run {
    /// The keyward program; built by cargo, beside this one, when not given.
    #[arg(long, global = true)]
    program: Option<PathBuf>,
    /// Folder to work in; a temporary one, removed after success, when not given.
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
    /// Where the store is. PostgreSQL must be installed; a server of its own is started.
    #[arg(long, global = true, value_enum, default_value_t = Choice::Sqlite)]
    database: Choice,
    /// How many servers share the store; 3 with PostgreSQL and 1 with SQLite when not given.
    #[arg(long, global = true)]
    nodes: Option<usize>,
    /// How often something is killed at least.
    #[arg(long, global = true, default_value_t = 100)]
    kills: u64,
    /// How many codes, device codes and refresh tokens are used at least, or raced for.
    #[arg(long, global = true)]
    objects: Option<u64>,
    /// How many milliseconds nothing is killed at most; 500 with SQLite and 2500 with PostgreSQL when not given.
    #[arg(long, global = true)]
    lull: Option<u64>,
    /// How many seconds the run lasts at least.
    #[arg(long, global = true, default_value_t = 0)]
    seconds: u64,
    /// Workers that send requests at the same time.
    #[arg(long, global = true, default_value_t = 8)]
    workers: usize,
    /// How many of them only refresh, each the same authorization as long as it lives.
    #[arg(long, global = true, default_value_t = 0)]
    steady: usize,
    /// Start of all random choices; taken from the clock when not given. The moments of the system's scheduler are not in it.
    #[arg(long, global = true)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("the run broke off: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<bool> {
    let run = arguments.run;
    match arguments.command.unwrap_or(Task::Kill) {
        Task::Check { journal } => {
            let verdict = journal::check_file(&journal)?;
            let mut summary = Summary::new("a kept journal");
            summary.passed();
            summary.close(verdict, &[]);
            report(&[summary])
        }
        Task::Kill => {
            let seed = run.seed();
            let folder = Folder::new(run.folder.as_deref())?;
            say(&format!("seed {seed}, working in {}", folder.path().display()));
            let plan = kill::Plan {
                nodes: run.nodes()?,
                program: program(run.program)?,
                folder: folder.path().to_owned(),
                database: run.database,
                kills: run.kills,
                objects: run.objects.unwrap_or(0),
                least: Duration::from_secs(run.seconds),
                lull: Duration::from_millis(run.lull.unwrap_or(if run.database == Choice::Sqlite { 500 } else { 2500 })),
                workers: run.workers.max(1),
                steady: run.steady,
                seed,
            };
            let summary = kill::run(&plan, say)?;
            folder.keep_unless(summary.is_clean());
            report(&[summary])
        }
        Task::Race => {
            let seed = run.seed();
            let folder = Folder::new(run.folder.as_deref())?;
            say(&format!("seed {seed}, working in {}", folder.path().display()));
            let plan = race::Plan {
                nodes: run.nodes()?,
                program: program(run.program)?,
                folder: folder.path().to_owned(),
                database: run.database,
                objects: run.objects.unwrap_or(300),
                lanes: run.workers.max(1),
                seed,
            };
            let summary = race::run(&plan, say)?;
            folder.keep_unless(summary.is_clean());
            report(&[summary])
        }
        Task::Faults { only } => {
            let seed = run.seed();
            let folder = Folder::new(run.folder.as_deref())?;
            say(&format!("seed {seed}, working in {}", folder.path().display()));
            let plan = fault::Plan {
                program: program(run.program)?,
                folder: folder.path().to_owned(),
                workers: run.workers.max(1),
                seed,
                only: only.unwrap_or_default(),
            };
            let summaries = fault::run(&plan, say)?;
            folder.keep_unless(summaries.iter().all(Summary::is_clean));
            report(&summaries)
        }
    }
}

impl Run {
    fn nodes(&self) -> Result<usize> {
        match (self.database, self.nodes) {
            (Choice::Sqlite, Some(more)) if more > 1 => Err("only one server can use an SQLite database; add --database postgres".into()),
            (Choice::Sqlite, _) => Ok(1),
            (Choice::Postgres, nodes) => Ok(nodes.unwrap_or(3).max(1)),
        }
    }

    fn seed(&self) -> u64 {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| u64::from(now.subsec_nanos()));
        self.seed.unwrap_or_else(clock)
    }
}

/// The folder of a run: given, or temporary and kept only after a failure.
enum Folder {
    Given(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Folder {
    fn new(given: Option<&Path>) -> Result<Self> {
        match given {
            Some(path) => {
                std::fs::create_dir_all(path)?;
                Ok(Self::Given(std::fs::canonicalize(path)?))
            }
            None => Ok(Self::Temporary(tempfile::Builder::new().prefix("keyward-crash-").tempdir()?)),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }

    fn keep_unless(self, clean: bool) {
        if let Self::Temporary(folder) = self
            && !clean
        {
            let path = folder.keep();
            say(&format!("kept for inspection: {} (journal.jsonl, node-*/stderr)", path.display()));
        }
    }
}

/// The program to test, built in the same profile as this one.
fn program(given: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(path) = given {
        return Ok(std::fs::canonicalize(path)?);
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--workspace", "--bin", "keyward"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    if !cargo.status()?.success() {
        return Err("cargo could not build keyward".into());
    }
    Ok(std::env::current_exe()?.with_file_name("keyward"))
}

fn report(summaries: &[Summary]) -> Result<bool> {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut out = stdout().lock();
    for summary in summaries {
        writeln!(out, "{summary}")?;
        let counts = summary.counts();
        passed += counts.0;
        failed += counts.1;
        skipped += counts.2;
    }
    writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped")?;
    Ok(failed == 0)
}

fn say(line: &str) {
    // Nobody reads stderr: nothing is lost.
    let _ = writeln!(stderr(), "{line}");
}
