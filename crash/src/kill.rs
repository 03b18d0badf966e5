//! The kill test: load, `kill -9`, restart, questions; again and again on the same files.
//!
//! 0. In fresh folders the very first start is killed: half a set-up must not stand in the way of the next start.
//! 1. Workers send mixed requests; after a random moment the server is killed, with whatever it was doing.
//! 2. When the last connection has broken, the journal notes the kill: no unknown request can take effect any more.
//! 3. The server is started again, now and then killed while it starts, and must print `ready` by itself.
//! 4. [`crate::probe`] asks about everything touched. At the end it asks about everything.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::caller::Desk;
use crate::journal::{Event, Journal};
use crate::process::{Launch, Server};
use crate::scenario::{CLIENTS, Scenario};
use crate::summary::Summary;
use crate::{load, probe};

/// Of each of these the run must have seen some.
const NEEDED: [&str; 8] =
    ["password", "client_credentials", "refreshed", "refresh refused", "revoked", "told active", "told inactive", "unknown"];

/// So many first starts are killed.
const FIRST_STARTS: u64 = 10;

/// How much is wanted.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The `keyward` program.
    pub program: PathBuf,
    /// An empty folder for everything the run writes.
    pub folder: PathBuf,
    /// How often the server is killed at least.
    pub kills: u64,
    /// How long it goes on at least.
    pub least: Duration,
    /// Workers that send requests at the same time.
    pub workers: usize,
    /// Where the random choices start.
    pub seed: u64,
}

/// Runs the kill test.
///
/// # Errors
/// When it cannot be carried out. What the server did wrong is in the summary instead.
pub fn run(plan: &Plan, mut progress: impl FnMut(&str)) -> Result<Summary> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let scenario = Scenario::write(&plan.folder, "keyward.db".as_ref(), &mut rng)?;
    let launch = Launch::plain(&plan.program);
    let journal = Journal::create(&scenario.journal(), CLIENTS.iter().map(|client| client.terms).collect())?;
    let desk = Desk::new(scenario.base.clone(), journal);
    let mut summary = Summary::new("kill -9 under load");
    first_starts(plan, &launch, &mut rng, &mut summary)?;
    let began = Instant::now();
    let mut kills = 0;
    while kills < plan.kills || began.elapsed() < plan.least {
        let burst = Burst { plan, launch: &launch, scenario: &scenario, desk: &desk, number: kills };
        if let Err(failure) = burst.run(&mut rng, &mut summary) {
            summary.failed(&failure.to_string());
            break;
        }
        kills += 1;
        let verdict = desk.journal.verdict()?;
        if kills % 10 == 0 {
            progress(&format!("{kills} kills, {} authorizations, {} violations", verdict.authorizations, verdict.violations.len()));
        }
        if !verdict.violations.is_empty() {
            break;
        }
    }
    if let Err(failure) = last(plan, &launch, &scenario, &desk) {
        summary.failed(&failure.to_string());
    }
    summary.close(desk.journal.verdict()?, &NEEDED);
    Ok(summary)
}

/// Kills first starts, in which keys, clients and users are made, at random moments.
fn first_starts(plan: &Plan, launch: &Launch, rng: &mut fastrand::Rng, summary: &mut Summary) -> Result<()> {
    for number in 0..FIRST_STARTS {
        let folder = plan.folder.join(format!("first-start-{number}"));
        fs::create_dir_all(&folder)?;
        let scenario = Scenario::write(&folder, "keyward.db".as_ref(), rng)?;
        let starting = Server::spawn(launch, &scenario)?;
        thread::sleep(Duration::from_millis(rng.u64(..120)));
        starting.kill()?;
        match Server::start(launch, &scenario).and_then(Server::kill) {
            Ok(()) => summary.passed(),
            Err(failure) => summary.failed(&format!("after a killed first start: {failure}")),
        }
    }
    Ok(())
}

struct Burst<'a> {
    plan: &'a Plan,
    launch: &'a Launch,
    scenario: &'a Scenario,
    desk: &'a Desk,
    number: u64,
}

impl Burst<'_> {
    fn run(&self, rng: &mut fastrand::Rng, summary: &mut Summary) -> Result<()> {
        let server = if rng.u8(..6) == 0 { self.killed_while_starting(rng, summary)? } else { Server::start(self.launch, self.scenario)? };
        self.desk.journal.record(Event::Ready)?;
        probe::touched(self.desk, self.plan.workers)?;
        let lull = Duration::from_millis(rng.u64(20..220));
        let seed = self.plan.seed.wrapping_add(self.number);
        load::run(self.desk, self.plan.workers, seed, true, || {
            thread::sleep(lull);
            server.kill()
        })?;
        self.desk.journal.record(Event::Killed)?;
        summary.passed();
        Ok(())
    }

    /// Recovery must stand being killed as well.
    fn killed_while_starting(&self, rng: &mut fastrand::Rng, summary: &mut Summary) -> Result<Server> {
        let starting = Server::spawn(self.launch, self.scenario)?;
        thread::sleep(Duration::from_millis(rng.u64(..40)));
        starting.kill()?;
        self.desk.journal.record(Event::Killed)?;
        summary.passed();
        Server::start(self.launch, self.scenario)
    }
}

/// Everything is asked about once more, before and after an orderly end.
fn last(plan: &Plan, launch: &Launch, scenario: &Scenario, desk: &Desk) -> Result<()> {
    let server = Server::start(launch, scenario)?;
    desk.journal.record(Event::Ready)?;
    probe::all(desk, plan.workers)?;
    let status = server.terminate()?;
    if !status.success() {
        return Err(format!("expected exit code 0 after SIGTERM, found {status}").into());
    }
    desk.journal.record(Event::Killed)?;
    let server = Server::start(launch, scenario)?;
    desk.journal.record(Event::Ready)?;
    probe::all(desk, plan.workers)?;
    server.kill()?;
    desk.journal.record(Event::Killed)
}
