//! Names of sockets that the system takes, however deep their folder lies.
//!
//! A socket's address has room for some hundred bytes. Linux knows every open folder by a short name as well.

use std::{
    fs::File,
    io,
    os::{fd::AsRawFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
};

/// The longest path that fits into an address on every system (104 bytes with the end mark on the BSDs and macOS).
const LONGEST: usize = 103;

/// A way to a socket, good while this is held.
pub(super) struct Reach {
    path: PathBuf,
    /// Keeps the short name of the folder valid.
    _folder: Option<File>,
}

impl Reach {
    /// A short way to `path`, which need not exist.
    pub(super) fn to(path: &Path) -> io::Result<Self> {
        if path.as_os_str().as_bytes().len() <= LONGEST {
            return Ok(Reach { path: path.to_owned(), _folder: None });
        }
        let (Some(folder), Some(name), true) = (path.parent(), path.file_name(), cfg!(target_os = "linux")) else {
            return Err(too_long());
        };
        let folder = File::open(folder)?;
        let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name);
        match short.as_os_str().as_bytes().len() <= LONGEST {
            true => Ok(Reach { path: short, _folder: Some(folder) }),
            false => Err(too_long()),
        }
    }

    /// What to give to the system.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidFilename, "the path is too long for a socket; give the database a shorter one in store.url")
}
