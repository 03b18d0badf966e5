//! Connections to a directory.

use std::{fmt, sync::Arc};

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings};
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::{DirectorySettings, Security, Trouble};

/// A server of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name or address; one of IPv6 in brackets.
    pub name: String,
    /// Its port, where it is not the one that LDAP has (389, by TLS from the beginning 636).
    pub port: Option<u16>,
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Result codes of RFC 4511 §A.1 and §A.2.
pub(super) mod result {
    pub(in super::super) const SUCCESS: u32 = 0;
    pub(in super::super) const SIZE_LIMIT_EXCEEDED: u32 = 4;
    pub(in super::super) const CONSTRAINT_VIOLATION: u32 = 19;
    pub(in super::super) const NO_SUCH_OBJECT: u32 = 32;
    pub(in super::super) const INAPPROPRIATE_AUTHENTICATION: u32 = 48;
    pub(in super::super) const INVALID_CREDENTIALS: u32 = 49;
    pub(in super::super) const INSUFFICIENT_ACCESS: u32 = 50;
    pub(in super::super) const BUSY: u32 = 51;
    pub(in super::super) const UNAVAILABLE: u32 = 52;
    pub(in super::super) const UNWILLING: u32 = 53;
}

/// The first host that lets the service in, with a connection to it. Each gets an even share of the time that is left, so that one
/// which says nothing leaves some to the next. One that answers is believed, whatever it says.
///
/// # Errors
/// What is wrong with the last one that was tried.
pub(super) async fn reach<'s>(
    settings: &'s DirectorySettings,
    tls: Option<&Arc<ClientConfig>>,
    deadline: Instant,
) -> Result<(&'s Host, Ldap), Trouble> {
    let mut last = None;
    for (left, host) in (1..=u32::try_from(settings.hosts.len()).unwrap_or(1)).rev().zip(&settings.hosts) {
        let now = Instant::now();
        let share = now + deadline.saturating_duration_since(now) / left;
        let reached = timeout_at(share, as_service(settings, tls, host)).await;
        let trouble = match reached.unwrap_or_else(|_| Err(Trouble::TimedOut(host.to_string()))) {
            Ok(connection) => return Ok((host, connection)),
            Err(wrong @ Trouble::Failed(..)) => return Err(wrong),
            Err(trouble) => trouble,
        };
        if left > 1 {
            warn!(%trouble, "the next host of the directory is tried");
        }
        last = Some(trouble);
    }
    Err(last.unwrap_or_else(|| Trouble::Failed("directory.hosts".to_owned(), "there are none".to_owned())))
}

async fn as_service(settings: &DirectorySettings, tls: Option<&Arc<ClientConfig>>, host: &Host) -> Result<Ldap, Trouble> {
    let mut connection = open(settings, tls, host).await?;
    // A bind without name and password is one of nobody in particular (RFC 4513 §5.1.1), and shows that the host says something.
    let (name, password) = settings.service.as_ref().map_or(("", ""), |(name, password)| (name, password.expose_secret()));
    let bound = connection.simple_bind(name, password).await.map_err(|error| lost(host, &error))?;
    match bound.rc {
        result::SUCCESS => Ok(connection),
        result::BUSY | result::UNAVAILABLE => {
            Err(Trouble::NotReached(host.to_string(), format!("the bind ended with result {}", bound.rc)))
        }
        other => Err(Trouble::Failed(
            host.to_string(),
            format!("the bind of the service ended with result {other}; check directory.service_dn and its password"),
        )),
    }
}

/// Opens a connection on which nobody is bound yet.
///
/// # Errors
/// [`Trouble::NotReached`].
pub(super) async fn open(settings: &DirectorySettings, tls: Option<&Arc<ClientConfig>>, host: &Host) -> Result<Ldap, Trouble> {
    let scheme = if matches!(settings.security, Security::Ldaps(_)) { "ldaps" } else { "ldap" };
    let mut how = LdapConnSettings::new().set_starttls(matches!(settings.security, Security::StartTls(_)));
    if let Some(tls) = tls {
        how = how.set_config(tls.clone());
    }
    let opened = LdapConnAsync::with_settings(how, &format!("{scheme}://{host}")).await;
    let (driver, connection) = opened.map_err(|error| lost(host, &error))?;
    // It ends when the connection is dropped; what went wrong, the operation under way is told.
    tokio::spawn(async move { driver.drive().await });
    Ok(connection)
}

/// A connection that could not be made or did not last.
pub(super) fn lost(host: &Host, error: &ldap3::LdapError) -> Trouble {
    Trouble::NotReached(host.to_string(), error.to_string())
}
