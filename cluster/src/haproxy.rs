//! HAProxy before several nodes, configured as `docs/operation.md` tells operators to do it, but for asking nodes more often.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::port::free_address;
use crate::process::Process;

/// Where Debian has it.
const PROGRAM: &str = "/usr/sbin/haproxy";

/// A node is asked twice a second whether it is ready, and is left out after the first no. What could not be sent at all is sent
/// to another node; what was sent is not sent twice, for nobody knows what became of it.
const SETTINGS: &str = "
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 30s
    timeout http-keep-alive 60s
    option redispatch 1
    retries 3
    retry-on conn-failure
    option forwardfor
";

/// What HAProxy is asked for the state of the nodes. It answers in lines of comma-separated values, of which these are name and state.
const STATISTICS: &[u8] = b"show stat\n";
const NAME: usize = 1;
const STATE: usize = 17;

/// An HAProxy that spreads requests over nodes that are ready. Killed when dropped.
#[derive(Debug)]
pub struct HaProxy {
    address: SocketAddr,
    socket: PathBuf,
    _process: Process,
}

impl HaProxy {
    /// Starts one before `backends`, with its files in `folder`, and waits until it accepts connections.
    ///
    /// # Errors
    /// When it does not start; the message has the end of its log.
    pub fn start(folder: &Path, backends: &[SocketAddr]) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let (address, socket) = (free_address(), folder.join("socket"));
        let configuration = folder.join("haproxy.cfg");
        fs::write(&configuration, settings(address, &socket, backends)?).context("cannot write HAProxy's configuration")?;
        let mut command = Command::new(PROGRAM);
        let mut process = Process::spawn(command.arg("-db").arg("-f").arg(&configuration), &folder.join("log"))?;
        process.wait_for(address)?;
        Ok(Self { address, socket, _process: process })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it sends requests to the node at `backend`; not, if it does not say.
    #[must_use]
    pub fn is_up(&self, backend: SocketAddr) -> bool {
        let told = || {
            let mut socket = UnixStream::connect(&self.socket)?;
            socket.write_all(STATISTICS)?;
            io::read_to_string(socket)
        };
        let name = name(backend);
        told().unwrap_or_default().lines().any(|line| {
            let mut values = line.split(',').skip(NAME);
            values.next() == Some(name.as_str()) && values.nth(STATE - NAME - 1) == Some("UP")
        })
    }
}

/// What a node is called there.
fn name(backend: SocketAddr) -> String {
    format!("node-{}", backend.port())
}

fn settings(own: SocketAddr, socket: &Path, backends: &[SocketAddr]) -> Result<String> {
    let mut text = format!(
        "global\n    stats socket {} level operator\n{SETTINGS}\nfrontend clients\n    bind {own}\n    default_backend nodes\n\n\
         backend nodes\n    balance leastconn\n    option httpchk GET /health/ready\n    http-check expect status 200\n\
         \x20   default-server check inter 500ms fall 1 rise 2\n",
        socket.display()
    );
    for backend in backends {
        writeln!(text, "    server {} {backend}", name(*backend))?;
    }
    Ok(text)
}
