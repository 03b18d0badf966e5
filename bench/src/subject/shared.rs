//! PostgreSQL, on the core of the servers, and the databases that nodes share. It is as durable as SQLite here: `fsync` and
//! `synchronous_commit` are on.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};
use keyward_cluster::Postgres;

use super::keyward::Stand;
use crate::machine::Place;
use crate::run::Bench;

/// A running PostgreSQL.
pub struct Shared {
    postgres: Postgres,
    pid: u32,
    parameters: &'static str,
}

impl Shared {
    /// Starts one with its data beside those of the run.
    pub fn start(bench: &Bench) -> Result<Self> {
        fs::set_permissions(bench.folder(), Permissions::from_mode(0o711))?;
        let folder = bench.folder().join("postgres");
        let settings = [("shared_buffers", "256MB"), ("max_connections", "100")];
        let postgres = bench.cores.at(Place::Server, || Postgres::start(&folder, &settings))??;
        let pid = postgres.pid().context("PostgreSQL runs")?;
        Ok(Self { postgres, pid, parameters: if bench.options.unnamed { "" } else { "?statements=named" } })
    }

    /// So many nodes on a new database.
    pub fn stand(&self, name: &'static str, folder: &'static str, nodes: usize) -> Result<Stand> {
        let database = folder.replace('-', "_");
        self.postgres.create(&database)?;
        Ok(Stand { name, folder, nodes, database: Some((self.postgres.url(&database) + self.parameters, self.pid)) })
    }

    /// What `psql` says in the database of `stand`.
    pub fn ask(&self, stand: &Stand, sql: &str) -> Result<String> {
        self.postgres.ask(&stand.folder.replace('-', "_"), sql)
    }
}
