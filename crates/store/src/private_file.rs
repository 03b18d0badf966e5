//! Small files that hold a secret: nobody but their owner reads them, and they are written whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::mend;

/// A file that cannot be used.
#[derive(Debug, Error)]
pub enum PrivateFileError {
    /// Others may read it.
    #[error("{path} has mode {1:04o}: others than its owner can read it; run: chmod 600 {path}", path = .0.display())]
    Exposed(PathBuf, u32),
    /// Something else has its name.
    #[error("{path} is no file: found a folder or device; name a file", path = .0.display())]
    NoFile(PathBuf),
    /// It holds no text.
    #[error("{path} holds no text", path = .0.display())]
    NoText(PathBuf),
    /// It cannot be read or written.
    #[error("cannot use {path}: {1}; {mend}", path = .0.display(), mend = mend::of_file(.1))]
    Io(PathBuf, io::Error),
}

/// Reads a file; `None` if there is none.
///
/// # Errors
/// See [`PrivateFileError`].
pub fn read(path: &Path) -> Result<Option<Zeroizing<String>>, PrivateFileError> {
    let failed = |error| PrivateFileError::Io(path.to_owned(), error);
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    if !metadata.is_file() {
        return Err(PrivateFileError::NoFile(path.to_owned()));
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(PrivateFileError::Exposed(path.to_owned(), mode));
    }
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(PrivateFileError::NoText(path.to_owned())),
        other => other.map(|text| Some(Zeroizing::new(text))).map_err(failed),
    }
}

/// Puts `text` in the place of the file.
///
/// # Errors
/// It cannot be written; the file is as it was then.
pub fn replace(path: &Path, text: &str) -> Result<(), PrivateFileError> {
    let beside = path.with_extension("new");
    let replaced = (|| {
        write_new(&beside, text)?;
        fs::rename(&beside, path)?;
        sync_folder(path)
    })();
    replaced.map_err(|error| PrivateFileError::Io(path.to_owned(), error))
}

/// Makes the file, unless somebody else has: what is there is never replaced.
///
/// # Errors
/// It cannot be written; then it is not there.
pub fn create(path: &Path, text: &str) -> Result<(), PrivateFileError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!("{name}.{}.new", std::process::id()));
    let created = (|| {
        write_new(&beside, text)?;
        // Unlike a rename, a link never takes the place of what is there.
        let linked = match fs::hard_link(&beside, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        };
        fs::remove_file(&beside)?;
        linked?;
        sync_folder(path)
    })();
    created.map_err(|error| PrivateFileError::Io(path.to_owned(), error))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
