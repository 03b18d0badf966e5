//! The servers under measurement, each a process of its own that ends with its [`Server`].

pub mod growth;
pub mod keyward;
pub mod peer;
pub mod shared;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::machine::{self, Cores, Place};

/// A server that answers.
pub struct Server {
    /// Its name in the report.
    pub name: &'static str,
    /// Where it answers.
    pub address: SocketAddr,
    child: Child,
    log: PathBuf,
    beside: Vec<Server>,
    database: Option<u32>,
}

impl Server {
    /// Starts `command` at `place` and waits for the line on its standard output that says it answers; `where_it_answers`
    /// reads the address from that line. Its log, standard error, goes to a file in `folder`.
    pub fn start(
        name: &'static str,
        (cores, place): (Cores, Place),
        mut command: Command,
        folder: &Path,
        where_it_answers: impl Fn(&str) -> Option<SocketAddr>,
    ) -> Result<Self> {
        let log = folder.join(format!("{}.log", name.to_lowercase().replace(' ', "-")));
        let errors = File::create(&log).with_context(|| format!("cannot write the log {}", log.display()))?;
        let child = cores.spawn(place, command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors))?;
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut server = Self { name, address: nowhere, child, log, beside: Vec::new(), database: None };
        let output = server.child.stdout.take().context("a piped standard output is there")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next() {
            if let Some(address) = where_it_answers(&line?) {
                server.address = address;
                // Whatever it says later is read and forgotten: a closed or full pipe would stop it.
                thread::spawn(move || lines.for_each(drop));
                return Ok(server);
            }
        }
        bail!("{name} ended before it answered; its last words:\n{}", server.last_words())
    }

    /// The same with further nodes, which the load is spread over as well, and the process id of the database that they share.
    pub fn beside(mut self, nodes: Vec<Server>, database: Option<u32>) -> Self {
        (self.beside, self.database) = (nodes, database);
        self
    }

    /// Where it answers, and every node beside it.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes().map(|node| node.address).collect()
    }

    fn nodes(&self) -> impl Iterator<Item = &Server> {
        std::iter::once(self).chain(&self.beside)
    }

    /// Resident memory in MiB, of all nodes together.
    pub fn memory(&self) -> Result<f64> {
        self.nodes().map(|node| machine::resident_mib(node.child.id())).sum()
    }

    /// Processor time used so far, of all nodes and their database together.
    pub fn processor_time(&self) -> Result<std::time::Duration> {
        let nodes = self.nodes().map(|node| machine::processor_time(node.child.id()));
        nodes.chain(self.database.map(machine::processor_time_of_children)).sum()
    }

    /// The end of its log, for an error.
    pub fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(10).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port on the loopback address that was free a moment ago.
pub fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on the loopback address")?;
    Ok(listener.local_addr()?)
}

/// Reads `{"port": 1234}`.
pub fn port_line(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let port = u16::try_from(line.get("port")?.as_u64()?).ok()?;
    Some((Ipv4Addr::LOCALHOST, port).into())
}
