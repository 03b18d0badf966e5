//! The machine: which core does what, and what a process costs.
//!
//! The server under measurement has one core to itself, the load another. [`Cores::spawn`] starts a process on the core it is
//! meant for, so a server sees one core from its first instruction on.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The two cores of a run.
#[derive(Clone, Copy, Debug)]
pub struct Cores {
    server: usize,
    load: usize,
}

impl Cores {
    /// The first two cores this process may use.
    pub fn choose() -> Result<Self> {
        let allowed = sched_getaffinity(None).context("the cores of this process cannot be read")?;
        let mut usable = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core));
        match (usable.next(), usable.next()) {
            (Some(server), Some(load)) => Ok(Self { server, load }),
            _ => bail!("expected two cores, one for the server and one for the load; this process may use only one"),
        }
    }

    /// Keeps this thread, and the threads it starts later, on the core of the load.
    pub fn stay_on_load(self) -> Result<()> {
        pin(&[self.load])
    }

    /// Starts `command` at its place; whatever the process starts later stays there too.
    pub fn spawn(self, place: Place, command: &mut Command) -> Result<Child> {
        let child = self.at(place, || command.spawn())?;
        child.with_context(|| format!("{command:?} cannot be started"))
    }

    /// Does `work` at a place; the processes it starts stay there.
    pub fn at<T>(self, place: Place, work: impl FnOnce() -> T) -> Result<T> {
        match place {
            Place::Server => pin(&[self.server])?,
            Place::Both => pin(&[self.server, self.load])?,
        }
        let done = work();
        self.stay_on_load()?;
        Ok(done)
    }
}

/// Where a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the core of the server.
    Server,
    /// On both cores, as on a machine where nothing is pinned.
    Both,
}

fn pin(cores: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    for &core in cores {
        set.set(core);
    }
    sched_setaffinity(None, &set).with_context(|| format!("this thread cannot be kept on the cores {cores:?}"))
}

/// Resident memory of the process `pid`, in MiB.
pub fn resident_mib(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    let kib: f64 = kib.context("/proc/…/status names no VmRSS")?.trim().parse()?;
    Ok(kib / 1024.0)
}

/// Processor time that the threads of process `pid` have used so far.
pub fn processor_time(pid: u32) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task")).with_context(|| format!("process {pid} is gone"))? {
        // Nanoseconds on a processor, nanoseconds of waiting for one, time slices. A thread may end while we look.
        let statistics = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        let nanoseconds = statistics.split(' ').next().unwrap_or_default();
        sum += Duration::from_nanos(nanoseconds.parse().unwrap_or(0));
    }
    Ok(sum)
}

/// The same of the processes that process `pid` has started and that still run.
pub fn processor_time_of_children(pid: u32) -> Result<Duration> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).with_context(|| format!("process {pid} is gone"))?;
    children.split_whitespace().filter_map(|child| child.parse().ok()).map(|child| processor_time(child).or(Ok(Duration::ZERO))).sum()
}

/// How many cores other programs, or other machines on the same hardware, use while this one waits for a second.
pub fn cores_others_use() -> Result<f64> {
    let before = Ticks::read()?;
    thread::sleep(Duration::from_secs(1));
    let after = Ticks::read()?;
    let (all, idle) = (after.all.saturating_sub(before.all), after.idle.saturating_sub(before.idle));
    Ok(all.saturating_sub(idle) as f64 / all.max(1) as f64 * thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64))
}

/// Processor time of the whole machine, as /proc/stat counts it.
struct Ticks {
    all: u64,
    idle: u64,
}

impl Ticks {
    fn read() -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("/proc/stat cannot be read")?;
        // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in these already.
        let first = stat.lines().next().unwrap_or_default();
        let ticks: Vec<u64> = first.split_whitespace().skip(1).take(8).filter_map(|ticks| ticks.parse().ok()).collect();
        Ok(Self { all: ticks.iter().sum(), idle: ticks.iter().skip(3).take(2).sum() })
    }
}

/// A line about the machine: processor, number of cores, kernel, and the filesystem that holds `folder`.
pub fn describe(folder: &Path) -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("unknown processor", |(_, name)| name);
    let count = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{model}, {count} cores, Linux {}, data on {}", kernel.trim(), filesystem(folder))
}

/// The filesystem that holds `folder`; `tmpfs` deserves a warning, for there a durable write costs nothing.
fn filesystem(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let holding = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (point, kind) = (fields.next()?, fields.next()?);
        folder.starts_with(point).then_some((point.len(), kind))
    });
    match holding.max_by_key(|&(length, _)| length) {
        Some((_, "tmpfs")) => "tmpfs (IN MEMORY: durable figures mean nothing)".to_owned(),
        Some((_, kind)) => kind.to_owned(),
        None => "an unknown filesystem".to_owned(),
    }
}
