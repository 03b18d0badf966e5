//! `cargo xtask fuzz`: every fuzz target of `fuzz/` for a while, on the stable toolchain.
//!
//! 1. A target is a test of the package `keyward-fuzz` that calls `bolero::check!`; plain `cargo test` runs it briefly, on
//!    random input and on every input that ever made it fail.
//! 2. cargo-bolero builds it with libFuzzer and coverage; as many targets run at once as there are cores. Each parser, which
//!    is a module, has some time; its targets share it.
//! 3. What was learnt stays in `target/fuzz/corpus`. An input that makes a target fail is written under `__fuzz__` beside the
//!    target, is named in the report, and belongs in the repository together with its fix.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, output, root};
use crate::needs;

/// What `cargo xtask fuzz` can be told.
#[derive(clap::Args)]
pub struct Options {
    /// How long the targets of each parser run, together
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Fuzz only the targets whose name contains this
    #[arg(long)]
    only: Option<String>,
}

/// Fuzzes the targets that `options` asks for.
pub fn run(options: &Options) -> Result<()> {
    needs::install()?;
    let only = options.only.as_deref().unwrap_or_default();
    let targets: Vec<String> = targets()?.into_iter().filter(|name| name.contains(only)).collect();
    if targets.is_empty() {
        bail!("no fuzz target has {only:?} in its name: {:?}", self::targets()?);
    }
    fuzz(&targets, Duration::from_secs(options.seconds))
}

/// The parsers of what anybody may send before they have proved who they are: forms, client credentials, token requests, tokens,
/// JWTs and codes.
const FIRST: [&str; 7] = ["form", "presented", "token_request", "bearer", "access_token", "refresh_token", "authorization_code"];

/// Fuzzes the parsers that come [`FIRST`] for `time`, the others for a quarter of it.
pub fn every_parser(time: Duration) -> Result<()> {
    let (first, others): (Vec<_>, Vec<_>) = targets()?.into_iter().partition(|target| FIRST.contains(&parser(target)));
    fuzz(&first, time)?;
    fuzz(&others, time / 4)
}

/// The names of all targets: the tests of the package `keyward-fuzz`.
fn targets() -> Result<Vec<String>> {
    let list = output(&mut cargo(&["test", "--quiet", "--package", "keyward-fuzz", "--", "--list", "--format", "terse"]))?;
    Ok(list.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

/// Runs `targets`, each parser's together for `time`, one on each core; fails with the names of those that found something.
fn fuzz(targets: &[String], time: Duration) -> Result<()> {
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut failures = Vec::new();
        while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
            let of_this_parser = targets.iter().filter(|other| parser(other) == parser(target)).count();
            match fuzz_one(target, time / u32::try_from(of_this_parser).unwrap_or(1)) {
                Ok(summary) => println!("  {target}: {summary}"),
                Err(failure) => failures.push(format!("{target}: {failure:#}")),
            }
        }
        failures
    };
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|_| vec!["a worker panicked".into()])).collect()
    });
    if failures.is_empty() {
        return Ok(());
    }
    bail!("{} of {} fuzz targets found something:\n{}", failures.len(), targets.len(), failures.join("\n"))
}

/// The module a target is in: `form` of `form::what_is_accepted_reads_back`.
fn parser(target: &str) -> &str {
    target.split("::").next().unwrap_or(target)
}

/// Runs `target` for `time`, but a whole second at least; answers libFuzzer's closing line.
fn fuzz_one(target: &str, time: Duration) -> Result<String> {
    let corpus = root().join("target/fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).with_context(|| format!("cannot make the folder {}", corpus.display()))?;
    let mut bolero = cargo(&["bolero", "test", "--package", "keyward-fuzz", "--engine", "libfuzzer", "--sanitizer", "NONE"]);
    bolero.arg("--corpus-dir").arg(&corpus).arg("-T").arg(format!("{}s", time.as_secs().max(1))).arg(target);
    let ended = bolero.output().context("cargo-bolero cannot be started")?;
    let report = String::from_utf8_lossy(&ended.stderr);
    if !ended.status.success() {
        bail!("failed; the input is named in the report:\n{report}");
    }
    let closing = report.lines().rev().find(|line| line.starts_with("Done ")).unwrap_or("ended without a finding");
    Ok(closing.to_owned())
}
