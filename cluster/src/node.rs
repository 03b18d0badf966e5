//! The real program, serving.

use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::process::PATIENCE;

/// How often is looked whether it is ready.
const PAUSE: Duration = Duration::from_millis(2);

/// A started `keyward serve`; killed when dropped.
///
/// What it says is appended to the files `stdout` and `stderr` in the folder of its configuration: nothing blocks when nobody
/// reads, and a node that is started again there goes on writing.
#[derive(Debug)]
pub struct Node {
    child: Child,
    folder: PathBuf,
}

/// It did not become ready.
#[derive(Debug)]
pub struct NotReady {
    /// How it ended; none if it hangs or could not be started at all.
    pub status: Option<ExitStatus>,
    /// Its standard output, over all starts in this folder.
    pub out: String,
    /// Its standard error, over all starts in this folder.
    pub err: String,
}

impl Node {
    /// Starts `program` (with variables in its environment, if that matters) with `serve --config configuration`, and waits for
    /// its line `ready`.
    ///
    /// # Errors
    /// When it ends or hangs instead.
    pub fn start(program: &mut Command, configuration: &Path) -> Result<Self, NotReady> {
        let folder = configuration.parent().unwrap_or(Path::new("."));
        let said_before = read(folder, "stdout").len();
        let unstarted = |error| NotReady { status: None, out: String::new(), err: format!("cannot start it: {error}") };
        let mut node = Self::spawn(program, configuration).map_err(unstarted)?;
        let begun = Instant::now();
        loop {
            let out = node.said();
            if out.get(said_before..).is_some_and(|out| out.lines().any(|line| line == "ready")) {
                return Ok(node);
            }
            // One that cannot be waited for counts as ended.
            let status = node.child.try_wait().unwrap_or_default();
            if status.is_some() || begun.elapsed() > PATIENCE {
                return Err(NotReady { status, out: node.said(), err: node.log() });
            }
            sleep(PAUSE);
        }
    }

    /// The same, without waiting.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(program: &mut Command, configuration: &Path) -> io::Result<Self> {
        let folder = configuration.parent().unwrap_or(Path::new(".")).to_owned();
        let append = |name: &str| File::options().create(true).append(true).open(folder.join(name));
        let (out, err) = (append("stdout")?, append("stderr")?);
        program.args(["serve", "--config"]).arg(configuration).stdin(Stdio::null()).stdout(out).stderr(err);
        Ok(Self { child: program.spawn()?, folder })
    }

    /// Everything on its standard output, over all starts in this folder.
    #[must_use]
    pub fn said(&self) -> String {
        read(&self.folder, "stdout")
    }

    /// Everything on its standard error, over all starts in this folder.
    #[must_use]
    pub fn log(&self) -> String {
        read(&self.folder, "stderr")
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it `signal`.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn is_running(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Waits for it to end by itself.
    ///
    /// # Errors
    /// When it does not.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        let begun = Instant::now();
        while self.is_running()? {
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("expected the node to end, found it running: {}", self.log())));
            }
            sleep(PAUSE);
        }
        self.child.wait()
    }

    /// Stops it by SIGTERM: requests under way are answered first.
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.wait()
    }

    /// Ends it by SIGKILL.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL)?;
        self.wait()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Fails only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut end: Vec<&str> = self.err.lines().rev().take(10).collect();
        end.reverse();
        let found = self.status.map_or_else(|| "nothing of the kind".to_owned(), |status| format!("its end with {status}"));
        write!(f, "expected the node to print `ready`, found {found}; its log ends with:\n{}", end.join("\n"))
    }
}

impl Error for NotReady {}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}
