//! HAProxy before several nodes, configured the way docs advise an operator to do it.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
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

/// An HAProxy that spreads requests over nodes that are ready. Killed when dropped.
#[derive(Debug)]
pub struct HaProxy {
    address: SocketAddr,
    _process: Process,
}

impl HaProxy {
    /// Whether this machine has one to start.
    #[must_use]
    pub fn is_installed() -> bool {
        Path::new(PROGRAM).is_file()
    }

    /// Starts one before `backends`, with its files in `folder`, and waits until it accepts connections.
    ///
    /// # Errors
    /// When it does not start; the message has the end of its log.
    pub fn start(folder: &Path, backends: &[SocketAddr]) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let address = free_address();
        let configuration = folder.join("haproxy.cfg");
        fs::write(&configuration, settings(address, backends)?).context("cannot write HAProxy's configuration")?;
        let mut command = Command::new(PROGRAM);
        let mut process = Process::spawn(command.arg("-db").arg("-f").arg(&configuration), &folder.join("log"))?;
        process.wait_for(address)?;
        Ok(Self { address, _process: process })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn settings(own: SocketAddr, backends: &[SocketAddr]) -> Result<String> {
    let mut text = format!(
        "{SETTINGS}\nfrontend clients\n    bind {own}\n    default_backend nodes\n\n\
         backend nodes\n    balance leastconn\n    option httpchk GET /health/ready\n    http-check expect status 200\n\
         \x20   default-server check inter 500ms fall 1 rise 2\n"
    );
    for (number, backend) in (1..).zip(backends) {
        writeln!(text, "    server node{number} {backend}")?;
    }
    Ok(text)
}
