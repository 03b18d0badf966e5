//! `cargo xtask guards`: takes out one guard of the store or the rules after the other, and sees the crash test turn red. A test
//! that cannot fail proves nothing.
//!
//! 1. The sources that git knows, as they are here, are copied to `target/guards/source`; they are built in `target/guards/build`.
//! 2. For each row of [`GUARDS`] one place in them is changed, the program is built, and `keyward-crash` is run with it.
//! 3. It must see a violation.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::command::{self, cargo, root, run};

/// What `cargo xtask guards` can be told.
#[derive(clap::Args)]
pub struct Options {
    /// Take out only the guards whose name contains this
    #[arg(long)]
    only: Option<String>,
}

/// One guard.
struct Guard {
    /// What it guards.
    name: &'static str,
    file: &'static str,
    /// The text with the guard, which must be there once.
    with: &'static str,
    /// The same without it.
    without: &'static str,
    /// The run that must fail.
    arguments: &'static str,
}

const STATEMENTS: &str = "crates/store/src/statement.rs";
const CHECKS: &str = "crates/rules/src/check.rs";
const RACE: &str = "race --database postgres --objects 3000";
const KILL: &str = "kill --kills 5 --objects 20000";
const LOSE_ANSWERS: &str = "kill --database postgres --kills 60 --workers 16";

const GUARDS: &[Guard] = &[
    Guard {
        name: "a refresh token is exchanged once",
        file: STATEMENTS,
        with: "attempt = $5\n         WHERE id = $1 AND generation = $2",
        without: "attempt = $5\n         WHERE id = $1 AND $2 = $2",
        arguments: RACE,
    },
    Guard {
        name: "a code is redeemed once",
        file: STATEMENTS,
        with: "AND redeemed_at IS NULL AND code_key IS NOT NULL",
        without: "AND code_key IS NOT NULL",
        arguments: RACE,
    },
    Guard {
        name: "an attempt knows itself again",
        file: STATEMENTS,
        with: "WHERE id = $1 AND attempt = $2",
        without: "WHERE id = $1 AND attempt = $2 AND 1 = 0",
        arguments: LOSE_ANSWERS,
    },
    Guard {
        name: "a revoked authorization has ended",
        file: CHECKS,
        with: "if authorization.revoked_at.is_some()",
        without: "if false",
        arguments: KILL,
    },
    Guard {
        name: "what a user revoked altogether has ended",
        file: CHECKS,
        with: "Some(user) if user.epoch != authorization.user_epoch",
        without: "Some(_) if false",
        arguments: KILL,
    },
    Guard {
        name: "what a withdrawn consent allowed has ended",
        file: CHECKS,
        with: "authorization.consent_epoch != grounds.consent_epoch",
        without: "false",
        arguments: KILL,
    },
    Guard {
        name: "what a client held when all of it was revoked has ended",
        file: CHECKS,
        with: "authorization.client_epoch != client.epoch",
        without: "false",
        arguments: KILL,
    },
    Guard {
        name: "what was authorized in a session ends with it",
        file: CHECKS,
        with: "session.ended_at.is_some()",
        without: "session.ended_at.is_some() && false",
        arguments: KILL,
    },
];

/// Takes out the guards that `options` asks for.
pub fn guards(options: &Options) -> Result<()> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join("guards");
    let (source, build) = (target.join("source"), target.join("build"));
    let prefix = format!("--prefix={}/", source.display());
    run(&mut command::command("git", &["checkout-index", "--all", "--force", &prefix]))?;
    run(&mut cargo(&["build", "--package", "keyward-crash"]))?;
    for guard in GUARDS.iter().filter(|guard| options.only.as_ref().is_none_or(|part| guard.name.contains(part.as_str()))) {
        println!("\nWithout this: {}", guard.name);
        let file = source.join(guard.file);
        let text = fs::read_to_string(&file)?;
        if text.matches(guard.with).count() != 1 {
            bail!(
                "expected {:?} once in {}, found it {} times: mend the row in xtask/src/guards.rs",
                guard.with,
                guard.file,
                text.matches(guard.with).count()
            );
        }
        fs::write(&file, text.replace(guard.with, guard.without))?;
        let failed = built(&source, &build).and_then(|program| fails(guard, &program));
        fs::write(&file, text)?;
        failed?;
    }
    Ok(())
}

/// The program without a guard.
fn built(source: &Path, build: &Path) -> Result<PathBuf> {
    // A guard that is out leaves things unused; that is no error here.
    run(cargo(&["build", "--package", "keyward", "--target-dir"]).arg(build).current_dir(source).env("RUSTFLAGS", ""))?;
    Ok(build.join("debug/keyward"))
}

fn fails(guard: &Guard, program: &Path) -> Result<()> {
    let mut crash: Command = cargo(&["run", "--quiet", "--package", "keyward-crash", "--"]);
    crash.args(guard.arguments.split(' ')).arg("--program").arg(program);
    let output = crash.output().context("keyward-crash cannot be started")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let Some(seen) = said.lines().find(|line| line.contains("FAILED") && line.contains(": request ")) else {
        bail!("expected `keyward-crash {}` to see a violation, found:\n{said}", guard.arguments);
    };
    println!("  seen: {}", seen.trim());
    Ok(())
}
