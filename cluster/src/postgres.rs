//! A PostgreSQL server with a cluster of databases of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::account::Account;
use crate::port::free_address;
use crate::process::{PATIENCE, PAUSE, Process};

/// Where Debian has the versions, each in a folder named by its number.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A PostgreSQL server whose user `postgres` needs no password. Dropped, it is stopped at once.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    address: SocketAddr,
    settings: Vec<(String, String)>,
    account: Account,
    process: Option<Process>,
}

impl Postgres {
    /// Makes a cluster of databases in `folder` (UTF-8, sorted by bytes), starts a server on it and waits until it answers.
    ///
    /// `settings` are those of `postgresql.conf`. As root, the server runs as the user `postgres`, who gets the folder.
    ///
    /// # Errors
    /// When there is no PostgreSQL, or when it does not start; the message has the end of its log.
    pub fn start(folder: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let mut postgres = Self {
            folder: folder.to_owned(),
            programs: programs().context("expected a PostgreSQL server, found none: install Debian's package postgresql")?,
            address: free_address(),
            settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            account: Account::unprivileged()?,
            process: None,
        };
        postgres.account.make(folder)?;
        let mut make = postgres.command("initdb");
        make.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
        run(make.arg(postgres.data()))?;
        postgres.start_again()?;
        Ok(postgres)
    }

    /// Starts it on the data it has, at the address it had, after [`Postgres::stop`] or [`Postgres::kill`].
    ///
    /// # Errors
    /// When it does not start; the message has the end of its log.
    pub fn start_again(&mut self) -> Result<()> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        command.args(["-h", &self.address.ip().to_string(), "-p", &self.port().to_string()]);
        for (name, value) in &self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let mut process = Process::spawn(&mut command, &self.folder.join("log"))?;
        process.wait_until(|| self.client("pg_isready").output().is_ok_and(|output| output.status.success()))?;
        self.process = Some(process);
        Ok(())
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process id of the server's first process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(|process| process.pid().as_raw_nonzero().get().unsigned_abs())
    }

    /// Makes an empty database.
    ///
    /// # Errors
    /// When there is one of that name.
    pub fn create(&self, database: &str) -> Result<()> {
        run(self.client("createdb").arg(database)).map(drop)
    }

    /// What `psql` says to `sql` in `database`: columns separated by `|`, rows by line breaks, nothing else.
    ///
    /// # Errors
    /// When a statement fails; the message has what was said.
    pub fn ask(&self, database: &str, sql: &str) -> Result<String> {
        let mut ask = self.client("psql");
        let said =
            run(ask.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", "-d", database, "-c", sql]))?;
        Ok(said.trim_end().to_owned())
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// What `[store] url` says to use `database`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.address)
    }

    /// Ends all of it by SIGKILL, as if the machine had crashed, and waits until nothing of it is left.
    ///
    /// # Errors
    /// When something is left.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        // What stands still does not fork: these are all of its children.
        process.signal(Signal::STOP)?;
        let children = children(process.pid())?;
        process.signal(Signal::KILL)?;
        for child in &children {
            // Whoever is gone already need not be killed.
            let _ = kill_process(*child, Signal::KILL);
        }
        process.wait()?;
        let begun = Instant::now();
        while children.iter().any(|child| is_postgres(*child)) {
            if begun.elapsed() > PATIENCE {
                bail!("expected every process of PostgreSQL to end, found one after {PATIENCE:?}");
            }
            sleep(PAUSE);
        }
        Ok(())
    }

    /// Stops it in order: connections are closed, everything is on disk (a *fast* shutdown).
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&mut self) -> Result<()> {
        self.end(Signal::INT)
    }

    fn end(&mut self, signal: Signal) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.signal(signal)?;
        process.wait().map(drop)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Command {
        self.account.command(self.programs.join(program), &self.folder)
    }

    fn client(&self, program: &str) -> Command {
        let mut command = self.command(program);
        command.args(["-h", &self.address.ip().to_string(), "-p", &self.port().to_string(), "-U", "postgres"]);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // An *immediate* shutdown: nobody needs the data any more. The process itself is killed if it does not end.
        let _ = self.end(Signal::QUIT);
    }
}

/// The programs of the newest version there is.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).ok()?.filter_map(Result::ok);
    let numbers = versions.filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok());
    let folders = numbers.map(|number| (number, Path::new(VERSIONS).join(number.to_string()).join("bin")));
    folders.filter(|(_, folder)| folder.join("postgres").is_file()).max().map(|(_, folder)| folder)
}

/// Runs a program to its end; returns what it said.
fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        bail!("{name} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn children(of: Pid) -> Result<Vec<Pid>> {
    let of = of.as_raw_nonzero();
    let list = fs::read_to_string(format!("/proc/{of}/task/{of}/children")).context("cannot list the processes of PostgreSQL")?;
    Ok(list.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?)).collect())
}

/// Whether this process runs and is one of PostgreSQL's; one that only waits to be collected does not run.
fn is_postgres(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.contains("(postgres)") && !stat.contains(") Z ")
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::io::{Write, stderr};

    use super::*;

    #[test]
    fn what_is_committed_outlives_stops_and_kills() {
        if env::var_os("KEYWARD_REAL").is_none() {
            let _ = writeln!(stderr(), "left out: starting PostgreSQL; `cargo xtask test` passes it");
            return;
        }
        let folder = tempfile::TempDir::new().unwrap();
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
        let mut postgres = Postgres::start(&folder.path().join("postgres"), &[("max_connections", "20")]).unwrap();
        postgres.create("one").unwrap();
        postgres.ask("one", "CREATE TABLE t (n int)").unwrap();
        assert_eq!(postgres.ask("one", "SHOW max_connections").unwrap(), "20");
        for n in ["1", "2"] {
            postgres.ask("one", &format!("INSERT INTO t VALUES ({n})")).unwrap();
            if n == "1" {
                postgres.stop().unwrap()
            } else {
                postgres.kill().unwrap()
            }
            assert!(postgres.ask("one", "SELECT 1").is_err(), "it is gone");
            postgres.start_again().unwrap();
        }
        assert_eq!(postgres.ask("one", "SELECT n FROM t ORDER BY n").unwrap(), "1\n2");
        assert_eq!(postgres.ask("one", "SHOW fsync").unwrap(), "on");
        let bouncer = crate::PgBouncer::start(&folder.path().join("pgbouncer"), &postgres).unwrap();
        assert!(bouncer.url("one").starts_with("postgres://postgres@127.0.0.1:"));
    }
}
