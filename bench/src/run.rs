//! A run: measurements one after the other, each a [`Row`] of the report.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::Options;
use crate::load::{self, Answer, Caller, Figures, Window, member};
use crate::machine::{self, Cores};
use crate::subject::Server;
use crate::subject::growth::Growth;

/// A machine on which other programs use less than this many cores is quiet.
const QUIET: f64 = 0.1;

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Who was measured.
    pub server: String,
    /// Doing what.
    pub operation: String,
    /// Right answers, or durable rows, or hashes, a second.
    pub rate: f64,
    /// Half of the right answers came within this many milliseconds.
    pub p50: Option<f64>,
    /// All but one in a hundred did.
    pub p99: Option<f64>,
    /// Resident memory of the server in MiB when the load ended.
    pub memory: Option<f64>,
    /// The share of its core that the server used; below about 0.9 something else was the limit.
    pub busy: Option<f64>,
    /// Wrong answers.
    pub wrong: usize,
    /// The first of them.
    pub first_wrong: Option<String>,
}

impl Row {
    /// Right answers for each second of processor time: what the rate would be had the server had its core to itself.
    pub fn per_core_second(&self) -> Option<f64> {
        self.busy.filter(|busy| *busy > 0.0).map(|busy| self.rate / busy)
    }
}

/// Requests that can be sent only once.
pub struct Round {
    /// Those that are measured.
    pub requests: Vec<Vec<u8>>,
    /// What must be refused once they were answered: an answer of 200 alone does not show that anything was done.
    pub refused_after: Vec<Vec<u8>>,
}

impl Round {
    /// Revokes each of `tokens` by a request from `revoke`; a request from `refresh` must then be refused.
    pub fn of_revocations(tokens: &[String], revoke: impl Fn(&str) -> Vec<u8>, refresh: impl Fn(&str) -> Vec<u8>) -> Self {
        let requests = tokens.iter().map(|token| revoke(token)).collect();
        Self { requests, refused_after: tokens.iter().step_by(10).map(|token| refresh(token)).collect() }
    }
}

/// What a run has and what it has measured so far.
pub struct Bench {
    /// What was asked for.
    pub options: Options,
    /// Where servers and load run.
    pub cores: Cores,
    /// What was measured.
    pub rows: Vec<Row>,
    /// What many rows cost on disk.
    pub growth: Vec<Growth>,
    /// How many cores other programs used when the run began; later the most that was seen.
    pub others: f64,
    folder: TempDir,
    runtime: Runtime,
}

impl Bench {
    /// A run that keeps its data in a temporary folder beside this program, on the disk that holds the build: a temporary
    /// folder of the system may be in memory, and durable writes would cost nothing there.
    pub fn new(options: Options, cores: Cores) -> Result<Self> {
        let program = std::env::current_exe()?;
        let folder = tempfile::tempdir_in(program.parent().unwrap_or(Path::new(".")))?;
        cores.stay_on_load()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let others = machine::cores_others_use()?;
        Ok(Self { options, cores, rows: Vec::new(), growth: Vec::new(), others, folder, runtime })
    }

    /// Whether other programs left this machine to the run.
    pub fn was_quiet(&self) -> bool {
        self.others < QUIET
    }

    /// Where data and logs of this run are; gone when it ends.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Removes what is in folders whose names begin so: many rows take much room.
    pub fn forget(&self, start_of_name: &str) -> Result<()> {
        for folder in std::fs::read_dir(self.folder())? {
            let folder = folder?;
            if folder.file_name().to_string_lossy().starts_with(start_of_name) {
                std::fs::remove_dir_all(folder.path())?;
            }
        }
        Ok(())
    }

    /// The window of every measurement.
    pub fn window(&self) -> Window {
        Window::of(self.options.seconds)
    }

    /// Waits for `future`.
    pub fn block_on<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(future)
    }

    /// Measures `callers` against `server` as fast as the answers come.
    pub fn measure(&mut self, server: &Server, operation: &str, callers: Vec<Box<dyn Caller>>) -> Result<()> {
        self.measure_within(server, operation, callers, self.window())
    }

    /// Measures `callers` against `server` in `window`.
    pub fn measure_within(&mut self, server: &Server, operation: &str, callers: Vec<Box<dyn Caller>>, window: Window) -> Result<()> {
        let (figures, busy) = self.watch(server, |bench| bench.load(server, callers, window))?;
        self.note(server, operation, figures, busy)
    }

    /// Measures `callers` while `others` load the same server as hard as they can, uncounted.
    pub fn measure_beside(
        &mut self,
        server: &Server,
        operation: &str,
        callers: Vec<Box<dyn Caller>>,
        window: Window,
        others: Vec<Box<dyn Caller>>,
    ) -> Result<()> {
        let (figures, busy) = self.watch(server, |bench| {
            let beside = Window { pace: None, ..window };
            bench.block_on(async {
                let addresses = server.addresses();
                let (figures, _) = tokio::try_join!(load::run(&addresses, callers, window), load::run(&addresses, others, beside))?;
                Ok(figures)
            })
        })?;
        self.note(server, operation, figures, busy)
    }

    /// Measures what uses up what it works on: only the requests of each [`Round`] that `prepare` makes are measured, until
    /// the rounds together have lasted as long as a window.
    pub fn measure_in_rounds(&mut self, server: &Server, operation: &str, prepare: impl Fn(&Self) -> Result<Round>) -> Result<()> {
        let mut sum = Figures::default();
        let mut used = Duration::ZERO;
        while sum.elapsed < self.window().measured {
            let round = prepare(self)?;
            let once = |requests| load::Drain::callers(requests, "", self.options.waiting);
            let (figures, busy) = self.watch(server, |bench| bench.load(server, once(round.requests), Window::until_done()))?;
            ensure!(figures.right > 0, "{operation}: a whole round brought no right answer: {:?}", figures.first_wrong);
            let after = self.load(server, once(round.refused_after), Window::until_done())?;
            ensure!(after.right == 0, "{operation}: {} requests succeeded that should be refused after it", after.right);
            used += figures.elapsed.mul_f64(busy);
            sum.add(figures);
        }
        let busy = used.as_secs_f64() / sum.elapsed.as_secs_f64();
        self.note(server, operation, sum, busy)
    }

    /// Sends each of `requests` once and answers the string member `name` of every answer; all of them must be right.
    pub fn collect(&self, server: &Server, requests: Vec<Vec<u8>>, name: &'static str) -> Result<Vec<String>> {
        let collected = std::sync::Arc::new(std::sync::Mutex::new(Vec::with_capacity(requests.len())));
        let count = requests.len();
        let callers = load::Drain::callers(requests, "", self.options.waiting)
            .into_iter()
            .map(|inner| Box::new(Collect { inner, name, collected: collected.clone() }) as Box<dyn Caller>)
            .collect();
        let figures = self.load(server, callers, Window::until_done())?;
        let collected = std::mem::take(&mut *collected.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        ensure!(
            collected.len() == count,
            "{}: {} of {count} answers held no {name}; the first was {:?}",
            server.name,
            figures.wrong,
            figures.first_wrong
        );
        Ok(collected)
    }

    /// Adds a figure that did not come from a load.
    pub fn note_rate(&mut self, server: &str, operation: &str, rate: f64) {
        let row = Row {
            server: server.to_owned(),
            operation: operation.to_owned(),
            rate,
            p50: None,
            p99: None,
            memory: None,
            busy: None,
            wrong: 0,
            first_wrong: None,
        };
        self.add(row);
    }

    /// The row of `server` for `operation`, where both were measured.
    pub fn row(&self, server: &str, operation: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.server == server && row.operation == operation)
    }

    /// Lets `callers` work against `server` without making a row of it.
    pub fn load(&self, server: &Server, callers: Vec<Box<dyn Caller>>, window: Window) -> Result<Figures> {
        let load = self.block_on(load::run(&server.addresses(), callers, window));
        load.with_context(|| format!("the load on {} broke off; the end of its log:\n{}", server.name, server.last_words()))
    }

    /// What `load` measured, and the share of a core that `server` used meanwhile (the warm-up included).
    fn watch(&self, server: &Server, load: impl FnOnce(&Self) -> Result<Figures>) -> Result<(Figures, f64)> {
        let (before, begin) = (server.processor_time()?, std::time::Instant::now());
        let figures = load(self)?;
        let used = server.processor_time()?.saturating_sub(before);
        Ok((figures, used.as_secs_f64() / begin.elapsed().as_secs_f64()))
    }

    fn note(&mut self, server: &Server, operation: &str, figures: Figures, busy: f64) -> Result<()> {
        self.add(Row {
            server: server.name.to_owned(),
            operation: operation.to_owned(),
            rate: figures.rate(),
            p50: Some(figures.quantile(0.5)),
            p99: Some(figures.quantile(0.99)),
            memory: Some(server.memory()?),
            busy: Some(busy),
            wrong: figures.wrong,
            first_wrong: figures.first_wrong,
        });
        Ok(())
    }

    fn add(&mut self, row: Row) {
        eprintln!("{}: {}: {:.0}/s", row.server, row.operation, row.rate);
        self.rows.push(row);
    }
}

/// Keeps one string member of every right answer.
struct Collect {
    inner: Box<dyn Caller>,
    name: &'static str,
    collected: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Caller for Collect {
    fn next(&mut self) -> Option<&[u8]> {
        self.inner.next()
    }

    fn judge(&mut self, answer: &Answer<'_>) -> bool {
        let value = member(answer.body, self.name).filter(|_| self.inner.judge(answer));
        if let Some(value) = value {
            self.collected.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(value.to_owned());
        }
        value.is_some()
    }
}
