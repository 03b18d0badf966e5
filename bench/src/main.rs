//! `cargo xtask bench`: Keyward, its yardsticks and a peer, measured side by side in one run on one machine.
//!
//! 1. The yardsticks say what the machine could do at most ([`yardstick`]).
//! 2. Keyward and the peer do each operation they have ([`subject`]), under the same load ([`load`]); Keyward also on PostgreSQL,
//!    with one node and with three.
//! 3. Looking up and refreshing are measured again as the store grows, on both ([`subject::growth`]).
//! 4. The goals are ratios between those figures ([`goal`]); the [`report`] says which hold and which do not.
//!
//! Figures of different machines, or of different runs, are not to be compared; that is what the ratios are for.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks on the terminal")]
#![allow(clippy::cast_precision_loss, reason = "figures are rounded when they are shown")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic"))]

mod goal;
mod load;
mod machine;
mod report;
mod run;
mod subject;
mod yardstick;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::load::Cycle;
use crate::machine::{Cores, Place};
use crate::report::Report;
use crate::run::Bench;
use crate::subject::keyward::Stand;
use crate::subject::shared::Shared;
use crate::subject::{Server, growth, keyward, peer, port_line};
use crate::yardstick::{argon, disk, null};

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures Keyward beside its yardsticks and a peer")]
struct Program {
    #[command(subcommand)]
    role: Option<Role>,
    #[command(flatten)]
    options: Options,
}

/// What a run can be told.
#[derive(Clone, Debug, clap::Args)]
struct Options {
    /// How long each figure is measured
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Connections, each with one request at a time
    #[arg(long, default_value_t = 64)]
    waiting: usize,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Leave node-oidc-provider out
    #[arg(long)]
    without_peer: bool,
    /// Measure only these, and judge nothing else
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// The most authorizations that a store is filled with; 10000000 take some 10 GB on disk
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Let statements have no names on PostgreSQL, as behind a pooler
    #[arg(long)]
    unnamed: bool,
    /// The program to measure; the one built beside this
    #[arg(long)]
    keyward: Option<PathBuf>,
    /// The folder of the peer
    #[arg(long, default_value = "bench/peer")]
    peer: PathBuf,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Every operation on SQLite, and on PostgreSQL with one node and with three
    Stores,
    /// Looking up and refreshing as the store grows
    Growth,
}

/// What this program does when it starts itself.
#[derive(Subcommand)]
enum Role {
    #[command(hide = true)]
    Null {
        #[arg(long)]
        behind_listener: bool,
    },
    #[command(hide = true)]
    Disk { folder: PathBuf, waiting: usize, seconds: f64 },
    #[command(hide = true)]
    Argon { seconds: f64 },
}

fn main() -> ExitCode {
    let Program { role, options } = Program::parse();
    run_as(role, options).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run_as(role: Option<Role>, options: Options) -> Result<ExitCode> {
    match role {
        Some(Role::Null { behind_listener }) => null::run(behind_listener)?,
        Some(Role::Disk { folder, waiting, seconds }) => disk::run(&folder, waiting, Duration::from_secs_f64(seconds))?,
        Some(Role::Argon { seconds }) => argon::run(Duration::from_secs_f64(seconds))?,
        None => return measure(options),
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(options: Options) -> Result<ExitCode> {
    let mut bench = Bench::new(options, Cores::choose()?)?;
    let mut problems = Vec::new();
    let mut unless_it_fails = |what: &str, result: Result<()>| {
        if let Err(error) = result {
            eprintln!("{what}: {error:#}");
            problems.push(format!("{what}: {error:#}"));
        }
    };

    let only = bench.options.only;
    let mut start = None;
    if only.is_none() {
        unless_it_fails("the yardsticks", measure_yardsticks(&mut bench));
    }
    if only.is_none_or(|part| part == Part::Stores) {
        unless_it_fails("Keyward", keyward::measure(&mut bench, &Stand::sqlite()));
        unless_it_fails("Keyward on PostgreSQL", measure_shared(&mut bench));
    }
    if only.is_none() {
        unless_it_fails("Keyward's password grant", keyward::measure_passwords(&mut bench));
        unless_it_fails("Keyward's start", keyward::measure_start(&bench).map(|measured| start = Some(measured)));
        if !bench.options.without_peer {
            unless_it_fails("node-oidc-provider", measure_peer(&mut bench));
        }
    }
    if only.is_none_or(|part| part == Part::Growth) {
        unless_it_fails("growth", measure_growth(&mut bench));
    }

    bench.others = bench.others.max(machine::cores_others_use()?);
    let verdicts = goal::judge(&bench, start.as_ref());
    let report = Report { bench: &bench, start: start.as_ref(), verdicts: &verdicts, problems: &problems };
    println!("{}", if bench.options.json { report.json()? } else { report.markdown()? });
    let complete = problems.is_empty() && bench.rows.iter().all(|row| row.wrong == 0);
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure_yardsticks(bench: &mut Bench) -> Result<()> {
    measure_null(bench, &[("fixed answer", "/oauth/token"), ("fixed answer, one Ed25519 signature", "/sign")], &["null"])?;
    measure_null(bench, &[("fixed answer behind Keyward's listener", "/oauth/token")], &["null", "--behind-listener"])?;

    let seconds = bench.options.seconds.to_string();
    let waiting = bench.options.waiting.to_string();
    let folder = bench.folder().to_string_lossy().into_owned();
    let disk: disk::Figures = yardstick::figures(bench.cores, &["disk", &folder, &waiting, &seconds])?;
    let fixed = bench.row("null", "fixed answer").map_or(0.0, |row| row.rate);
    for (rows, rate) in [("inserts", disk.inserts), ("rotations", disk.rotations), ("revocations", disk.revocations)] {
        bench.note_rate("disk", rows, rate);
        // The server has one core for both: what answering takes is gone for writing.
        bench.note_rate(goal::BOTH, rows, 1.0 / (1.0 / fixed + 1.0 / rate));
    }

    let argon: argon::Figures = yardstick::figures(bench.cores, &["argon", &seconds])?;
    bench.note_rate("argon", "argon2id, 19 MiB, 2 passes", argon.rate);
    Ok(())
}

fn measure_null(bench: &mut Bench, operations: &[(&str, &str)], role: &[&str]) -> Result<()> {
    let mut null = Command::new(std::env::current_exe()?);
    null.args(role);
    let server = Server::start("null", (bench.cores, Place::Server), null, bench.folder(), port_line)?;
    let client = load::Client { id: "bench-opaque", secret: "bench-secret-of-forty-three-characters-long" };
    for (operation, path) in operations {
        let request = load::post(path, client, "grant_type=client_credentials&scope=read%20write");
        bench.measure(&server, operation, Cycle::callers(vec![request], "access_token", bench.options.waiting))?;
    }
    Ok(())
}

fn measure_shared(bench: &mut Bench) -> Result<()> {
    let shared = Shared::start(bench)?;
    for (name, folder, nodes) in [(report::ONE_NODE, "shared-1", 1), (report::THREE_NODES, "shared-3", 3)] {
        keyward::measure(bench, &shared.stand(name, folder, nodes)?)?;
    }
    drop(shared);
    bench.forget("postgres")
}

fn measure_growth(bench: &mut Bench) -> Result<()> {
    let most = bench.options.rows;
    for rows in growth::SIZES.into_iter().filter(|rows| *rows <= most) {
        growth::measure(bench, &Stand::sqlite(), None, rows)?;
        bench.forget("sqlite-growth")?;
        let shared = Shared::start(bench)?;
        let stand = shared.stand(report::ONE_NODE, "shared-growth", 1)?;
        growth::measure(bench, &stand, Some(&shared), rows)?;
        drop(shared);
        bench.forget("postgres")?;
        bench.forget("shared-growth")?;
    }
    Ok(())
}

fn measure_peer(bench: &mut Bench) -> Result<()> {
    let folder = bench.options.peer.clone();
    peer::install(&folder)?;
    peer::measure(bench, &folder)
}
