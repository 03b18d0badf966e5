//! The fault tests: the disk fails under load, heals, and the server goes on without a hand.
//!
//! 1. Calm load, so that there are tokens to lose.
//! 2. The fault strikes. Durable requests must be refused with 503 and Retry-After; what needs no write must go on.
//! 3. The fault is lifted. A write must succeed again in the same process; what was unknown is then decided.
//! 4. Questions, more load. The fault strikes again and the server is killed under it.
//! 5. The fault is lifted, the server started, and everything is asked about.

mod disk;
mod file;
mod injected;
mod trial;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::summary::Summary;
use disk::FullDisk;
use file::{Locked, Moved};
use injected::Injected;
use trial::{Demand, Trial};

/// Which trials are wanted, and where.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The `keyward` program.
    pub program: PathBuf,
    /// An empty folder for everything the run writes.
    pub folder: PathBuf,
    /// Workers that send requests at the same time.
    pub workers: usize,
    /// Where the random choices start.
    pub seed: u64,
    /// Only trials whose name contains this.
    pub only: String,
}

/// What a fault strikes.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The server; none when it was killed.
    pub pid: Option<u32>,
    /// Its database.
    pub store: &'a Path,
}

/// A way in which a disk can fail.
pub trait Fault {
    /// Where the database lies; `usual` if the fault does not care.
    fn store(&self, usual: &Path) -> PathBuf {
        usual.to_owned()
    }

    /// What must stand before the program on every start.
    fn home(&self) -> Vec<OsString> {
        Vec::new()
    }

    /// What must stand before the program so that the fault can strike.
    fn wrapper(&self) -> Vec<OsString> {
        self.home()
    }

    /// Lets it fail.
    ///
    /// # Errors
    /// When the fault cannot be brought about.
    fn strike(&mut self, target: Target<'_>) -> Result<()>;

    /// Heals it.
    ///
    /// # Errors
    /// When the fault cannot be lifted.
    fn mend(&mut self, target: Target<'_>) -> Result<()>;
}

/// Runs the trials.
///
/// # Errors
/// When one cannot be carried out. What the server did wrong is in the summaries instead.
pub fn run(plan: &Plan, mut progress: impl FnMut(&str)) -> Result<Vec<Summary>> {
    let mut summaries = Vec::new();
    for (name, demand, fault) in trials(plan) {
        if !name.contains(&plan.only) {
            continue;
        }
        progress(name);
        summaries.push(match fault {
            Ok(fault) => Trial::new(plan, name, demand, fault)?.run()?,
            Err(reason) => Summary::skipped(name, &reason.to_string()),
        });
    }
    Ok(summaries)
}

type Prepared = (&'static str, Demand, Result<Box<dyn Fault>>);

fn trials(plan: &Plan) -> Vec<Prepared> {
    const FULL: &str = "failinfo=28"; // ENOSPC
    const BROKEN: &str = "failinfo=5"; // EIO
    let injected = |points: &[(&str, &str, &str)]| Injected::new(&plan.folder, points).map(|fault| Box::new(fault) as Box<dyn Fault>);
    let none = Demand { writes_refused: true };
    let some = Demand { writes_refused: false };
    vec![
        ("the disk is full at every write", none, injected(&[("enable", "posix/io/rw/pwrite", FULL)])),
        (
            "the disk fills up in the middle of a batch",
            some,
            injected(&[("enable_random", "posix/io/rw/pwrite", "probability=0.1,failinfo=28")]),
        ),
        ("every write fails", none, injected(&[("enable", "posix/io/rw/pwrite", BROKEN)])),
        ("some writes fail", some, injected(&[("enable_random", "posix/io/rw/pwrite", "probability=0.1,failinfo=5")])),
        ("every fsync fails", none, injected(&[("enable", "posix/io/sync/*", BROKEN)])),
        ("some fsyncs fail", some, injected(&[("enable_random", "posix/io/sync/*", "probability=0.3,failinfo=5")])),
        (
            "writes, fsyncs and truncations fail now and then",
            some,
            injected(&[
                ("enable_random", "posix/io/rw/pwrite", "probability=0.05,failinfo=5"),
                ("enable_random", "posix/io/sync/*", "probability=0.1,failinfo=5"),
                ("enable_random", "posix/io/rw/ftruncate", "probability=0.3,failinfo=5"),
            ]),
        ),
        ("a small file system is full", some, FullDisk::new(&plan.folder).map(|fault| Box::new(fault) as Box<dyn Fault>)),
        ("another program holds the database locked", none, Ok(Box::new(Locked::default()))),
        ("the database was moved away", none, Ok(Box::new(Moved))),
    ]
}
