//! Where a PostgreSQL database is: `postgres://user:password@host:port/database?…`. The password is never shown.
//!
//! After the `?` it may have parameters of PostgreSQL's own programs: those that tokio-postgres knows, `sslrootcert`, `sslcert` and
//! `sslkey`. `sslmode` is `disable` or `verify-full`: the default, except for loopback addresses and Unix sockets without an
//! `sslrootcert`. Two are ours: `connections`, how many this node keeps at most, and `statements`, whether they have names.

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use thiserror::Error;
use tokio_postgres::config::{Config, Host, SslMode, TargetSessionAttrs};

use super::PATIENCE;

/// How many connections a node keeps at most, unless the address says so.
const CONNECTIONS: usize = 16;
/// How often a connection that is silent is probed: the system looks only then whether it has been for too long.
const PROBES: Duration = Duration::from_secs(1);
/// What connections are called in the database's own lists.
const NAME: &str = "keyward";

/// An address that was understood.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    config: Config,
    connections: usize,
    has_names: bool,
    root_certificates: Option<PathBuf>,
    certificate: Option<PathBuf>,
    private_key: Option<PathBuf>,
}

/// What is wrong with an address, and how to mend it. It shows nothing of the password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IllegalAddress {
    /// It is none.
    #[error("write postgres://USER:PASSWORD@HOST:PORT/DATABASE: {0}")]
    Form(String),
    /// A parameter has another value than it can have.
    #[error("{0} must be {1}")]
    Parameter(&'static str, &'static str),
    /// There is nothing to verify the server's certificate by.
    #[error(
        "add sslrootcert=FILE, the certificates that the server's own is verified by; or sslmode=disable on a network that nobody else is on"
    )]
    NoRootCertificates,
    /// A file cannot be used.
    #[error("{0} cannot be read as {1} in PEM form: {2}")]
    File(PathBuf, &'static str, String),
    /// Certificate and key do not fit.
    #[error("sslcert and sslkey do not fit together: {0}")]
    Unfit(String),
}

impl FromStr for Address {
    type Err = IllegalAddress;

    fn from_str(text: &str) -> Result<Self, IllegalAddress> {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let mut own = Address {
            config: Config::new(),
            connections: CONNECTIONS,
            has_names: false,
            root_certificates: None,
            certificate: None,
            private_key: None,
        };
        let (mut sslmode, mut rest) = (None, Vec::new());
        let path = |name, file: &str| match file {
            "" => Err(IllegalAddress::Parameter(name, "the path of a file")),
            _ => Ok(Some(PathBuf::from(file))),
        };
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=').unwrap_or((parameter, "")) {
                ("sslmode", mode) => sslmode = Some(mode.to_owned()),
                ("sslrootcert", file) => own.root_certificates = path("sslrootcert", file)?,
                ("sslcert", file) => own.certificate = path("sslcert", file)?,
                ("sslkey", file) => own.private_key = path("sslkey", file)?,
                ("connections", number) => {
                    let number = number.parse().ok().filter(|number| (1..=1000).contains(number));
                    own.connections = number.ok_or(IllegalAddress::Parameter("connections", "a number from 1 to 1000"))?;
                }
                ("statements", "named") => own.has_names = true,
                ("statements", "unnamed") => own.has_names = false,
                ("statements", _) => return Err(IllegalAddress::Parameter("statements", "named or unnamed")),
                // It would be another place than the one that is named, verified and shown.
                ("hostaddr", _) => return Err(IllegalAddress::Parameter("hostaddr", "left out; write the address as the host")),
                _ => rest.push(parameter),
            }
        }
        // Two connections have to be there to see that they are not one.
        if own.has_names && own.connections < 2 {
            return Err(IllegalAddress::Parameter("statements", "unnamed with connections=1"));
        }
        let joined = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        own.config = joined.parse().map_err(|error: tokio_postgres::Error| IllegalAddress::Form(form(&error)))?;
        if own.config.get_hosts().is_empty() {
            return Err(IllegalAddress::Form("there is no host".to_owned()));
        }
        if own.config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(name) if name.contains('@'))) {
            return Err(IllegalAddress::Form("there is an @ too many; write %40 for one in the password".to_owned()));
        }
        if own.config.get_dbname().is_none_or(str::is_empty) {
            return Err(IllegalAddress::Form("there is no database".to_owned()));
        }
        let mode = match sslmode.as_deref() {
            Some("disable") if own.root_certificates.is_some() => {
                return Err(IllegalAddress::Parameter("sslmode", "verify-full where there is an sslrootcert"));
            }
            Some("disable") => SslMode::Disable,
            None if own.config.get_hosts().iter().all(is_this_machine) && own.root_certificates.is_none() => SslMode::Disable,
            Some("verify-full") | None => SslMode::Require,
            Some(_) => return Err(IllegalAddress::Parameter("sslmode", "verify-full, with sslrootcert=FILE, or disable")),
        };
        own.config.ssl_mode(mode).application_name(NAME);
        if mode == SslMode::Require && own.root_certificates.is_none() {
            return Err(IllegalAddress::NoRootCertificates);
        }
        Ok(own)
    }
}

/// What the parser says, which never repeats what it was given but for the names of options.
fn form(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

impl Address {
    /// The same, with relative paths of files resolved.
    #[must_use]
    pub fn with_files(self, resolve: impl Fn(&Path) -> PathBuf) -> Self {
        let resolved = |file: Option<PathBuf>| file.map(|file| resolve(&file));
        Address {
            root_certificates: resolved(self.root_certificates),
            certificate: resolved(self.certificate),
            private_key: resolved(self.private_key),
            ..self
        }
    }

    /// How to connect: to a server that may write, and in a way in which one that went silent is noticed.
    pub(super) fn connection(&self) -> Config {
        let mut config = self.config.clone();
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.keepalives_idle(PATIENCE).keepalives_interval(PROBES).tcp_user_timeout(PATIENCE);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        config
    }

    /// Whether it holds a password, and is not to be seen.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// How many connections a node keeps at most.
    pub(super) fn connections(&self) -> usize {
        self.connections
    }

    /// Checks that the files it names can be used. Connects to nothing.
    ///
    /// # Errors
    /// See [`IllegalAddress`].
    pub fn check(&self) -> Result<(), IllegalAddress> {
        self.tls().map(drop)
    }

    /// Whether statements have names: no pooler in between gives its connections to several askers in turn.
    pub(super) fn has_names(&self) -> bool {
        self.has_names
    }

    /// What TLS connections are made with.
    pub(super) fn tls(&self) -> Result<ClientConfig, IllegalAddress> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = &self.root_certificates {
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|error| IllegalAddress::File(file.clone(), "certificates", error.to_string()))?;
            }
        }
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let unfit = |error: rustls::Error| IllegalAddress::Unfit(error.to_string());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(unfit)?;
        let builder = builder.with_root_certificates(roots);
        match (&self.certificate, &self.private_key) {
            (None, None) => Ok(builder.with_no_client_auth()),
            (Some(certificate), Some(key)) => {
                let bad = |error: rustls_pki_types::pem::Error| IllegalAddress::File(key.clone(), "a private key", error.to_string());
                builder.with_client_auth_cert(certificates(certificate)?, PrivateKeyDer::from_pem_file(key).map_err(bad)?).map_err(unfit)
            }
            _ => Err(IllegalAddress::Unfit("one of them is missing".to_owned())),
        }
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, IllegalAddress> {
    let bad = |cause: String| IllegalAddress::File(file.to_owned(), "certificates", cause);
    let found = CertificateDer::pem_file_iter(file).and_then(|found| found.collect::<Result<Vec<_>, _>>());
    let found = found.map_err(|error| bad(error.to_string()))?;
    if found.is_empty() { Err(bad("there is none in it".to_owned())) } else { Ok(found) }
}

/// Host, port and database: nothing that lets anybody in.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let hosts = hosts.collect::<Vec<_>>().join(",");
        write!(f, "postgres://{hosts}:{port}/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(text: &str) -> Result<SslMode, IllegalAddress> {
        text.parse().map(|address: Address| address.config.get_ssl_mode())
    }

    #[test]
    fn only_on_this_machine_nothing_is_encrypted_unless_it_is_said() {
        for (text, expected) in [
            ("postgres://k@127.0.0.1/k", Ok(SslMode::Disable)),
            ("postgres://k@localhost:5433/k", Ok(SslMode::Disable)),
            ("postgres://k@%2Frun%2Fpostgresql/k", Ok(SslMode::Disable)),
            ("postgres://k@127.0.0.1/k?sslrootcert=ca.pem", Ok(SslMode::Require)),
            ("postgres://k@db.example/k", Err(IllegalAddress::NoRootCertificates)),
            ("postgres://k@db.example/k?sslrootcert=ca.pem", Ok(SslMode::Require)),
            ("postgres://k@db.example/k?sslmode=disable", Ok(SslMode::Disable)),
            (
                "postgres://k@db.example/k?sslmode=require",
                Err(IllegalAddress::Parameter("sslmode", "verify-full, with sslrootcert=FILE, or disable")),
            ),
            (
                "postgres://k@127.0.0.1/k?sslmode=disable&sslrootcert=ca.pem",
                Err(IllegalAddress::Parameter("sslmode", "verify-full where there is an sslrootcert")),
            ),
            ("postgres://k@db.example/k?sslrootcert=", Err(IllegalAddress::Parameter("sslrootcert", "the path of a file"))),
            ("postgres://k@127.0.0.1/k?connections=0", Err(IllegalAddress::Parameter("connections", "a number from 1 to 1000"))),
            ("postgres://k@127.0.0.1/k?statements=named", Ok(SslMode::Disable)),
            ("postgres://k@127.0.0.1/k?statements=cached", Err(IllegalAddress::Parameter("statements", "named or unnamed"))),
            (
                "postgres://k@127.0.0.1/k?statements=named&connections=1",
                Err(IllegalAddress::Parameter("statements", "unnamed with connections=1")),
            ),
        ] {
            assert_eq!(mode(text), expected, "{text}");
        }
    }

    #[test]
    fn sec_q06_the_password_is_not_shown() {
        let address: Address = "postgres://keyward:canary@127.0.0.1:5433/tokens?connections=3".parse().unwrap();
        assert_eq!(address.connections, 3);
        assert!(address.has_password());
        assert_eq!(address.to_string(), "postgres://127.0.0.1:5433/tokens");
        assert!(!format!("{address:?}").contains("canary"));
        for illegal in [
            "postgres://keyward:canary@",
            "canary",
            "postgres://k:canary@h/d?canary=1&sslmode=disable",
            "postgres://k:canary@h:x/d",
            "postgres://k:a@canary@127.0.0.1/d",
            "postgres://k:canary@127.0.0.1/d?hostaddr=192.0.2.2",
        ] {
            let error = illegal.parse::<Address>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains(":canary"), "{error}");
        }
    }
}
