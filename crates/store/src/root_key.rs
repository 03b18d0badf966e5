//! The root key: the one secret outside the database, and what every key inside is encrypted with.
//!
//! 1. It is read from a file that only its owner may read, or from an environment variable; at the very first start
//!    a file is made.
//! 2. [`RootKeys::wrap`] and [`RootKeys::unwrap`] encrypt the keys of the store, bound to their id and use.
//! 3. While it is being replaced the file holds two lines, the new key first: whatever moment the power fails, what is in
//!    the database can be read.

#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey},
    digest,
    rand::SecureRandom,
};
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    key_ring::{KeyUse, WrappedKey},
    model::authorization::KeyId,
};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    mend,
    private_file::{self, PrivateFileError},
};

/// What a line of the file begins with.
const LINE: &str = "keyward-root-key-1:";
const LABEL: &[u8] = b"keyward root key 1";

/// Where the root key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootKeySource {
    /// In this file.
    File(PathBuf),
    /// In this environment variable, written as a line of the file would be.
    Variable(String),
}

impl fmt::Display for RootKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RootKeySource::File(path) => write!(f, "the file {}", path.display()),
            RootKeySource::Variable(name) => write!(f, "the environment variable {name}"),
        }
    }
}

/// A root key that cannot be had.
#[derive(Debug, Error)]
pub enum RootKeyError {
    /// It is not there, but the database holds keys that need it.
    #[error(
        "the root key is missing: {0} does not exist, but the database holds keys encrypted with it; put the root key back (it is no part of a backup)"
    )]
    Missing(RootKeySource),
    /// The variable that should hold it is not set, and there is nothing to make it for.
    #[error("{0} is not set: put a root key into it, a line made by: echo {LINE}$(head -c 32 /dev/urandom | base64 | tr +/ -_ | tr -d =)")]
    Unset(RootKeySource),
    /// Others may read it.
    #[error("the root key {path} has mode {1:04o}: others than its owner can read it; run: chmod 600 {path}", path = .0.display())]
    Exposed(PathBuf, u32),
    /// It is not what a root key looks like.
    #[error("{0} holds no root key: expected a line {LINE} with 43 characters of base64url after it")]
    Malformed(RootKeySource),
    /// It is another one than the database needs.
    #[error("the root key in {0} is not the one the database's keys are encrypted with; put the right one back")]
    Wrong(RootKeySource),
    /// Something else has its name.
    #[error("the root key {path} is no file: expected one that holds the key, found a folder or device; name a file", path = .0.display())]
    NoFile(PathBuf),
    /// It cannot be read or written.
    #[error("cannot use the root key in {0}: {1}; {mend}", mend = mend::of_file(.1))]
    Io(RootKeySource, io::Error),
    /// It is in a variable, which cannot be rewritten from here.
    #[error("the root key is in {0}, which only whoever sets it can change; move it to a file to rotate it")]
    NotAFile(RootKeySource),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Random,
}

/// The root key, and while it is being replaced its predecessor.
pub struct RootKeys {
    source: RootKeySource,
    keys: Vec<RootKey>,
}

struct RootKey {
    id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
    sealing: LessSafeKey,
}

impl RootKey {
    fn new(bytes: Zeroizing<[u8; 32]>) -> Option<Self> {
        let mut named = digest::Context::new(&digest::SHA256);
        named.update(LABEL);
        named.update(&*bytes);
        let id = KeyId::from_be_bytes(*named.finish().as_ref().first_chunk()?);
        let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, &*bytes).ok()?);
        Some(RootKey { id, bytes, sealing })
    }

    fn generate(random: &dyn SecureRandom) -> Result<Self, RootKeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes).map_err(|_| RootKeyError::Random)?;
        RootKey::new(bytes).ok_or(RootKeyError::Random)
    }

    fn line(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{LINE}{}\n", BASE64URL_NOPAD.encode(&*self.bytes)))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut decoded = BASE64URL_NOPAD.decode(line.trim().strip_prefix(LINE)?.as_bytes()).ok()?;
        let bytes = decoded.as_slice().try_into().ok().map(Zeroizing::new);
        decoded.zeroize();
        RootKey::new(bytes?)
    }
}

impl RootKeys {
    /// Reads the root key; `None` if there is none.
    ///
    /// # Errors
    /// See [`RootKeyError`].
    pub fn load(source: &RootKeySource) -> Result<Option<Self>, RootKeyError> {
        let text = match source {
            RootKeySource::Variable(name) => std::env::var(name).ok().map(Zeroizing::new),
            RootKeySource::File(path) => private_file::read(path).map_err(|error| in_file(source, error))?,
        };
        let Some(text) = text else { return Ok(None) };
        let keys = text.lines().filter(|line| !line.trim().is_empty()).map(RootKey::parse).collect::<Option<Vec<_>>>();
        let keys = keys.filter(|keys| !keys.is_empty()).ok_or_else(|| RootKeyError::Malformed(source.clone()))?;
        Ok(Some(RootKeys { source: source.clone(), keys }))
    }

    /// Reads the root key; makes one if there is none and nothing in the store needs one.
    ///
    /// # Errors
    /// See [`RootKeyError`].
    pub fn load_or_create(source: &RootKeySource, stored: &[WrappedKey], random: &dyn SecureRandom) -> Result<Self, RootKeyError> {
        let own = match (RootKeys::load(source)?, source) {
            (Some(own), _) => own,
            (None, _) if !stored.is_empty() => return Err(RootKeyError::Missing(source.clone())),
            (None, RootKeySource::Variable(_)) => return Err(RootKeyError::Unset(source.clone())),
            (None, RootKeySource::File(path)) => {
                let key = RootKey::generate(random)?;
                write(source, path, std::slice::from_ref(&key))?;
                RootKeys { source: source.clone(), keys: vec![key] }
            }
        };
        match own.opens(stored) {
            true => Ok(own),
            false => Err(RootKeyError::Wrong(source.clone())),
        }
    }

    /// Reads it anew from where it was read before; if that is not possible, the present one stays.
    ///
    /// # Errors
    /// See [`RootKeyError`].
    pub fn read_anew(&mut self) -> Result<(), RootKeyError> {
        *self = RootKeys::load(&self.source)?.ok_or_else(|| RootKeyError::Missing(self.source.clone()))?;
        Ok(())
    }

    /// Whether all of these keys are encrypted with it.
    #[must_use]
    pub fn opens(&self, stored: &[WrappedKey]) -> bool {
        stored.iter().all(|key| self.unwrap(key).is_some())
    }

    /// Puts a new root key before the present one, in the file as well.
    ///
    /// # Errors
    /// The key is not in a file, or the file cannot be written; then the present one stays in use, for what a key that is in
    /// memory alone encrypts, nobody could read after a restart.
    pub fn renew(&mut self, random: &dyn SecureRandom) -> Result<(), RootKeyError> {
        self.keys.insert(0, RootKey::generate(random)?);
        self.save().inspect_err(|_| {
            // What is written nowhere must encrypt nothing.
            self.keys.remove(0);
        })
    }

    /// Drops all root keys but the first, once nothing needs them.
    ///
    /// # Errors
    /// The key is not in a file, or the file cannot be written.
    pub fn forget_old(&mut self) -> Result<(), RootKeyError> {
        self.keys.truncate(1);
        self.save()
    }

    fn save(&self) -> Result<(), RootKeyError> {
        match &self.source {
            RootKeySource::File(path) => write(&self.source, path, &self.keys),
            RootKeySource::Variable(_) => Err(RootKeyError::NotAFile(self.source.clone())),
        }
    }

    /// Encrypts the bytes of a key; `key` says which, and gets them.
    ///
    /// # Errors
    /// The random source failed.
    pub fn wrap(&self, key: &mut WrappedKey, bytes: &[u8], random: &dyn SecureRandom) -> Result<(), RootKeyError> {
        let root = self.keys.first().ok_or(RootKeyError::Random)?;
        let mut nonce = [0; 12];
        random.fill(&mut nonce).map_err(|_| RootKeyError::Random)?;
        let mut sealed = bytes.to_vec();
        root.sealing
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound(key.id, key.usage)), &mut sealed)
            .map_err(|_| RootKeyError::Random)?;
        key.wrapped = nonce.iter().copied().chain(sealed).collect();
        key.root_key = root.id;
        Ok(())
    }

    /// Decrypts a key; `None` if it was not encrypted with any root key at hand, or was changed since.
    #[must_use]
    pub fn unwrap(&self, key: &WrappedKey) -> Option<Zeroizing<Vec<u8>>> {
        let root = self.keys.iter().find(|root| root.id == key.root_key)?;
        let (nonce, sealed) = key.wrapped.split_at_checked(12)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let opened = root.sealing.open_in_place(nonce, Aad::from(bound(key.id, key.usage)), &mut bytes).ok()?.len();
        bytes.truncate(opened);
        Some(bytes)
    }
}

impl fmt::Debug for RootKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKeys({} in {})", self.keys.len(), self.source)
    }
}

/// What a wrapped key is bound to: moved to another row, it does not open.
fn bound(id: KeyId, usage: KeyUse) -> Vec<u8> {
    [LABEL, &id.to_be_bytes(), usage.as_str().as_bytes()].concat()
}

fn in_file(source: &RootKeySource, error: PrivateFileError) -> RootKeyError {
    match error {
        PrivateFileError::Exposed(path, mode) => RootKeyError::Exposed(path, mode),
        PrivateFileError::NoFile(path) => RootKeyError::NoFile(path),
        PrivateFileError::NoText(_) => RootKeyError::Malformed(source.clone()),
        PrivateFileError::Io(_, error) => RootKeyError::Io(source.clone(), error),
    }
}

fn write(source: &RootKeySource, path: &Path, keys: &[RootKey]) -> Result<(), RootKeyError> {
    let mut text = Zeroizing::new(String::with_capacity(128 * keys.len()));
    keys.iter().for_each(|key| text.push_str(&key.line()));
    private_file::replace(path, &text).map_err(|error| in_file(source, error))
}
