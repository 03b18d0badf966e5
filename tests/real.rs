//! Real parts: what a test needs beyond the program itself, such as a browser or another project's client.
//!
//! They are there where `KEYWARD_REAL` is set, as in `cargo xtask test`, which installs them first. A plain `cargo test`
//! leaves such tests out and says so.

use std::collections::BTreeSet;
use std::env;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Whether `parts` are there. Says aloud, once for each, that the tests with them are left out.
pub fn are_there(parts: &'static str) -> bool {
    static SAID: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    if env::var_os("KEYWARD_REAL").is_some() {
        return true;
    }
    if SAID.lock().is_ok_and(|mut said| said.insert(parts)) {
        // Written past the capturing of test output: whoever reads it should know.
        let _ = writeln!(stderr(), "left out: every test with {parts}; `cargo xtask test` passes them");
    }
    false
}

/// Where `cargo xtask test` puts what comes from other projects' registries, and tests what they leave to look at.
pub fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("its folder is in the target folder")
}

/// The folder in which npm installed what `project` (a folder with a `package.json`) names.
pub fn npm(project: &str) -> PathBuf {
    target().join("needs").join(project)
}

/// The environment with the Python clients.
pub fn python() -> PathBuf {
    target().join("needs/python")
}

/// Node.js: the one that was installed because the machine has none or too old a one, or else the machine's.
pub fn node() -> PathBuf {
    let installed = python().join("bin/node");
    if installed.exists() { installed } else { "node".into() }
}
