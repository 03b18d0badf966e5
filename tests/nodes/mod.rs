//! Several servers on one PostgreSQL database, and what may go wrong between them: a real database, a real pooler, a real load
//! balancer, and a network that is cut.

mod clock;
mod connections;
mod disk;
mod load;
mod partition;
mod pooler;
mod restart;
mod rolling;
mod tls;
mod together;
mod unfit;

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use keyward_cluster::Postgres;
use tempfile::TempDir;

use crate::client::{Answer, Site};
use crate::real;
use crate::server::{Home, Server};

/// What the database is called.
const DATABASE: &str = "keyward";

/// A root key for tests.
const ROOT_KEY: &str = "keyward-root-key-1:bm9ib2R5IGtub3dzIHdoYXQgaXMgd3JpdHRlbiBoZXI\n";

/// A promise to clients: whatever becomes of the database, they are answered by then.
const PROMISED: Duration = Duration::from_secs(10);

/// An empty database of its own, and a root key for those who share it.
struct Shared {
    postgres: Postgres,
    folder: TempDir,
}

impl Shared {
    /// Starts one, where PostgreSQL is installed; `settings` are those of `postgresql.conf`.
    fn start(settings: &[(&str, &str)]) -> Option<Self> {
        if !real::are_there("PostgreSQL") {
            return None;
        }
        Some(Shared::start_in(open_folder(), settings))
    }

    /// The same in this folder.
    fn start_in(folder: TempDir, settings: &[(&str, &str)]) -> Self {
        // The operator gives every node the same root key.
        write_private(&folder.path().join("root.key"), ROOT_KEY);
        let postgres = Postgres::start(&folder.path().join("postgres"), settings).unwrap();
        postgres.create(DATABASE).unwrap();
        Shared { postgres, folder }
    }

    /// A home on this database.
    fn home(&self) -> Home {
        self.home_at(&self.postgres.url(DATABASE))
    }

    /// A home on this database, which it finds under `url`.
    fn home_at(&self, url: &str) -> Home {
        let root_key = self.folder.path().join("root.key");
        let settings = format!(
            "[store]\nurl = '{url}'\n[keys]\nroot_key_file = '{}'\n[throttle]\nenabled = false\n[tokens]\nrefresh_grace = '1m'",
            root_key.display()
        );
        Home::demo().with(&settings)
    }

    /// A node.
    fn node(&self) -> Server {
        self.home().start()
    }
}

/// What `[store] url` says to find the database at `address`.
fn url_at(address: SocketAddr) -> String {
    format!("postgres://postgres@{address}/{DATABASE}")
}

/// A folder that the database's user can get to.
fn open_folder() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o711)).tempdir().unwrap()
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// What `ask` comes to, which must not take longer than is promised.
fn in_time<T>(ask: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let answer = ask();
    assert!(begun.elapsed() < PROMISED, "an answer took {:?}", begun.elapsed());
    answer
}

/// Whether the database could do what was asked; if not, the answer must say when to try again.
fn is_served(answer: &Answer) -> bool {
    if answer.status == 503 {
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "it says when to come back: {answer:?}");
        return false;
    }
    assert_eq!(answer.status, 200, "served, or 503: {answer:?}");
    true
}

fn is_ready(site: &Site) -> bool {
    let answer = site.get("/health/ready").send();
    assert!([200, 503].contains(&answer.status), "{answer:?}");
    answer.status == 200
}
