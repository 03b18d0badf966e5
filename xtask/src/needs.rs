//! What a machine must have beyond the Rust toolchain, and how it gets it.
//!
//! 1. Debian packages by `apt-get` (as root; anybody else is told the command), cargo's own tools by `cargo install`.
//! 2. What comes from other projects' registries goes to `target/needs` ([`foreign`]).
//!
//! Whatever is there already is left alone, and the network with it.

mod foreign;

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{cargo, command, run};

/// One thing the tests need.
struct Need {
    /// A program on the PATH, or an absolute file; it is there when the need is met. `*` stands for a folder of any name.
    probe: &'static str,
    /// Where it comes from.
    source: Source,
    /// What it is needed for.
    because: &'static str,
}

enum Source {
    /// This Debian package.
    Debian(&'static str),
    /// This crate in this version, without optimization: building it takes longer than running it.
    Crate(&'static str, &'static str),
}

/// Everything `cargo xtask test` needs. What a new test needs is a new row.
const NEEDS: &[Need] = &[
    Need { probe: "curl", source: Source::Debian("curl"), because: "the curl lines of the README are run as they stand" },
    Need { probe: "g++", source: Source::Debian("g++"), because: "libFuzzer is built from source" },
    Need { probe: "fiu-run", source: Source::Debian("fiu-utils"), because: "system calls fail while the server writes" },
    Need { probe: "chromium", source: Source::Debian("chromium"), because: "pages are looked at in a real browser" },
    Need { probe: "chromedriver", source: Source::Debian("chromium-driver"), because: "something must use that browser" },
    Need {
        probe: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        source: Source::Debian("fonts-dejavu-core"),
        because: "pages have letters in that browser",
    },
    Need { probe: "/usr/sbin/slapd", source: Source::Debian("slapd"), because: "people of another directory log in" },
    Need { probe: "/usr/lib/postgresql/*/bin/postgres", source: Source::Debian("postgresql"), because: "several nodes share a database" },
    Need { probe: "/usr/sbin/pgbouncer", source: Source::Debian("pgbouncer"), because: "nodes share its connections" },
    Need { probe: "/usr/sbin/haproxy", source: Source::Debian("haproxy"), because: "clients do not notice that nodes restart" },
    Need { probe: "python3", source: Source::Debian("python3-venv"), because: "clients in Python get tokens" },
    Need {
        probe: "cargo-deny",
        source: Source::Crate("cargo-deny", "0.20.2"),
        because: "the import rule, licences and sources (deny.toml)",
    },
    Need { probe: "cargo-bolero", source: Source::Crate("cargo-bolero", "0.13.5"), because: "fuzzing on the stable toolchain" },
];

/// What Debian wants to know before it installs: its own LDAP server stays without a configuration, its own PostgreSQL without
/// a database, and so they do not run.
const ANSWERS: &str = "echo slapd slapd/no_configuration boolean true | debconf-set-selections && \
    mkdir -p /etc/postgresql-common/createcluster.d && \
    echo create_main_cluster = false > /etc/postgresql-common/createcluster.d/none.conf";

/// Installs what is missing; an error names exactly what to install by hand.
pub fn install() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !is_there(need.probe)).collect();
    for need in &missing {
        println!("  {} is missing: {}", need.probe, need.because);
    }
    let packages: Vec<&str> = missing
        .iter()
        .filter_map(|need| match need.source {
            Source::Debian(package) => Some(package),
            Source::Crate(..) => None,
        })
        .collect();
    install_packages(&packages)?;
    for need in &missing {
        if let Source::Crate(name, version) = need.source {
            let mut install = cargo(&["install", "--locked", "--debug", "--quiet", name, "--version", version]);
            run(install.env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
        }
    }
    if let Some(need) = NEEDS.iter().find(|need| !is_there(need.probe)) {
        bail!("{} was installed but is still not found: is cargo's bin folder on the PATH?", need.probe);
    }
    if !foreign::python_makes_environments() {
        // Debian has Python without the part that makes environments.
        install_packages(&["python3-venv"])?;
    }
    foreign::install()
}

fn install_packages(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let by_hand = format!("{ANSWERS} && apt-get update && apt-get install --yes --no-install-recommends {}", packages.join(" "));
    if !is_there("apt-get") {
        bail!("expected a Debian machine with apt-get; install by hand what these Debian packages hold: {packages:?}");
    }
    if !rustix::process::geteuid().is_root() {
        bail!("packages are missing and only root can install them. Run this once:\n  sudo sh -c '{by_hand}'");
    }
    run(&mut command("sh", &["-c", ANSWERS]))?;
    run(&mut command("apt-get", &["update", "--quiet=2"]))?;
    let mut install = command("apt-get", &["install", "--yes", "--quiet=2", "--no-install-recommends"]);
    run(install.args(packages).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Whether `probe` is a file, or a program in a folder of the PATH.
fn is_there(probe: &str) -> bool {
    if let Some((above, below)) = probe.split_once("/*/") {
        return fs::read_dir(above).is_ok_and(|folders| folders.flatten().any(|folder| folder.path().join(below).is_file()));
    }
    let on_path = |folder: &Path| folder.join(probe).is_file();
    Path::new(probe).is_absolute() && Path::new(probe).is_file()
        || env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| on_path(&folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_names_a_program_a_file_or_a_file_in_some_folder() {
        for there in ["sh", "/bin/sh", "/usr/*/sh"] {
            assert!(is_there(there), "{there}");
        }
        for missing in ["no-such-program", "/bin/no-such-program", "/usr/*/no-such-program", "/no-such-folder/*/sh"] {
            assert!(!is_there(missing), "{missing}");
        }
    }
}
