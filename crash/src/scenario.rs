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

/// One client for each way in which rotation can be registered, and one of which everything is revoked now and then.
pub const CLIENTS: [Client; 5] = [
    Client { id: "patient", terms: Terms { grace: 60_000, rotation_ends_access: false }, jwt: false },
    Client { id: "signed", terms: Terms { grace: 60_000, rotation_ends_access: true }, jwt: true },
    Client { id: "racing", terms: Terms { grace: 0, rotation_ends_access: false }, jwt: false },
    Client { id: "strict", terms: Terms { grace: 0, rotation_ends_access: true }, jwt: false },
    Client { id: "recalled", terms: Terms { grace: 60_000, rotation_ends_access: false }, jwt: false },
];

/// The number of the client of which everything is revoked now and then.
pub const RECALLED: usize = 4;

/// The secret of every client.
pub const SECRET: &str = "correct horse battery staple 42";

/// Where every client gets its codes.
pub const REDIRECT_URI: &str = "https://app.example/callback";

/// The code verifier of every request and its challenge (RFC 7636 appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// See [`VERIFIER`].
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// How many users there are.
pub const USERS: usize = 24;

/// What the user with this number logs in with.
#[must_use]
pub fn username(user: usize) -> String {
    format!("user-{user}")
}

/// The password of every user.
pub const PASSWORD: &str = "a password that is long enough";

/// Where one server runs.
#[derive(Debug, Clone)]
pub struct Home {
    /// The folder with its configuration and its log.
    pub folder: PathBuf,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
}

impl Home {
    /// Path of `keyward.toml`.
    #[must_use]
    pub fn configuration(&self) -> PathBuf {
        self.folder.join("keyward.toml")
    }

    /// Path of the file that collects what the server writes to stderr, over all its starts.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("stderr")
    }
}

/// A folder in which `keyward serve` runs, once or several times on one store.
#[derive(Debug)]
pub struct Scenario {
    /// The folder with keys and journal.
    pub folder: PathBuf,
    /// Where each server runs.
    pub homes: Vec<Home>,
}

impl Scenario {
    /// Writes the configuration of servers into `folder`: one for each of `urls`, where it finds the store.
    ///
    /// # Errors
    /// When no port is free or the folder cannot be written.
    pub fn write(folder: &Path, urls: &[String], rng: &mut fastrand::Rng) -> Result<Self> {
        let mut homes = Vec::new();
        for node in 0..urls.len() {
            let home = Home { folder: folder.join(format!("node-{node}")), base: format!("http://127.0.0.1:{}", free_port(rng)?) };
            fs::create_dir_all(&home.folder)?;
            homes.push(home);
        }
        let scenario = Self { folder: folder.to_owned(), homes };
        for (home, url) in scenario.homes.iter().zip(urls) {
            fs::write(home.configuration(), scenario.text(home, url)?)?;
        }
        Ok(scenario)
    }

    /// What `[store] url` says of an SQLite database.
    #[must_use]
    pub fn sqlite(store: &Path) -> String {
        format!("sqlite:{}", store.display())
    }

    /// The server there is, where there is one.
    ///
    /// # Errors
    /// When there is none.
    pub fn only(&self) -> Result<&Home> {
        Ok(self.homes.first().ok_or("the scenario has no server")?)
    }

    /// Path of the journal.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    fn text(&self, home: &Home, url: &str) -> Result<String> {
        let mut text = format!(
            r#"issuer = "{issuer}"

[store]
url = "{url}"

[keys]
root_key_file = "../root.key"

[tokens]
access_lifetime = "12h"

[sessions]
idle = "7d"
lifetime = "7d"

[log]
level = "warn"

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
            issuer = self.only()?.base,
            address = home.base.trim_start_matches("http://"),
        );
        for client in CLIENTS {
            write!(
                text,
                r#"
[[client]]
id = "{id}"
type = "confidential"
secret = "{SECRET}"
grants = ["authorization_code", "device_code", "password", "refresh_token", "client_credentials"]
redirect_uris = ["{REDIRECT_URI}"]
scopes = ["read", "write"]
default_scopes = ["read", "write"]
profiles = ["standard"]
code_lifetime = "10m"
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
        for user in 0..USERS {
            write!(text, "\n[[user]]\nusername = \"{}\"\npassword = \"{PASSWORD}\"\n", username(user))?;
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
