//! The administrators' own token: a file beside the configuration, made at the first start, for who has the machine but no password.
//!
//! It holds `token=` and 256 random bits, so that `curl -d @adminToken` sends it. Whoever replaces it reloads the server.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use aws_lc_rs::{constant_time, digest};
use keyward_store::private_file::{self, PrivateFileError};
use secrecy::ExposeSecret;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::client_secret;

/// What the file begins with.
const PARAMETER: &str = "token=";
/// No token is shorter: shorter ones can be guessed.
const SHORTEST: usize = 22;

/// How the token is recognised.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken([u8; 32]);

/// A token that cannot be had.
#[derive(Debug, Error)]
pub enum AdminTokenError {
    /// The file cannot be used.
    #[error("the administrators' token: {0}")]
    File(#[from] PrivateFileError),
    /// It holds something else.
    #[error(
        "{path} holds no administrators' token: expected one line {PARAMETER} with at least {SHORTEST} characters after it; remove the file to have it made anew",
        path = .0.display()
    )]
    Malformed(PathBuf),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Random,
}

impl AdminToken {
    /// Reads it; `None` if there is none.
    ///
    /// # Errors
    /// See [`AdminTokenError`].
    pub fn load(path: &Path) -> Result<Option<Self>, AdminTokenError> {
        let Some(text) = private_file::read(path)? else { return Ok(None) };
        let malformed = || AdminTokenError::Malformed(path.to_owned());
        let token = text.trim().strip_prefix(PARAMETER).ok_or_else(malformed)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        if token.len() < SHORTEST || !token.bytes().all(plain) {
            return Err(malformed());
        }
        Ok(Some(AdminToken(digest_of(token))))
    }

    /// Reads it; makes one if there is none.
    ///
    /// # Errors
    /// See [`AdminTokenError`].
    pub fn load_or_create(path: &Path) -> Result<Self, AdminTokenError> {
        if let Some(own) = AdminToken::load(path)? {
            return Ok(own);
        }
        let made = client_secret::generate().map_err(|_| AdminTokenError::Random)?;
        private_file::create(path, &Zeroizing::new(format!("{PARAMETER}{}\n", made.expose_secret())))?;
        // Of two that begin at once, one makes the file.
        AdminToken::load(path)?.ok_or_else(|| AdminTokenError::Malformed(path.to_owned()))
    }

    /// Whether `presented` is it. Takes the same time whatever differs.
    #[must_use]
    pub fn is(&self, presented: &str) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &digest_of(presented)).is_ok()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(..)")
    }
}

fn digest_of(token: &str) -> [u8; 32] {
    let mut own = [0; 32];
    own.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    own
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::string_slice, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use std::{
        fs,
        os::unix::fs::{MetadataExt, PermissionsExt},
    };

    use super::*;

    #[test]
    fn req_d01_a_first_start_makes_a_token_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("adminToken");
        let own = AdminToken::load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        let token = text.trim().strip_prefix("token=").unwrap();
        assert!(own.is(token) && token.len() == 43);
        assert!(!own.is("") && !own.is(&token[1..]) && !own.is(&text));
        assert_eq!(AdminToken::load_or_create(&path).unwrap(), own);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn sec_q09_of_two_first_starts_at_once_one_makes_the_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("adminToken");
        let own = AdminToken::load_or_create(&path).unwrap();
        // The other has seen no file either, and comes a moment later.
        private_file::create(&path, "token=another-one-that-comes-too-late\n").unwrap();
        assert_eq!(AdminToken::load(&path).unwrap(), Some(own));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_read_or_that_holds_no_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("adminToken");
        for text in ["", "token=", "token=short", "0123456789012345678901234567890123456789", "token=01234567890123456789 123456789"] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = AdminToken::load(&path).unwrap_err();
            assert!(matches!(error, AdminTokenError::Malformed(_)), "{text}: {error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = AdminToken::load(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}
