//! PgBouncer before a [`Postgres`]: many connections of nodes share few of the database.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::account::Account;
use crate::port::free_address;
use crate::postgres::Postgres;
use crate::process::Process;

/// Where Debian has it.
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A PgBouncer that lends out a connection for each transaction. Killed when dropped.
#[derive(Debug)]
pub struct PgBouncer {
    address: SocketAddr,
    _process: Process,
}

impl PgBouncer {
    /// Starts one before `postgres`, with its files in `folder`, and waits until it accepts connections.
    ///
    /// # Errors
    /// When it does not start; the message has the end of its log.
    pub fn start(folder: &Path, postgres: &Postgres) -> Result<Self> {
        let account = Account::unprivileged()?;
        account.make(folder)?;
        let address = free_address();
        let configuration: PathBuf = folder.join("pgbouncer.ini");
        fs::write(&configuration, settings(address, postgres.address())).context("cannot write PgBouncer's configuration")?;
        let mut command = account.command(Path::new(PROGRAM), folder);
        let mut process = Process::spawn(command.arg(&configuration), &folder.join("log"))?;
        process.wait_for(address)?;
        Ok(Self { address, _process: process })
    }

    /// What `[store] url` says to use `database` through it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.address)
    }
}

fn settings(own: SocketAddr, database: SocketAddr) -> String {
    format!(
        "[databases]\n* = host={} port={} user=postgres\n\
         [pgbouncer]\nlisten_addr = {}\nlisten_port = {}\nunix_socket_dir =\nauth_type = any\n\
         pool_mode = transaction\nmax_client_conn = 500\ndefault_pool_size = 20\n",
        database.ip(),
        database.port(),
        own.ip(),
        own.port()
    )
}
