//! The real program in a folder of its own: started, spoken to by its command line, stopped by its process id.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use toml::{Table, Value};

use crate::client::Site;
use crate::fixture::ADDITIONS;

/// The program under test.
pub const KEYWARD: &str = env!("CARGO_BIN_EXE_keyward");

/// How long a start or an exit may take before the test gives up: a guard against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder with a configuration, and no server running in it.
pub struct Home {
    dir: TempDir,
    config: Table,
}

impl Home {
    /// The demo's set-up with [`ADDITIONS`], on free ports.
    pub fn demo() -> Self {
        Self::of(demo_fixture()).with(ADDITIONS)
    }

    /// The set-up `text`, on free ports.
    pub fn of(text: &str) -> Self {
        let config = text.parse().expect("the configuration is TOML");
        Self { dir: TempDir::new().unwrap(), config }.on_free_ports(|_| true)
    }

    /// Adds the settings of `text`: tables are merged, arrays of tables grow, anything else is replaced. An address
    /// with the port 0 becomes a free one.
    pub fn with(mut self, text: &str) -> Self {
        merge(&mut self.config, text.parse().expect("the addition is TOML"));
        self.on_free_ports(|address| address.ends_with(":0"))
    }

    /// Replaces settings of the client `id`.
    pub fn with_client(self, id: &str, text: &str) -> Self {
        self.with_entry("client", "id", id, text)
    }

    /// Replaces settings of the listener of `profile`.
    pub fn with_listener(self, profile: &str, text: &str) -> Self {
        self.with_entry("listener", "profile", profile, text)
    }

    fn with_entry(mut self, array: &str, key: &str, name: &str, text: &str) -> Self {
        let entry = self.config[array].as_array_mut().unwrap().iter_mut().find(|entry| entry[key].as_str() == Some(name));
        let entry = entry.unwrap_or_else(|| panic!("no {array} {name} in the fixture"));
        merge(entry.as_table_mut().unwrap(), text.parse().unwrap());
        self
    }

    /// Removes the client or user whose `key` is `name` from the configuration.
    pub fn without(mut self, array: &str, key: &str, name: &str) -> Self {
        let entries = self.config[array].as_array_mut().unwrap();
        let before = entries.len();
        entries.retain(|entry| entry[key].as_str() != Some(name));
        assert_eq!(entries.len(), before - 1, "{array} {name} was in the fixture");
        self
    }

    fn on_free_ports(mut self, which: impl Fn(&str) -> bool) -> Self {
        let listeners = self.config.get_mut("listener").and_then(Value::as_array_mut).unwrap().iter_mut();
        for listener in listeners.filter_map(Value::as_table_mut) {
            move_to_free_port(listener, &which);
        }
        if let Some(metrics) = self.config.get_mut("metrics").and_then(Value::as_table_mut) {
            move_to_free_port(metrics, &which);
        }
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where the configuration is written to.
    pub fn config_path(&self) -> PathBuf {
        self.path("keyward.toml")
    }

    /// The value of a setting by its path, such as `store.url`.
    pub fn setting(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let first = self.config.get(names.next()?);
        names.fold(first, |value, name| value?.get(name))
    }

    /// The SQLite file of the configured store.
    pub fn database(&self) -> PathBuf {
        let url = self.setting("store.url").and_then(Value::as_str).expect("store.url is written out");
        self.path(url.strip_prefix("sqlite:").expect("the demo's store is SQLite"))
    }

    /// The file of the configured root key.
    pub fn root_key(&self) -> PathBuf {
        self.path(self.setting("keys.root_key_file").and_then(Value::as_str).expect("keys.root_key_file is written out"))
    }

    /// Writes the configuration.
    pub fn write(&self) {
        fs::write(self.config_path(), self.config.to_string()).unwrap();
    }

    /// Runs a command of the program on this configuration, with nothing on its standard input.
    pub fn keyward(&self, arguments: &[&str]) -> Said {
        self.keyward_reading("", arguments)
    }

    /// Runs a command with `input` on its standard input.
    pub fn keyward_reading(&self, input: &str, arguments: &[&str]) -> Said {
        self.write();
        run(Command::new(KEYWARD).args(arguments).arg("--config").arg(self.config_path()), input)
    }

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
        let listeners = self.config["listener"].as_array().unwrap();
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

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The output of a command that must succeed.
    pub fn done(self) -> String {
        assert!(self.ok, "{self:?}");
        self.out
    }

    /// The complaint of a command that must fail.
    pub fn failed(self) -> String {
        assert!(!self.ok, "{self:?}");
        self.err
    }
}

/// Runs a command with `input` on its standard input.
pub fn run(command: &mut Command, input: &str) -> Said {
    use std::io::Write;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    // A command that does not read its input may have closed it already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Said { ok: output.status.success(), out: String::from_utf8(output.stdout).unwrap(), err: String::from_utf8(output.stderr).unwrap() }
}

/// What `keyward init --demo` writes; asked for once.
pub fn demo_fixture() -> &'static str {
    static FIXTURE: OnceLock<String> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let dir = TempDir::new().unwrap();
        run(Command::new(KEYWARD).args(["init", "--demo"]).arg(dir.path()), "").done();
        fs::read_to_string(dir.path().join("keyward.toml")).unwrap()
    })
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (Some(Value::Array(old)), Value::Array(new)) if new.iter().any(Value::is_table) => old.extend(new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Gives a table with an `address` a free port, where `which` says so of the address it has.
fn move_to_free_port(table: &mut Table, which: impl Fn(&str) -> bool) {
    let address = table.get_mut("address").expect("a listener has an address");
    if which(address.as_str().unwrap()) {
        *address = free_address().to_string().into();
    }
}

/// A loopback address nobody listens on, below the range outgoing connections take theirs from.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two test runs at once begin in different places.
    let first = u16::try_from(std::process::id() * 61 % 20_000).unwrap();
    loop {
        let port = 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed) % 20_000) % 20_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
