//! The suite on PostgreSQL: where the environment names a server, every set-up has a schema of its own there.

use std::env;
use std::path::Path;
use std::process::Command;

/// Whether the set-ups are on PostgreSQL. What is about the file of a store, or about the one process that has it open, has nothing to
/// try then.
pub fn is_the_store() -> bool {
    server().is_some()
}

/// The store of the set-up in `folder`, made if it is not there; none where the suite runs on SQLite.
pub fn url(folder: &Path) -> Option<String> {
    let server = server()?;
    let schema = folder.file_name()?.as_encoded_bytes().iter().fold("t".to_owned(), |name, byte| format!("{name}{byte:02x}"));
    psql(&server, &format!("CREATE SCHEMA {schema}"));
    Some(format!("{server}?options=-csearch_path%3D{schema}&connections=4"))
}

/// Runs a statement; returns what it found, or how many rows it changed.
pub fn psql(url: &str, sql: &str) -> String {
    // Known to the program alone.
    let url = url.trim_end_matches("&connections=4");
    let quietly = ["--no-psqlrc", "--tuples-only", "--no-align"];
    let ran = Command::new("psql").args(quietly).args([url, "--command", sql]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// `postgres://USER@HOST:PORT/DATABASE`.
fn server() -> Option<String> {
    env::var("KEYWARD_TEST_POSTGRES").ok()
}
