//! What is wrong with the operator's part of the pages.

use std::{io, path::PathBuf};

/// Why pages cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// A file or folder that the configuration names cannot be read.
    #[error("cannot read {}: {cause}; check that it is there and that this user may read it", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The logo is no picture that is known, or too large.
    #[error("{}: expected a PNG, SVG, WebP or JPEG picture of at most 512 KiB, found another file; convert it", path.display())]
    Logo {
        /// The file.
        path: PathBuf,
    },
    /// A file in the folder of templates has a name that none of the pages has.
    #[error(
        "{}: expected one of {known}, found a template that no page uses; rename it, or begin its name with _ if others include it",
        path.display()
    )]
    UnknownTemplate {
        /// The file.
        path: PathBuf,
        /// The names there are.
        known: String,
    },
    /// A template is broken, or fails with the data it gets.
    #[error("{file}:{line}: {message}")]
    Template {
        /// The file, or the name of the built-in template.
        file: String,
        /// The line, counted from 1; 0 where it is not known.
        line: usize,
        /// What is wrong.
        message: String,
    },
}
