//! The kill test: load without a pause, while `kill -9` strikes servers and the database at random moments.
//!
//! 0. In fresh stores the very first start is killed: half a set-up must not stand in the way of the next start.
//! 1. Workers send mixed requests ([`load`]) to whichever server is up.
//! 2. Again and again something is killed, with whatever it was doing, and started again: a server, the database, or both. Now
//!    and then a server is killed while it starts. It must print `ready` by itself. Or a server loses its connections to the
//!    database, and with them the answers that were under way.
//! 3. When nothing that is unknown can take effect any more, the journal notes so, and the workers ask about it ([`probe`]).
//! 4. At the end, after an orderly end and start, everything that was not forgotten is asked about.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::caller::Desk;
use crate::checker::{CODES, DEVICES, GENERATIONS, Tally};
use crate::database::{Choice, Database};
use crate::fleet::Fleet;
use crate::journal::{Journal, OperationId};
use crate::launch::Launch;
use crate::scenario::{CLIENTS, Scenario, USERS};
use crate::summary::Summary;
use crate::{load, probe};

/// Of each of these the run must have seen some.
const NEEDED: [&str; 24] = [
    "password",
    "client_credentials",
    "codes made",
    CODES,
    "device codes made",
    "devices approved",
    DEVICES,
    GENERATIONS,
    "refresh refused",
    "revoked",
    "signed in",
    "signed out",
    "other sessions ended",
    "consents withdrawn",
    "all consents withdrawn",
    "everything of a user revoked",
    "everything of a client revoked",
    "users disabled",
    "users enabled",
    "password refused",
    "told active",
    "told inactive",
    "unknown",
    "unknown, found carried out",
];

/// How often is looked whether something is settled.
const TICK: Duration = Duration::from_millis(20);

/// How often a line is said.
const LINE: Duration = Duration::from_secs(10);

/// How much is wanted.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The `keyward` program.
    pub program: PathBuf,
    /// An empty folder for everything the run writes.
    pub folder: PathBuf,
    /// What the store is.
    pub database: Choice,
    /// How many servers share it.
    pub nodes: usize,
    /// How many kills there are at least.
    pub kills: u64,
    /// How many codes, device codes and refresh tokens are used at least.
    pub objects: u64,
    /// How long it goes on at least.
    pub least: Duration,
    /// How long nothing is killed at most.
    pub lull: Duration,
    /// Workers that send requests at the same time.
    pub workers: usize,
    /// How many of them only refresh.
    pub steady: usize,
    /// Where the random choices start.
    pub seed: u64,
}

/// How many codes, device codes and refresh tokens were used.
#[must_use]
pub fn objects(tally: &Tally) -> u64 {
    [CODES, DEVICES, GENERATIONS].iter().filter_map(|what| tally.get(what)).sum()
}

/// Runs the kill test.
///
/// # Errors
/// When it cannot be carried out. What the server did wrong is in the summary instead.
pub fn run(plan: &Plan, progress: impl FnMut(&str)) -> Result<Summary> {
    let began = Instant::now();
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let launch = Launch::plain(&plan.program);
    let mut database = Database::prepare(plan.database, &plan.folder)?;
    let mut summary = Summary::new("kill -9 under load");
    first_starts(plan, &launch, &database, &mut rng, &mut summary)?;
    let scenario = Scenario::write(&plan.folder, &database.create("keyward", plan.nodes)?, &mut rng)?;
    let journal = Journal::create(&scenario.journal(), CLIENTS.iter().map(|client| client.terms).collect(), USERS)?;
    let desk = Desk::new(&scenario, plan.program.clone(), journal);
    let fleet = Fleet::start(&launch, &scenario, &desk, &mut database)?;
    let mut conductor = Conductor { plan, fleet, desk: &desk, unsettled: VecDeque::new(), progress, kills: 0, began, said: began };
    let loaded = load::run(&desk, plan.workers, plan.steady, plan.seed, || conductor.conduct(&mut rng));
    if let Err(failure) = loaded.and_then(|()| conductor.last()) {
        summary.failed(&failure.to_string());
    }
    for home in &scenario.homes {
        if fs::read_to_string(home.log()).unwrap_or_default().contains("panicked at") {
            summary.failed("expected no panic in the log of a server, found one");
        }
    }
    for _ in 0..conductor.kills {
        summary.passed();
    }
    let verdict = desk.journal.verdict()?;
    let seconds = began.elapsed().as_secs();
    let Plan { database, nodes, workers, steady, seed, .. } = plan;
    summary.note(format!("{database:?}, {nodes} nodes, {workers} workers ({steady} of them steady), seed {seed}, {seconds} s"));
    summary.note(format!("{} single-use objects used", objects(&verdict.tally)));
    summary.close(verdict, &NEEDED);
    Ok(summary)
}

/// Kills first starts, in which keys, clients and users are made, at random moments.
fn first_starts(plan: &Plan, launch: &Launch, database: &Database, rng: &mut fastrand::Rng, summary: &mut Summary) -> Result<()> {
    let often = if plan.database == Choice::Sqlite { 10 } else { 3 };
    for number in 0..often {
        let name = format!("first_start_{number}");
        let folder = plan.folder.join(&name);
        fs::create_dir_all(&folder)?;
        let scenario = Scenario::write(&folder, &database.create(&name, 1)?, rng)?;
        let mut starting = launch.spawn(scenario.only()?)?;
        thread::sleep(Duration::from_millis(rng.u64(..200)));
        starting.kill()?;
        match launch.start(scenario.only()?).and_then(|mut server| Ok(server.kill()?)) {
            Ok(_) => summary.passed(),
            Err(failure) => summary.failed(&format!("after a killed first start: {failure}")),
        }
    }
    Ok(())
}

/// Requests of which some may take effect yet.
struct Unsettled {
    up_to: OperationId,
    seen: Instant,
    /// When all of them had an answer, or none would come.
    over: Option<Instant>,
}

/// Who kills, and says when something is settled.
struct Conductor<'a, P> {
    plan: &'a Plan,
    fleet: Fleet<'a>,
    desk: &'a Desk,
    unsettled: VecDeque<Unsettled>,
    progress: P,
    kills: u64,
    began: Instant,
    said: Instant,
}

impl<P: FnMut(&str)> Conductor<'_, P> {
    fn conduct(&mut self, rng: &mut fastrand::Rng) -> Result<()> {
        let began = Instant::now();
        loop {
            let (violations, tally) = self.desk.journal.glance();
            let enough = self.kills >= self.plan.kills && began.elapsed() >= self.plan.least && objects(&tally) >= self.plan.objects;
            if enough || violations > 0 {
                return Ok(());
            }
            if self.said.elapsed() > LINE {
                self.say(violations, &tally);
            }
            let longest = u64::try_from(self.plan.lull.as_millis()).unwrap_or(u64::MAX);
            self.wait(Duration::from_millis(rng.u64(longest / 10..longest.max(10))))?;
            self.strike(rng)?;
        }
    }

    fn say(&mut self, violations: usize, tally: &Tally) {
        self.said = Instant::now();
        let (seconds, kills, objects) = (self.began.elapsed().as_secs(), self.kills, objects(tally));
        let unknown = tally.get("unknown").copied().unwrap_or(0) + tally.get("503").copied().unwrap_or(0);
        (self.progress)(&format!(
            "{seconds} s: {kills} kills, {objects} single-use objects used, {unknown} unknown outcomes, {violations} violations"
        ));
    }

    /// Kills something and starts it again.
    fn strike(&mut self, rng: &mut fastrand::Rng) -> Result<()> {
        let node = rng.usize(..self.fleet.nodes());
        let (hits_node, hits_database) = match rng.u8(..10) {
            _ if !self.fleet.shares_database() => (true, false),
            0 | 1 => (false, true),
            2 => (true, true),
            3 | 4 => return self.fleet.tear_connections(Duration::from_millis(rng.u64(..50))),
            _ => (true, false),
        };
        if hits_node {
            self.fleet.kill_node(node)?;
            self.kills += 1;
        }
        if hits_database {
            self.fleet.kill_database()?;
            self.kills += 1;
            // Seldom so long that servers lose their patience.
            let longest = if rng.u8(..16) == 0 { 8_000 } else { 500 };
            self.wait(Duration::from_millis(rng.u64(..longest)))?;
            self.fleet.start_database()?;
        }
        let store_was_killed = hits_database || !self.fleet.shares_database();
        if store_was_killed {
            self.settle_dead()?;
        }
        if hits_node {
            // Where servers set up one after the other, the next waits until the dead one's turn has run out.
            let seldom = if self.fleet.shares_database() { 40 } else { 6 };
            if rng.u8(..seldom) == 0 {
                self.fleet.kill_starting_node(node, Duration::from_millis(rng.u64(..60)))?;
                self.kills += 1;
            }
            self.fleet.start_node(node)?;
        }
        if store_was_killed {
            self.desk.book().suspect_all();
        }
        Ok(())
    }

    /// Where the only server is dead, every request is over soon, and nothing can take effect any more.
    fn settle_dead(&mut self) -> Result<()> {
        if self.fleet.shares_database() {
            return Ok(());
        }
        let latest = self.desk.journal.latest();
        while !self.desk.journal.is_over(latest) {
            thread::sleep(TICK);
        }
        self.desk.settle(latest)
    }

    /// Waits, and notes what is settled meanwhile.
    fn wait(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            self.settle_due()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(TICK));
        }
    }

    /// What is over, and whose outcome is unknown, is settled after the database's lag.
    fn settle_due(&mut self) -> Result<()> {
        if !self.fleet.shares_database() {
            return Ok(());
        }
        let (now, journal) = (Instant::now(), &self.desk.journal);
        if self.unsettled.back().is_none_or(|newest| now > newest.seen + 5 * TICK) {
            self.unsettled.push_back(Unsettled { up_to: journal.latest(), seen: now, over: None });
        }
        for unsettled in self.unsettled.iter_mut().filter(|unsettled| unsettled.over.is_none()) {
            if !journal.is_over(unsettled.up_to) {
                break;
            }
            unsettled.over = Some(now);
        }
        let lag = self.fleet.lag();
        while let Some(due) = self.unsettled.pop_front_if(|oldest| oldest.over.is_some_and(|over| over + lag <= now)) {
            self.desk.settle(due.up_to)?;
        }
        Ok(())
    }

    /// What is in doubt is asked about, and everything after an orderly end.
    fn last(&mut self) -> Result<()> {
        let (violations, tally) = self.desk.journal.glance();
        self.say(violations, &tally);
        if violations > 0 {
            return Ok(());
        }
        thread::sleep(self.fleet.lag());
        self.desk.settle(self.desk.journal.latest())?;
        probe::touched(self.desk, self.plan.workers)?;
        self.fleet.terminate()?;
        for node in 0..self.fleet.nodes() {
            self.fleet.start_node(node)?;
        }
        probe::all(self.desk, self.plan.workers)
    }
}
