//! The race: each code, device code and refresh token is presented to every server at the same instant.
//!
//! 1. A lane makes what is raced for, then one runner for each server waits at the same barrier and presents it.
//! 2. At most one is given tokens; or, where a refresh has a grace, all are given the same successor. The checker judges that,
//!    as it judges everything else; the summary counts how the races ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::caller::{Caller, Desk, Ending};
use crate::database::{Choice, Database};
use crate::fleet::Fleet;
use crate::journal::{Answer, Ask, Event, Journal, TokenId};
use crate::launch::Launch;
use crate::scenario::{CLIENTS, RECALLED, Scenario, USERS};
use crate::summary::Summary;

/// So many refresh tokens of one authorization are raced for, one after the other.
const LAPS: u32 = 8;

/// Runners where there is one server only.
const FEWEST: usize = 3;

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
    /// How many races there are.
    pub objects: u64,
    /// How many races are run side by side.
    pub lanes: usize,
    /// Where the random choices start.
    pub seed: u64,
}

/// How races ended, and how often.
type Results = Mutex<BTreeMap<String, u64>>;

/// Runs the races.
///
/// # Errors
/// When they cannot be carried out. What the servers did wrong is in the summary instead.
pub fn run(plan: &Plan, mut progress: impl FnMut(&str)) -> Result<Summary> {
    let began = Instant::now();
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let launch = Launch::plain(&plan.program);
    let mut database = Database::prepare(plan.database, &plan.folder)?;
    let scenario = Scenario::write(&plan.folder, &database.create("keyward", plan.nodes)?, &mut rng)?;
    let journal = Journal::create(&scenario.journal(), CLIENTS.iter().map(|client| client.terms).collect(), USERS)?;
    let desk = Desk::new(&scenario, plan.program.clone(), journal);
    let _fleet = Fleet::start(&launch, &scenario, &desk, &mut database)?;
    let (results, left) = (Results::default(), AtomicU64::new(plan.objects));
    let mut summary = Summary::new("every server at the same instant");
    let raced = thread::scope(|scope| {
        let (desk, results, left) = (&desk, &results, &left);
        let lanes: Vec<_> = (0..plan.lanes)
            .map(|lane| {
                let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(lane as u64);
                scope.spawn(move || Lane::new(desk, plan.nodes.max(FEWEST), results, left).run(fastrand::Rng::with_seed(seed)))
            })
            .collect();
        let mut said = Instant::now();
        while lanes.iter().any(|lane| !lane.is_finished()) {
            thread::sleep(Duration::from_millis(50));
            if said.elapsed() > Duration::from_secs(10) {
                said = Instant::now();
                let (left, violations) = (left.load(Ordering::Relaxed), desk.journal.glance().0);
                progress(&format!("{} s: {left} races left, {violations} violations", began.elapsed().as_secs()));
            }
        }
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| "a lane panicked")?)
    });
    if let Err(failure) = raced {
        summary.failed(&failure.to_string());
    }
    summary.note(format!("{:?}, {} nodes, seed {}, {} s", plan.database, plan.nodes, plan.seed, began.elapsed().as_secs()));
    for (result, count) in results.into_inner().unwrap_or_else(PoisonError::into_inner) {
        summary.note(format!("{count:>8}  {result}"));
    }
    summary.close(desk.journal.verdict()?, &["codes redeemed", "device codes redeemed", "refreshed", "refresh repeated"]);
    if summary.is_clean() {
        summary.passed();
    }
    Ok(summary)
}

/// A place where one race is run after the other.
struct Lane<'a> {
    desk: &'a Desk,
    runners: usize,
    results: &'a Results,
    left: &'a AtomicU64,
    /// What is raced for now; nothing when it is over.
    prize: Mutex<Option<Ask>>,
    /// What the runners were told.
    told: Mutex<Vec<Ending>>,
    gate: Barrier,
}

impl<'a> Lane<'a> {
    fn new(desk: &'a Desk, runners: usize, results: &'a Results, left: &'a AtomicU64) -> Self {
        let gate = Barrier::new(runners + 1);
        Self { desk, runners, results, left, prize: Mutex::default(), told: Mutex::default(), gate }
    }

    fn run(&self, mut rng: fastrand::Rng) -> Result<()> {
        let (lane, desk, nodes) = (self, self.desk, self.desk.nodes.len());
        thread::scope(|scope| {
            let runners: Vec<_> =
                (0..lane.runners).map(|runner| scope.spawn(move || lane.runner(&Caller::of_node(desk, runner % nodes)))).collect();
            let run = lane.races(&Caller::new(desk), &mut rng);
            *lock(&lane.prize) = None;
            lane.gate.wait();
            runners.into_iter().try_for_each(|runner| runner.join().map_err(|_| "a runner panicked")?)?;
            run
        })
    }

    fn runner(&self, caller: &Caller<'_>) -> Result<()> {
        loop {
            self.gate.wait();
            let Some(prize) = *lock(&self.prize) else { return Ok(()) };
            let told = caller.ask(prize);
            if let Ok(told) = &told {
                lock(&self.told).push(told.clone());
            }
            self.gate.wait();
            told?;
        }
    }

    fn races(&self, caller: &Caller<'_>, rng: &mut fastrand::Rng) -> Result<()> {
        let mut session = None;
        while self.desk.journal.glance().0 == 0 {
            let client = rng.usize(..RECALLED);
            match rng.u32(..LAPS + 4) {
                0..4 => {
                    let Some(code) = self.code(caller, client, &mut session)? else { continue };
                    self.race("codes", Ask::Redeem(code));
                    self.forget(code)?;
                }
                4 => {
                    let Some(device) = self.device(caller, client, &mut session)? else { continue };
                    self.race("device codes", Ask::Poll(device));
                    self.forget(device)?;
                }
                _ => self.laps(caller, client, rng)?,
            }
            if self.left.load(Ordering::Relaxed) == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Races for one refresh token after the other, of one authorization.
    fn laps(&self, caller: &Caller<'_>, client: usize, rng: &mut fastrand::Rng) -> Result<()> {
        let user = rng.usize(..USERS);
        let Ending::Answered(Answer::Issued { access, refresh: Some(mut token) }) = caller.ask(Ask::Password { client, user })? else {
            return Ok(());
        };
        let grace = CLIENTS.get(client).is_some_and(|client| client.terms.grace > 0);
        let name = if grace { "refresh tokens with grace" } else { "refresh tokens without grace" };
        for _ in 0..LAPS {
            let Some(next) = self.race(name, Ask::Refresh(token)) else { break };
            token = next;
        }
        caller.ask(Ask::Use(access))?;
        self.forget(access)
    }

    /// One race; returns the refresh token that was won.
    fn race(&self, name: &str, prize: Ask) -> Option<TokenId> {
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            return None;
        }
        *lock(&self.prize) = Some(prize);
        lock(&self.told).clear();
        self.gate.wait();
        self.gate.wait();
        let told = std::mem::take(&mut *lock(&self.told));
        let winners = told.iter().filter(|told| matches!(told, Ending::Answered(Answer::Issued { .. }))).count();
        let prizes: BTreeSet<TokenId> = told.iter().filter_map(refresh_token).collect();
        let refused = told.iter().filter(|told| **told == Ending::Answered(Answer::Refused)).count();
        let other = told.len() - winners - refused;
        let result = match (winners, prizes.len()) {
            (0, _) => "nobody won".to_owned(),
            (1, _) => "one won".to_owned(),
            (many, 1) => format!("{many} were given the same"),
            (many, different) => format!("{many} were given {different} different"),
        };
        let end = format!("{name}: {result}, {refused} refused, {other} told to come back");
        *lock(self.results).entry(end).or_default() += 1;
        prizes.into_iter().next()
    }

    fn code(&self, caller: &Caller<'_>, client: usize, session: &mut Option<TokenId>) -> Result<Option<TokenId>> {
        let Some(session) = self.signed_in(caller, session)? else { return Ok(None) };
        Ok(given(&caller.ask(Ask::Code { client, session })?))
    }

    fn device(&self, caller: &Caller<'_>, client: usize, session: &mut Option<TokenId>) -> Result<Option<TokenId>> {
        let Some(session) = self.signed_in(caller, session)? else { return Ok(None) };
        let Some(device) = given(&caller.ask(Ask::Device(client))?) else { return Ok(None) };
        let approved = caller.ask(Ask::Approve { device, session })?;
        Ok((approved == Ending::Answered(Answer::Done)).then_some(device))
    }

    fn signed_in(&self, caller: &Caller<'_>, session: &mut Option<TokenId>) -> Result<Option<TokenId>> {
        if session.is_none() {
            *session = given(&caller.ask(Ask::SignIn(0))?);
        }
        Ok(*session)
    }

    fn forget(&self, token: TokenId) -> Result<()> {
        let mut book = self.desk.book();
        let Some(chain) = book.chain(token).cloned() else { return Ok(()) };
        book.forget(&chain);
        book.codes.clear();
        book.waiting.clear();
        self.desk.journal.record(Event::Forgotten(token))
    }
}

fn given(ending: &Ending) -> Option<TokenId> {
    match ending {
        Ending::Answered(Answer::Given(token)) => Some(*token),
        _ => None,
    }
}

fn refresh_token(ending: &Ending) -> Option<TokenId> {
    match ending {
        Ending::Answered(Answer::Issued { refresh, .. }) => *refresh,
        _ => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
