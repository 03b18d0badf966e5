//! One fault from calm to calm.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::{Fault, Plan, Target};
use crate::Result;
use crate::caller::{Caller, Desk, Ending};
use crate::checker::{DURABLE, Tally};
use crate::journal::{Answer, Ask, Event, Journal, Part};
use crate::launch::Launch;
use crate::scenario::{CLIENTS, Scenario, USERS};
use crate::summary::Summary;
use crate::{load, probe};

/// How long a load without a fault lasts.
const CALM: Duration = Duration::from_millis(500);

/// So many refusals are wanted before the fault is lifted.
const ENOUGH: u64 = 60;

/// How long a fault may take to show, or the server to recover, before it counts as never. No machine is that slow.
const PATIENCE: Duration = Duration::from_secs(90);

/// Paths that must answer 200 whatever the disk does.
const FIXED: [&str; 3] = ["/oauth/jwks", "/.well-known/oauth-authorization-server", "/health"];

/// What a trial demands beside that nothing is lost.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// No durable change may be acknowledged while the fault is on.
    pub writes_refused: bool,
}

/// A fault, a server to suffer it, and a journal.
pub struct Trial<'a> {
    plan: &'a Plan,
    name: &'static str,
    demand: Demand,
    fault: Box<dyn Fault>,
    scenario: Scenario,
    store: PathBuf,
    desk: Desk,
}

impl<'a> Trial<'a> {
    /// Lays out the folder of a trial.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(plan: &'a Plan, name: &'static str, demand: Demand, fault: Box<dyn Fault>) -> Result<Self> {
        let folder = plan.folder.join(name.replace([' ', ','], "-"));
        fs::create_dir_all(&folder)?;
        let store = fault.store(&folder.join("keyward.db"));
        let scenario = Scenario::write(&folder, &[Scenario::sqlite(&store)], &mut fastrand::Rng::with_seed(plan.seed))?;
        let journal = Journal::create(&scenario.journal(), CLIENTS.iter().map(|client| client.terms).collect(), USERS)?;
        let desk = Desk::new(&scenario, plan.program.clone(), journal);
        Ok(Self { plan, name, demand, fault, scenario, store, desk })
    }

    /// Runs it.
    ///
    /// # Errors
    /// When it cannot be carried out.
    pub fn run(mut self) -> Result<Summary> {
        let mut summary = Summary::new(self.name);
        match self.play(&mut summary) {
            Ok(()) => {}
            Err(failure) => summary.failed(&failure.to_string()),
        }
        if fs::read_to_string(self.scenario.only()?.log()).unwrap_or_default().contains("panicked at") {
            summary.failed("expected no panic in the log of a server, found one");
        }
        summary.close(self.desk.journal.verdict()?, &["refreshed", "503", DURABLE]);
        if summary.is_clean() {
            summary.passed();
        }
        Ok(summary)
    }

    fn play(&mut self, summary: &mut Summary) -> Result<()> {
        let mut server = Launch::wrapped(&self.plan.program, &self.fault.wrapper()).start(self.scenario.only()?)?;
        self.desk.journal.record(Event::Ready(Part::Node(0)))?;
        self.calm_load(1)?;

        let before = self.tally()?;
        self.fault.strike(Target { pid: Some(server.pid()), store: &self.store })?;
        self.load(2, |trial| trial.wait_for_refusals(&before))?;
        self.judge(&before, summary)?;
        self.fault.mend(Target { pid: Some(server.pid()), store: &self.store })?;
        self.wait_for_recovery()?;
        self.desk.settle(self.desk.journal.latest())?;
        probe::touched(&self.desk, self.plan.workers)?;
        self.calm_load(3)?;
        if !server.is_running()? {
            return Err("expected the server to outlive the fault, found it ended".into());
        }

        self.fault.strike(Target { pid: Some(server.pid()), store: &self.store })?;
        self.load(4, |_| {
            thread::sleep(CALM);
            server.kill().map(drop).map_err(Into::into)
        })?;
        self.killed()?;
        self.fault.mend(Target { pid: None, store: &self.store })?;

        let mut server = Launch::wrapped(&self.plan.program, &self.fault.home()).start(self.scenario.only()?)?;
        self.desk.journal.record(Event::Ready(Part::Node(0)))?;
        probe::all(&self.desk, self.plan.workers)?;
        server.kill()?;
        self.killed()
    }

    /// The server is dead, and every request is over.
    fn killed(&self) -> Result<()> {
        self.desk.journal.record(Event::Killed(Part::Node(0)))?;
        self.desk.settle(self.desk.journal.latest())
    }

    fn load(&self, phase: u64, during: impl FnOnce(&Self) -> Result<()>) -> Result<()> {
        let seed = self.plan.seed.wrapping_add(phase << 32);
        load::run(&self.desk, self.plan.workers, 0, seed, || during(self))
    }

    fn calm_load(&self, phase: u64) -> Result<()> {
        self.load(phase, |_| {
            thread::sleep(CALM);
            Ok(())
        })
    }

    fn tally(&self) -> Result<Tally> {
        Ok(self.desk.journal.verdict()?.tally)
    }

    fn wait_for_refusals(&self, before: &Tally) -> Result<()> {
        let began = Instant::now();
        loop {
            let now = self.tally()?;
            let broken = self.demand.writes_refused && grown(&now, before, DURABLE) > 0;
            if broken || grown(&now, before, "503") >= ENOUGH {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("expected {ENOUGH} answers 503 under the fault, found too few in {PATIENCE:?}").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What was answered while the fault was on.
    fn judge(&self, before: &Tally, summary: &mut Summary) -> Result<()> {
        let after = self.tally()?;
        let durable = grown(&after, before, DURABLE);
        if self.demand.writes_refused && durable > 0 {
            summary.failed(&format!("expected no durable change to be acknowledged under the fault, found {durable}"));
        }
        if grown(&after, before, "unknown") > 0 {
            summary.failed("expected an answer to every request under the fault, found connections that broke");
        }
        let caller = Caller::new(&self.desk);
        for answer in unharmed(&caller)? {
            if !matches!(answer, Ending::Answered(Answer::Issued { .. } | Answer::Active(true))) {
                summary.failed(&format!("expected client credentials and their check to go on under the fault, found {answer:?}"));
            }
        }
        for path in FIXED {
            let status = caller.status(path)?;
            if status != 200 {
                summary.failed(&format!("expected GET {path} to answer 200 under the fault, found {status}"));
            }
        }
        Ok(())
    }

    /// The same process must write again, without a hand.
    fn wait_for_recovery(&self) -> Result<()> {
        let caller = Caller::new(&self.desk);
        let began = Instant::now();
        while !matches!(caller.ask(Ask::Password { client: 0, user: 0 })?, Ending::Answered(Answer::Issued { .. })) {
            if began.elapsed() > PATIENCE {
                return Err(format!("expected the server to write again after the fault was lifted, found no login in {PATIENCE:?}").into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// Two requests that need no write, and so no disk.
fn unharmed(caller: &Caller<'_>) -> Result<Vec<Ending>> {
    let mut answers = vec![caller.ask(Ask::ClientCredentials(0))?];
    if let Some(Ending::Answered(Answer::Issued { access, .. })) = answers.first() {
        let access = *access;
        answers.push(caller.ask(Ask::Introspect(access))?);
        answers.push(caller.ask(Ask::Use(access))?);
    }
    Ok(answers)
}

fn grown(after: &Tally, before: &Tally, what: &str) -> u64 {
    let count = |tally: &Tally| tally.get(what).copied().unwrap_or(0);
    count(after) - count(before)
}
