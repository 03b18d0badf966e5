//! Other programs, run aloud: the line that is run is printed first, so it can be repeated by hand.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the workspace: every command runs there.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// `program` with `arguments`, in the folder of the workspace.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// The cargo that runs this command, with `arguments`.
pub fn cargo(arguments: &[&str]) -> Command {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    command(&cargo, arguments)
}

/// Runs `command` and fails unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    say(command);
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` ended with {status}; its own output above says why", line_of(command));
    }
    Ok(())
}

/// Runs `command`, passes on every line it prints to standard output, and gives each of them to `see`.
pub fn run_and_watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<()> {
    say(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(command))?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            see(&line);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` ended with {status}; its own output above says why", line_of(command));
    }
    Ok(())
}

/// What `command` prints on standard output; fails unless it succeeds.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("`{}` ended with {}:\n{}", line_of(command), output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn say(command: &Command) {
    println!("  $ {}", line_of(command));
}

fn cannot_start(command: &Command) -> String {
    format!("`{}` cannot be started: is it installed and on the PATH?", line_of(command))
}

/// The command as one would type it: `KEYWARD_REAL=1 cargo test --workspace`.
fn line_of(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.to_string_lossy(), value?.to_string_lossy())));
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    variables.chain([program.to_string_lossy().into_owned()]).chain(arguments).collect::<Vec<_>>().join(" ")
}
