//! The store under test: an SQLite file of one server, or a PostgreSQL database that several share.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyward_cluster::{Link, Postgres};

use crate::Result;
use crate::scenario::Scenario;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// A file.
    Sqlite,
    /// A server, started for the run.
    Postgres,
}

/// A write-ahead log so small that the database is back soon after it was killed; connections for all nodes and commands.
const SETTINGS: [(&str, &str); 3] = [("max_wal_size", "256MB"), ("max_connections", "200"), ("shared_buffers", "256MB")];

/// A database.
#[derive(Debug)]
pub enum Database {
    /// An SQLite database dies with its server.
    Sqlite(PathBuf),
    /// A PostgreSQL server, and the link by which the last of several servers reaches it.
    Postgres(Box<Postgres>, Link),
}

impl Database {
    /// Prepares one in `folder`, and starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub fn prepare(choice: Choice, folder: &Path) -> Result<Self> {
        match choice {
            Choice::Sqlite => Ok(Self::Sqlite(folder.to_owned())),
            Choice::Postgres => {
                // Its server runs as a user of its own, who has to come by here.
                fs::set_permissions(folder, Permissions::from_mode(0o711))?;
                let postgres = Postgres::start(&folder.join("postgres"), &SETTINGS)?;
                let link = Link::between(postgres.address())?;
                Ok(Self::Postgres(Box::new(postgres), link))
            }
        }
    }

    /// Makes an empty store of this name; returns what `[store] url` says of it to each of so many servers. Of those that share one, the last
    /// has a link that can be cut, and its statements no names.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn create(&self, name: &str, nodes: usize) -> Result<Vec<String>> {
        match self {
            Self::Sqlite(folder) => Ok(vec![Scenario::sqlite(&folder.join(format!("{name}.db"))); nodes]),
            Self::Postgres(postgres, link) => {
                postgres.create(name)?;
                let mut urls = vec![format!("{}?statements=named", postgres.url(name)); nodes];
                if let Some(last) = urls.last_mut() {
                    *last = postgres.url(name).replace(&postgres.address().to_string(), &link.address().to_string());
                }
                Ok(urls)
            }
        }
    }

    /// The server that can be killed beside those of Keyward.
    pub fn server(&mut self) -> Option<&mut Postgres> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(postgres, _) => Some(postgres),
        }
    }

    /// The link between the last server and the database.
    #[must_use]
    pub fn link(&self) -> Option<&Link> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(_, link) => Some(link),
        }
    }

    /// How long after its connection broke, or it was answered 503, a request may still take effect. What a dead node has sent
    /// to PostgreSQL is carried out there, and waits for rows that others hold; those are let go after ten seconds at the latest.
    #[must_use]
    pub fn lag(&self) -> Duration {
        match self {
            Self::Sqlite(_) => Duration::ZERO,
            Self::Postgres(..) => Duration::from_secs(15),
        }
    }
}
