//! Where clients come in: sockets, TLS, HTTP/1.1 and HTTP/2, their limits, and an orderly end.
//!
//! 1. [`Listener::bind`] takes the port and reads the certificate, so that `ready` is said when every port is bound.
//! 2. [`Listener::serve`] accepts while [`Connections`] has places ([`connections`]), and serves each connection in a
//!    task of its own ([`connection`]).
//! 3. The bytes pass [`socket`], where [`heads`] looks for smuggled requests; hyper parses them.
//! 4. Each request passes [`answer`]: its id, its client's address ([`proxy`]), the router, the headers of every answer,
//!    the count, the log line.
//! 5. Told to stop, it takes what already waits at its door, closes the port and drains.
//!
//! Two answers are hyper's own and carry no headers of ours: 400 for what is no HTTP, 431 for a head that is too large.

mod answer;
mod body;
mod connection;
mod connections;
mod heads;
mod limits;
mod panics;
pub mod proxy;
mod pulse;
mod seldom;
mod socket;
mod tls;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::TlsAcceptor;

pub use answer::{Arrival, Endpoints};
pub use body::{BodyError, read_body};
pub use connections::{Connections, Drained};
pub use limits::Limits;
pub use panics::log_panics_without_payload;
pub use proxy::TrustedProxies;
use seldom::Seldom;
pub use tls::{CertificateError, CertificateFiles, Certificates};

use crate::shutdown::Shutdown;
use connection::{Connection, Shared};

/// How long to wait after the system refused to hand over a connection, for example for want of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// One `[[listener]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerSettings {
    /// The address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// The certificate, or `None` for plain HTTP.
    pub certificate: Option<CertificateFiles>,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: TrustedProxies,
}

/// Why a listener cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be taken.
    #[error("cannot listen on {address}: {cause}; {mend}", mend = mend(cause))]
    Address {
        /// The address of the settings.
        address: SocketAddr,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The certificate cannot be used.
    #[error("cannot listen on {address} with TLS: {cause}")]
    Certificate {
        /// The address of the settings.
        address: SocketAddr,
        /// What is wrong.
        cause: CertificateError,
    },
    /// The cryptography library refuses its own defaults.
    #[error("cannot listen on {address} with TLS: {cause}")]
    Tls {
        /// The address of the settings.
        address: SocketAddr,
        /// What it said.
        cause: rustls::Error,
    },
}

fn mend(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::AddrInUse => "stop the program that has this port, or choose another `address`",
        io::ErrorKind::AddrNotAvailable => "no interface of this machine has this address; choose another `address`",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); choose a higher port in `address`",
        _ => "choose another `address`",
    }
}

/// A bound port that is not served yet: clients that connect wait.
pub struct Listener {
    address: SocketAddr,
    tcp: TcpListener,
    trusted_proxies: TrustedProxies,
    tls: Option<(Arc<Certificates>, TlsAcceptor)>,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Listener {
    /// Reads the certificate and takes the port.
    ///
    /// # Errors
    /// [`BindError`] names the address, the cause and how to mend it.
    pub async fn bind(settings: ListenerSettings) -> Result<Self, BindError> {
        let ListenerSettings { address, certificate, trusted_proxies } = settings;
        let tls = match certificate {
            None => None,
            Some(files) => {
                let certificates = Certificates::load(files).map_err(|cause| BindError::Certificate { address, cause })?;
                let acceptor = certificates.acceptor().map_err(|cause| BindError::Tls { address, cause })?;
                Some((certificates, acceptor))
            }
        };
        let taken = async {
            let tcp = TcpListener::bind(address).await?;
            Ok((tcp.local_addr()?, tcp))
        };
        let (address, tcp) = taken.await.map_err(|cause| BindError::Address { address, cause })?;
        Ok(Self { address, tcp, trusted_proxies, tls })
    }

    /// The address it is bound to, with the port that was chosen for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate, to be kept for [`Certificates::reload`] on SIGHUP.
    pub fn certificates(&self) -> Option<Arc<Certificates>> {
        self.tls.as_ref().map(|(certificates, _)| Arc::clone(certificates))
    }

    /// Serves `endpoints`, for example an [`axum::Router`], until `shutdown`, then drains.
    pub async fn serve<S: Endpoints>(self, endpoints: S, connections: Arc<Connections>, mut shutdown: Shutdown) -> Drained {
        if let Some((certificates, _)) = &self.tls {
            certificates.watch();
        }
        let shared = Arc::new(Shared {
            protocol: connection::protocol(&connections.limits),
            connections: Arc::clone(&connections),
            trusted_proxies: self.trusted_proxies,
            acceptor: self.tls.map(|(_, acceptor)| acceptor),
            plain: Seldom::default(),
        });
        tokio::select! {
            biased;
            () = shutdown.requested() => {}
            () = accept_always(&self.tcp, &shared, &endpoints) => {}
        }
        if let Err(error) = accept_waiting(self.tcp, &shared, &endpoints) {
            tracing::warn!(%error, address = %self.address, "clients that waited for this port were not served");
        }
        connections.drain().await
    }
}

/// Accepts whenever there is a place. Never ends by itself.
async fn accept_always<S: Endpoints>(tcp: &TcpListener, shared: &Arc<Shared>, endpoints: &S) {
    while let Some(place) = shared.connections.place().await {
        match tcp.accept().await {
            Ok((stream, peer)) => begin(stream, peer, shared, place, endpoints.clone()),
            Err(error) => recover(&error).await,
        }
    }
}

/// Accepts what waits at the door, then closes it: closing it first would reset those who were already there.
///
/// The system is asked directly, since the runtime may not have heard of them yet.
fn accept_waiting<S: Endpoints>(tcp: TcpListener, shared: &Arc<Shared>, endpoints: &S) -> io::Result<()> {
    let door = tcp.into_std()?;
    while let Some(place) = shared.connections.place_now() {
        match door.accept() {
            Ok((stream, peer)) => {
                stream.set_nonblocking(true)?;
                begin(TcpStream::from_std(stream)?, peer, shared, place, endpoints.clone());
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn begin<S: Endpoints>(stream: TcpStream, peer: SocketAddr, shared: &Arc<Shared>, place: OwnedSemaphorePermit, endpoints: S) {
    // An answer is one small write; waiting to fill a packet would only delay it. A socket that refuses is closed already.
    let _ = stream.set_nodelay(true);
    let (ticket, pulse) = shared.connections.open(place);
    let connection = Arc::new(Connection::new(Arc::clone(shared), peer.ip(), pulse));
    tokio::spawn(connection::serve(stream, connection, ticket, endpoints));
}

/// A client that went away while it waited is none of our business; anything else needs a pause.
async fn recover(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "cannot accept a connection; trying again");
    tokio::time::sleep(PAUSE).await;
}
