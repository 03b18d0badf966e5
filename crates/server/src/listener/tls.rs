//! TLS 1.2 and 1.3 with the certificate of two PEM files, which may be replaced while the server runs.
//!
//! 1. [`Certificates::load`] reads both files and checks that they belong together.
//! 2. [`Certificates::acceptor`] makes what the listener shakes hands with; every handshake asks for the current one.
//! 3. [`Certificates::reload`] (on SIGHUP) reads them again; [`Certificates::watch`] does so when the files change. What
//!    cannot be read or does not fit changes nothing: the old certificate stays.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The two files of a TLS listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// PEM: the certificate, then its intermediates.
    pub certificate: PathBuf,
    /// PEM: the key, as PKCS#8, PKCS#1 or SEC1.
    pub private_key: PathBuf,
}

/// Why a certificate cannot be used. Each names its file, and never shows what is in it.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("cannot read {file}: {cause}; check the path and that this user may read it")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// A file holds no such PEM section.
    #[error("{file} holds no {expected} in PEM form (a section `-----BEGIN {expected}-----`)")]
    NotFound {
        /// The file.
        file: PathBuf,
        /// The kind of section expected.
        expected: &'static str,
    },
    /// A file is not PEM.
    #[error("{file} is not a valid PEM file: a section is cut off or not base64")]
    NotPem {
        /// The file.
        file: PathBuf,
    },
    /// The key cannot be used, or is not the certificate's.
    #[error("the key in {private_key} does not fit the certificate in {certificate}: {cause}")]
    Unfit {
        /// The file of the key.
        private_key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
        /// What is wrong.
        cause: rustls::Error,
    },
}

/// The certificate of a listener: the current one, and how to read it again.
#[derive(Debug)]
pub struct Certificates {
    files: CertificateFiles,
    current: ArcSwap<CertifiedKey>,
    /// What the files looked like when they were last read, successfully or not.
    seen: Mutex<[Option<Stamp>; 2]>,
}

/// What tells one version of a file from the next: when it was changed and how long it is.
type Stamp = (SystemTime, u64);

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// [`CertificateError`], naming the file and the cause.
    pub fn load(files: CertificateFiles) -> Result<Arc<Self>, CertificateError> {
        let seen = Mutex::new(files.stamps());
        let current = ArcSwap::from_pointee(files.read()?);
        Ok(Arc::new(Self { files, current, seen }))
    }

    /// Reads the files again, for new connections; connections that are open keep what they have.
    ///
    /// # Errors
    /// [`CertificateError`]; the old certificate then stays in use. The error is logged here too.
    pub fn reload(&self) -> Result<(), CertificateError> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.files.stamps();
        match self.files.read() {
            Ok(certificate) => {
                self.current.store(Arc::new(certificate));
                tracing::info!(file = %self.files.certificate.display(), "the certificate was read again");
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate cannot be used; the old one stays");
                Err(error)
            }
        }
    }

    /// Reloads if a file has changed since it was last read. Answers whether it tried.
    pub fn reload_if_changed(&self) -> bool {
        let changed = *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != self.files.stamps();
        if changed {
            // The outcome is in the log; there is nobody here to tell.
            let _ = self.reload();
        }
        changed
    }

    /// Looks at the files every few seconds for as long as the certificate is in use.
    pub(super) fn watch(self: &Arc<Self>) {
        let watched = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let Some(certificates) = Weak::upgrade(&watched) else { return };
                // Reading files blocks; a thread for blocking work does it.
                let looked = tokio::task::spawn_blocking(move || certificates.reload_if_changed());
                if looked.await.is_err() {
                    return;
                }
            }
        });
    }

    /// What accepts TLS connections: versions 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN.
    ///
    /// # Errors
    /// Only if the cryptography library refuses its own defaults.
    pub(super) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl CertificateFiles {
    fn stamps(&self) -> [Option<Stamp>; 2] {
        let stamp = |file: &Path| {
            let metadata = std::fs::metadata(file).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        [stamp(&self.certificate), stamp(&self.private_key)]
    }

    fn read(&self) -> Result<CertifiedKey, CertificateError> {
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unusable(&self.certificate, "CERTIFICATE", error))?;
        if chain.is_empty() {
            return Err(unusable(&self.certificate, "CERTIFICATE", pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_file(&self.private_key).map_err(|error| unusable(&self.private_key, "PRIVATE KEY", error))?;
        CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|cause| CertificateError::Unfit {
            private_key: self.private_key.clone(),
            certificate: self.certificate.clone(),
            cause,
        })
    }
}

fn unusable(file: &Path, expected: &'static str, error: pem::Error) -> CertificateError {
    let file = file.to_owned();
    match error {
        pem::Error::Io(cause) => CertificateError::Unreadable { file, cause },
        pem::Error::NoItemsFound => CertificateError::NotFound { file, expected },
        _ => CertificateError::NotPem { file },
    }
}
