//! A disk that fails when it is told to, and remembers what it was made to keep.
//!
//! 1. Whatever SQLite opens in the folder of a [`Disk`] passes through [`vfs`], and from there goes to the system's own files.
//! 2. [`Disk::fail`] makes the calls that a [`Fault`] names fail until [`Disk::heal`]; [`Disk::hold`] stops a [`Call`], so that
//!    a test can look at the moment before a COMMIT is done.
//! 3. [`Disk::killed`] is the folder as the next process finds it after a `kill -9`; [`Disk::power_lost`] as it is after the power
//!    failed: what was not synced may be there or not, and what a failed sync lost is never there (Linux forgets such pages).

mod vfs;

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use tempfile::TempDir;

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The database itself, written at checkpoints.
    Database,
    /// The write-ahead log, written at every commit.
    Log,
}

/// What somebody does to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Writes a piece of it.
    Write(Part),
    /// Makes what was written durable.
    Sync(Part),
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No space is left for a write.
    Full(Part),
    /// A write fails.
    Write(Part),
    /// A write fails half way.
    Short(Part),
    /// A sync fails, and what was to be synced is lost.
    Sync(Part),
    /// A read fails.
    Read(Part),
}

/// A folder for one database, on a disk of its own.
pub struct Disk {
    folder: TempDir,
    state: Arc<State>,
}

/// What became of one call.
enum Verdict {
    Pass,
    Fail(Fault),
}

#[derive(Default)]
struct State {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    fault: Option<Fault>,
    /// How many matching calls still pass.
    spared: usize,
    failed: usize,
    held: Option<Call>,
    /// How many of the calls that are held may pass.
    passes: usize,
    /// How many of them there were.
    reached: usize,
    files: HashMap<OsString, Copy>,
}

/// What a file holds, as its users see it and as it is on the platter.
#[derive(Clone, Default)]
struct Copy {
    seen: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

impl Disk {
    /// An empty one.
    pub fn new() -> Self {
        let (folder, state) = (tempfile::tempdir().unwrap(), Arc::new(State::default()));
        vfs::watch(folder.path().canonicalize().unwrap(), &state);
        Disk { folder, state }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// From now on the calls that `fault` names fail, but for the first `spared`.
    pub fn fail(&self, fault: Fault, spared: usize) {
        let mut inner = self.state.lock();
        (inner.fault, inner.spared, inner.failed) = (Some(fault), spared, 0);
    }

    /// From now on nothing fails; returns how many calls did.
    pub fn heal(&self) -> usize {
        let mut inner = self.state.lock();
        inner.fault = None;
        inner.failed
    }

    /// How many calls have failed since [`Disk::fail`].
    pub fn failed(&self) -> usize {
        self.state.lock().failed
    }

    /// Stops whoever makes this call, until what this returns is dropped.
    pub fn hold(&self, call: Call) -> Held {
        let mut inner = self.state.lock();
        (inner.held, inner.passes, inner.reached) = (Some(call), 0, 0);
        Held(self.state.clone())
    }

    /// The folder as the next process finds it, were this one killed now.
    pub fn killed(&self) -> TempDir {
        self.image(|copy| copy.seen.clone())
    }

    /// The folder as it is after the power failed now; `chance` says of each unsynced write whether it got to the platter.
    pub fn power_lost(&self, mut chance: impl FnMut() -> bool) -> TempDir {
        self.image(|copy| {
            let mut left = copy.durable.clone();
            copy.unsynced.iter().filter(|_| chance()).for_each(|change| change.apply(&mut left));
            left
        })
    }

    fn image(&self, mut left: impl FnMut(&Copy) -> Vec<u8>) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, copy) in &self.state.lock().files {
            fs::write(folder.path().join(name), left(copy)).unwrap();
        }
        folder
    }
}

/// Keeps callers waiting.
pub struct Held(Arc<State>);

impl Held {
    /// Returns once the call was made `count` times.
    pub fn until_reached(&self, count: usize) {
        let mut inner = self.0.lock();
        while inner.reached < count {
            inner = self.0.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets one of them pass.
    pub fn let_one_pass(&self) {
        self.0.lock().passes += 1;
        self.0.changed.notify_all();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().held = None;
        self.0.changed.notify_all();
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one of these faults strikes now.
    fn verdict(&self, faults: &[Fault]) -> Verdict {
        let mut inner = self.lock();
        match inner.fault.filter(|fault| faults.contains(fault)) {
            None => Verdict::Pass,
            Some(_) if inner.spared > 0 => {
                inner.spared -= 1;
                Verdict::Pass
            }
            Some(fault) => {
                inner.failed += 1;
                Verdict::Fail(fault)
            }
        }
    }

    fn wait_while_held(&self, call: Call) {
        let mut inner = self.lock();
        if inner.held != Some(call) {
            return;
        }
        inner.reached += 1;
        self.changed.notify_all();
        while inner.held == Some(call) && inner.passes == 0 {
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        inner.passes = inner.passes.saturating_sub(1);
    }

    fn change(&self, file: &Path, change: Change) {
        let mut inner = self.lock();
        let copy = inner.files.entry(name(file)).or_default();
        change.apply(&mut copy.seen);
        copy.unsynced.push(change);
    }

    fn synced(&self, file: &Path) {
        let mut inner = self.lock();
        let copy = inner.files.entry(name(file)).or_default();
        for change in copy.unsynced.drain(..) {
            change.apply(&mut copy.durable);
        }
    }

    fn lost(&self, file: &Path) {
        self.lock().files.entry(name(file)).or_default().unsynced.clear();
    }

    fn deleted(&self, file: &Path) {
        self.lock().files.remove(&name(file));
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => {
                let end = at + bytes.len();
                file.resize(file.len().max(end), 0);
                file[*at..end].copy_from_slice(bytes);
            }
            Change::Cut { length } => file.truncate(*length),
        }
    }
}

fn name(file: &Path) -> OsString {
    PathBuf::from(file).file_name().unwrap_or_default().to_owned()
}
