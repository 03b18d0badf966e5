//! The real program, running: started, read, and stopped by its process id.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use keyward_cluster::{Node, NotReady};
use rustix::process::Signal;
use toml::Value;

use crate::client::Site;
use crate::command::{KEYWARD, Said};
pub use crate::home::Home;

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
        match Node::start(&mut Command::new(KEYWARD), &self.config_path()) {
            Ok(node) => {
                let sites = self.sites();
                Ok(Server { home: Some(self), node, sites })
            }
            Err(NotReady { status: None, err, .. }) => panic!("the server neither became ready nor ended: {err}"),
            Err(NotReady { status: Some(status), out, err }) => Err((self, Said { ok: status.success(), out, err })),
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
    node: Node,
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
        self.node.log()
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
        self.node.signal(signal).expect("the server runs");
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        self.node.is_running().unwrap()
    }

    /// Waits for the process to end by itself.
    pub fn wait(mut self) -> (Home, ExitStatus) {
        let status = self.node.wait().expect("the server ends");
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
        let status = fs::read_to_string(format!("/proc/{}/status", self.node.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() && self.home.is_some() {
            let log = self.log();
            let tail: Vec<_> = log.lines().rev().take(30).collect();
            eprintln!("the end of the server's log, newest first:\n{}", tail.join("\n"));
        }
    }
}
