//! The program's command line.

use std::io::Write;
use std::process::{Command, Stdio};

/// The program under test.
pub const KEYWARD: &str = env!("CARGO_BIN_EXE_keyward");

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The output of a command that must succeed.
    pub fn done(self) -> String {
        assert!(self.ok, "{self:?}");
        self.out
    }

    /// The complaint of a command that must fail.
    pub fn failed(self) -> String {
        assert!(!self.ok, "{self:?}");
        self.err
    }
}

/// Runs a command with `input` on its standard input.
pub fn run(command: &mut Command, input: &str) -> Said {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    // A command that does not read its input may have closed it already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Said { ok: output.status.success(), out: String::from_utf8(output.stdout).unwrap(), err: String::from_utf8(output.stderr).unwrap() }
}
