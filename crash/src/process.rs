//! The real program as a process: start, wait for `ready`, kill.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::scenario::Scenario;

/// How long a start may take before it counts as hanging. No machine is that slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the server is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// What stands before the program on the command line, such as a fault injector with its options. It must `exec`.
    pub wrapper: Vec<OsString>,
    /// The `keyward` program.
    pub program: PathBuf,
}

impl Launch {
    /// The program alone.
    #[must_use]
    pub fn plain(program: &Path) -> Self {
        Self { wrapper: Vec::new(), program: program.to_owned() }
    }

    /// The program behind a wrapper.
    #[must_use]
    pub fn wrapped<T: AsRef<OsStr>>(program: &Path, wrapper: &[T]) -> Self {
        let wrapper = wrapper.iter().map(|part| part.as_ref().to_owned()).collect();
        Self { wrapper, program: program.to_owned() }
    }
}

/// A running server. Dropped, it is killed.
#[derive(Debug)]
pub struct Server {
    child: Child,
    lines: Receiver<String>,
    log: PathBuf,
}

impl Server {
    /// Starts the server without waiting.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(launch: &Launch, scenario: &Scenario) -> Result<Self> {
        let mut words: Vec<&OsStr> = launch.wrapper.iter().map(OsString::as_os_str).collect();
        let configuration = scenario.configuration();
        words.extend([launch.program.as_os_str(), "serve".as_ref(), "--config".as_ref(), configuration.as_os_str()]);
        let (first, rest) = words.split_first().ok_or("nothing to start")?;
        let log = OpenOptions::new().create(true).append(true).open(scenario.log())?;
        let mut child = Command::new(first)
            .args(rest)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", first.display()))?;
        let stdout = child.stdout.take().ok_or("the server has no stdout")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, lines, log: scenario.log() })
    }

    /// Starts the server and waits for its line `ready`.
    ///
    /// # Errors
    /// When it ends or hangs instead; the message quotes the end of its log.
    pub fn start(launch: &Launch, scenario: &Scenario) -> Result<Self> {
        let mut server = Self::spawn(launch, scenario)?;
        loop {
            match server.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.trim() == "ready" => return Ok(server),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(server.failed("it said nothing for two minutes"));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = server.child.wait()?;
                    return Err(server.failed(&format!("it ended with {status}")));
                }
            }
        }
    }

    fn failed(&self, found: &str) -> crate::Failure {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let mut end: Vec<&str> = log.lines().rev().take(5).collect();
        end.reverse();
        format!("expected the server to print `ready`, found that {found}; its log ends with:\n{}", end.join("\n")).into()
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process still runs.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn is_alive(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// `kill -9`, and waits until the process is gone.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).ok_or("the server has no process id")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
