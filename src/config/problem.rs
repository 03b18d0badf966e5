//! What is wrong with a configuration file, told so that it can be mended.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// One thing that is wrong, or (as a warning) that the operator should know. Never shows a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The configuration file.
    pub file: Arc<Path>,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The setting, such as `tokens.access_lifetime`; empty where the file is no TOML.
    pub key: String,
    /// What was expected, what was found, how to mend it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { file, line, column, key, message } = self;
        write!(f, "{}:{line}:{column}: ", file.display())?;
        if !key.is_empty() {
            write!(f, "{key}: ")?;
        }
        f.write_str(message)
    }
}

/// Why there is no configuration.
#[derive(Debug)]
pub enum LoadError {
    /// The file cannot be read.
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// It can be read, and this is wrong with it: at least one problem, in the order of the file.
    Invalid(Vec<Problem>),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Unreadable { file, cause } => {
                write!(f, "cannot read the configuration file {}: {cause}; ", file.display())?;
                f.write_str(match cause.kind() {
                    io::ErrorKind::NotFound => "name another with --config FILE, or make one with: keyward init DIR",
                    io::ErrorKind::InvalidData => "save it as UTF-8",
                    _ => "check that it is a file and that this user may read it",
                })
            }
            LoadError::Invalid(problems) => {
                for problem in problems {
                    writeln!(f, "{problem}")?;
                }
                match problems.len() {
                    1 => f.write_str("1 problem in the configuration"),
                    many => write!(f, "{many} problems in the configuration"),
                }
            }
        }
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LoadError::Unreadable { cause, .. } => Some(cause),
            LoadError::Invalid(_) => None,
        }
    }
}
