//! A program that serves until it is told to stop; killed when dropped.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a start or an end may take: a guard against hanging, not a measurement.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// How often is looked whether something has happened.
pub const PAUSE: Duration = Duration::from_millis(5);

/// A running program and the file it logs to.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; what it says is appended to `log`.
    pub fn spawn(command: &mut Command, log: &Path) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let file = File::options().create(true).append(true).open(log).with_context(|| format!("cannot open {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {name}; is it installed?"))?;
        Ok(Self { child, name, log: log.to_owned() })
    }

    /// Waits until `is_up`, asked again and again, or fails with the end of the log.
    pub fn wait_until(&mut self, is_up: impl Fn() -> bool) -> Result<()> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("expected {} to serve, found that it ended with {status}: {}", self.name, self.end_of_log());
            }
            if is_up() {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                bail!("expected {} to serve, found no answer in {PATIENCE:?}: {}", self.name, self.end_of_log());
            }
            sleep(PAUSE);
        }
    }

    /// Waits until something accepts connections at `address`.
    pub fn wait_for(&mut self, address: SocketAddr) -> Result<()> {
        self.wait_until(|| TcpStream::connect(address).is_ok())
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends `signal`.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(self.pid(), signal).with_context(|| format!("cannot signal {}", self.name))
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if begun.elapsed() > PATIENCE {
                bail!("expected {} to end, found it running after {PATIENCE:?}: {}", self.name, self.end_of_log());
            }
            sleep(PAUSE);
        }
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let mut end: Vec<&str> = log.lines().rev().take(10).collect();
        end.reverse();
        end.join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
