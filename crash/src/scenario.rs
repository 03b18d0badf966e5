//! The folder a run plays in: configuration, clients, users.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::journal::Terms;

/// A registered client.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// `client_id`.
    pub id: &'static str,
    /// What the checker must know of it.
    pub terms: Terms,
    /// Whether its access tokens are JWTs.
    pub jwt: bool,
}

/// One client for each way in which rotation can be registered.
pub const CLIENTS: [Client; 4] = [
    Client { id: "patient", terms: Terms { grace: 60_000, rotation_ends_access: false }, jwt: false },
    Client { id: "signed", terms: Terms { grace: 60_000, rotation_ends_access: true }, jwt: true },
    Client { id: "racing", terms: Terms { grace: 0, rotation_ends_access: false }, jwt: false },
    Client { id: "strict", terms: Terms { grace: 0, rotation_ends_access: true }, jwt: false },
];

/// The secret of every client.
pub const SECRET: &str = "correct horse battery staple 42";

/// The users and the password of each.
pub const USERS: [&str; 3] = ["ada", "grace", "barbara"];

/// The password of every user.
pub const PASSWORD: &str = "a password that is long enough";

/// A folder in which `keyward serve` runs.
#[derive(Debug)]
pub struct Scenario {
    /// The folder with configuration, keys, log and journal.
    pub folder: PathBuf,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
}

impl Scenario {
    /// Writes the configuration into `folder`, with the database at `store` (which may lie on another file system).
    ///
    /// # Errors
    /// When no port is free or the folder cannot be written.
    pub fn write(folder: &Path, store: &Path, rng: &mut fastrand::Rng) -> Result<Self> {
        let base = format!("http://127.0.0.1:{}", free_port(rng)?);
        let scenario = Self { folder: folder.to_owned(), base };
        fs::write(scenario.configuration(), scenario.text(store)?)?;
        Ok(scenario)
    }

    /// Path of `keyward.toml`.
    #[must_use]
    pub fn configuration(&self) -> PathBuf {
        self.folder.join("keyward.toml")
    }

    /// Path of the file that collects what the server writes to stderr, over all its starts.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Path of the journal.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    fn text(&self, store: &Path) -> Result<String> {
        let address = self.base.trim_start_matches("http://");
        let mut text = format!(
            r#"issuer = "{base}"

[store]
url = "sqlite:{store}"

[keys]
root_key_file = "root.key"

[tokens]
access_lifetime = "12h"

# Cheap hashes: many logins are wanted here, not strong ones.
[passwords]
memory_kib = 1024
iterations = 1

[throttle]
enabled = false

[[listener]]
address = "{address}"
profile = "standard"
"#,
            base = self.base,
            store = store.display(),
        );
        for client in CLIENTS {
            write!(
                text,
                r#"
[[client]]
id = "{id}"
type = "confidential"
secret = "{SECRET}"
grants = ["password", "refresh_token", "client_credentials"]
scopes = ["read", "write"]
default_scopes = ["read", "write"]
profiles = ["standard"]
refresh_grace = "{grace}s"
rotation_ends_access_tokens = {ends}
access_format = "{format}"
"#,
                id = client.id,
                grace = client.terms.grace / 1000,
                ends = client.terms.rotation_ends_access,
                format = if client.jwt { "jwt" } else { "opaque" },
            )?;
        }
        for user in USERS {
            write!(text, "\n[[user]]\nusername = \"{user}\"\npassword = \"{PASSWORD}\"\n")?;
        }
        Ok(text)
    }
}

/// A free port below the range from which outgoing connections take theirs, so that nobody has it while the server is down.
fn free_port(rng: &mut fastrand::Rng) -> Result<u16> {
    for _ in 0..100 {
        let port = rng.u16(20_000..30_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err("expected a free port between 20000 and 30000 on 127.0.0.1, found none in 100 attempts".into())
}
