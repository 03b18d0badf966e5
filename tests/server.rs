//! The real program, running: started, read, and stopped by its process id.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use toml::Value;

use crate::client::Site;
use crate::command::{KEYWARD, Said};
pub use crate::home::Home;

/// How long a start or an exit may take before the test gives up: a guard against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(120);

impl Home {
    /// Starts the server and waits for its line `ready`.
    pub fn start(self) -> Server {
        match self.try_start() {
            Ok(server) => server,
            Err((_, said)) => panic!("the server did not start: {said:?}"),
        }
    }

    /// Starts a server that is expected to refuse; returns what it said.
    pub fn refuse(self) -> (Self, String) {
        match self.try_start() {
            Ok(server) => panic!("the server started: {}", server.log()),
            Err((home, said)) => {
                assert!(!said.ok, "a refusal to start is a failure to the shell: {said:?}");
                (home, format!("{}{}", said.out, said.err))
            }
        }
    }

    fn try_start(self) -> Result<Server, (Self, Said)> {
        self.write();
        // Output goes to files, appended to over restarts: nothing blocks when nobody reads.
        let append = |name: &str| File::options().create(true).append(true).open(self.path(name)).unwrap();
        let said_before = fs::read_to_string(self.path("stdout")).unwrap_or_default().len();
        let mut child = Command::new(KEYWARD)
            .args(["serve", "--config"])
            .arg(self.config_path())
            .stdin(Stdio::null())
            .stdout(append("stdout"))
            .stderr(append("stderr"))
            .spawn()
            .expect("the program starts");
        let begun = Instant::now();
        loop {
            let out = fs::read_to_string(self.path("stdout")).unwrap();
            if out[said_before..].lines().any(|line| line == "ready") {
                let sites = self.sites();
                return Ok(Server { home: Some(self), child, sites });
            }
            if let Some(status) = child.try_wait().unwrap() {
                let err = fs::read_to_string(self.path("stderr")).unwrap();
                return Err((self, Said { ok: status.success(), out, err }));
            }
            if begun.elapsed() > PATIENCE {
                let _ = child.kill();
                let _ = child.wait();
                panic!("not ready in {PATIENCE:?}: {}", fs::read_to_string(self.path("stderr")).unwrap());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn sites(&self) -> BTreeMap<String, Site> {
        let listeners = self.setting("listener").and_then(Value::as_array).unwrap();
        listeners
            .iter()
            .map(|listener| {
                let profile = listener.get("profile").and_then(Value::as_str).unwrap_or("standard");
                let address = listener["address"].as_str().unwrap().parse().unwrap();
                (profile.to_owned(), Site::new(address))
            })
            .collect()
    }
}

/// A running server; killed when dropped.
pub struct Server {
    home: Option<Home>,
    child: Child,
    sites: BTreeMap<String, Site>,
}

impl Server {
    /// The demo's server with the tests' additions.
    pub fn start() -> Self {
        Home::demo().start()
    }

    /// The listener of the standard profile.
    pub fn standard(&self) -> &Site {
        &self.sites["standard"]
    }

    /// The listener of the skyvault profile.
    pub fn skyvault(&self) -> &Site {
        &self.sites["skyvault"]
    }

    /// The listener of the korap profile.
    pub fn korap(&self) -> &Site {
        &self.sites["korap"]
    }

    /// Every listener with the name of its profile.
    pub fn sites(&self) -> impl Iterator<Item = (&str, &Site)> {
        self.sites.iter().map(|(profile, site)| (profile.as_str(), site))
    }

    /// The listener of the metrics, where one is configured.
    pub fn metrics(&self) -> Site {
        let address = self.home().setting("metrics.address").and_then(Value::as_str).expect("metrics are configured");
        Site::new(address.parse().unwrap())
    }

    pub fn home(&self) -> &Home {
        self.home.as_ref().expect("the server runs")
    }

    /// Edits the configuration file of the running server, which learns of it by SIGHUP.
    pub fn edit(&mut self, change: impl FnOnce(Home) -> Home) {
        self.home = self.home.take().map(change);
        self.home().write();
    }

    /// Runs a command of the program beside the running server.
    pub fn keyward(&self, arguments: &[&str]) -> Said {
        self.home().keyward(arguments)
    }

    /// Runs a command with `input` on its standard input.
    pub fn keyward_reading(&self, input: &str, arguments: &[&str]) -> Said {
        self.home().keyward_reading(input, arguments)
    }

    /// Everything written to standard error so far, over all starts in this folder.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home().path("stderr")).unwrap()
    }

    /// The log lines that name `request_id`; waits for the first.
    pub fn log_of(&self, request_id: &str) -> String {
        let begun = Instant::now();
        loop {
            let lines: Vec<_> = self.log().lines().filter(|line| line.contains(request_id)).map(str::to_owned).collect();
            if !lines.is_empty() || begun.elapsed() > Duration::from_secs(10) {
                return lines.join("\n");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the server runs");
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the process to end by itself.
    pub fn wait(mut self) -> (Home, ExitStatus) {
        let begun = Instant::now();
        while self.is_running() {
            assert!(begun.elapsed() < PATIENCE, "the server did not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(2));
        }
        let status = self.child.wait().unwrap();
        (self.home.take().unwrap(), status)
    }

    /// Stops it by SIGTERM; it must end well.
    pub fn stop(self) -> Home {
        self.signal(Signal::TERM);
        let (home, status) = self.wait();
        assert!(status.success(), "a drained server ends with 0: {status}");
        home
    }

    /// Stops it by SIGKILL.
    pub fn kill(self) -> Home {
        self.signal(Signal::KILL);
        let (home, status) = self.wait();
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
        home
    }

    /// Resident memory in KiB.
    pub fn memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking()
            && let Some(home) = &self.home
        {
            let log = fs::read_to_string(home.path("stderr")).unwrap_or_default();
            let tail: Vec<_> = log.lines().rev().take(30).collect();
            eprintln!("the end of the server's log, newest first:\n{}", tail.join("\n"));
        }
    }
}
