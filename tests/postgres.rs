//! The suite on PostgreSQL: where the environment names a server, every set-up has a schema of its own there.

use std::env;
use std::path::Path;
use std::process::Command;

/// Whether the set-ups are on PostgreSQL: what is about the file of a store has nothing to try then.
pub fn is_the_store() -> bool {
    server().is_some()
}

/// The store of the set-up in `folder`, made if it is not there; none where the suite runs on SQLite.
pub fn url(folder: &Path) -> Option<String> {
    let server = server()?;
    let schema = folder.file_name()?.as_encoded_bytes().iter().fold("t".to_owned(), |name, byte| format!("{name}{byte:02x}"));
    let sql = format!("CREATE SCHEMA {schema}");
    let made = Command::new("psql").args(["--quiet", "--no-psqlrc", &server, "--command", &sql]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some(format!("{server}?options=-csearch_path%3D{schema}&connections=4"))
}

/// `postgres://USER@HOST:PORT/DATABASE`.
fn server() -> Option<String> {
    env::var("KEYWARD_TEST_POSTGRES").ok()
}
