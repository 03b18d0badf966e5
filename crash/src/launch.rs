//! How a server is started.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use keyward_cluster::Node;

use crate::Result;
use crate::scenario::Home;

/// The program, and what stands before it.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Such as a fault injector with its options. It must `exec`.
    wrapper: Vec<OsString>,
    /// The `keyward` program.
    program: PathBuf,
}

impl Launch {
    /// The program alone.
    #[must_use]
    pub fn plain(program: &Path) -> Self {
        Self { wrapper: Vec::new(), program: program.to_owned() }
    }

    /// The program behind a wrapper.
    #[must_use]
    pub fn wrapped<T: AsRef<OsStr>>(program: &Path, wrapper: &[T]) -> Self {
        let wrapper = wrapper.iter().map(|part| part.as_ref().to_owned()).collect();
        Self { wrapper, program: program.to_owned() }
    }

    /// Starts a server and waits for its line `ready`.
    ///
    /// # Errors
    /// When it ends or hangs instead; the message quotes the end of its log.
    pub fn start(&self, home: &Home) -> Result<Node> {
        Ok(Node::start(&mut self.command()?, &home.configuration())?)
    }

    /// Starts a server without waiting.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(&self, home: &Home) -> Result<Node> {
        Ok(Node::spawn(&mut self.command()?, &home.configuration())?)
    }

    fn command(&self) -> Result<Command> {
        let mut words = self.wrapper.iter().map(OsString::as_os_str).chain([self.program.as_os_str()]);
        let mut command = Command::new(words.next().ok_or("nothing to start")?);
        command.args(words);
        Ok(command)
    }
}
