//! Where everything is kept.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::{format::parsed, setting::settings};

settings! {
    /// Where authorizations, clients, users and keys are kept.
    pub struct StoreSettings in "[store]" {
        /// An SQLite database, made when it is missing. Further files of the same name beside it belong to it.
        /// A relative path starts at the folder of this file.
        url: Database, parsed("\"sqlite:\" and a path", parse), default(Database::default()), example "sqlite:/var/lib/keyward/keyward.db";
    }
}

/// The path of an SQLite database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database(PathBuf);

impl Database {
    /// The path as it is written.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Database {
    fn default() -> Self {
        Database("keyward.db".into())
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite:{}", self.0.display())
    }
}

fn parse(text: &str) -> Result<Database, String> {
    match text.strip_prefix("sqlite:") {
        Some(path) if path.contains(['?', '#', '\0']) => Err("leave out the parameters".into()),
        Some(path) if path.starts_with("//") && !path.starts_with("///") => {
            Err("write sqlite:keyward.db or sqlite:/folder/keyward.db".into())
        }
        Some("") => Err("add the path".into()),
        Some(":memory:") => Err("what is acknowledged has to be on disk: write a path".into()),
        Some(path) => Ok(Database(path.into())),
        None => Err("SQLite is the store there is".into()),
    }
}
