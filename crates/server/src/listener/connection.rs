//! One connection, from its acceptance to its last answer.
//!
//! 1. The TLS handshake, if its listener has a certificate.
//! 2. HTTP/1.1 or HTTP/2, whichever the client speaks; each request goes to [`super::answer`].
//! 3. Meanwhile orders from [`super::Connections`] are obeyed: finish, or close now.

use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use http::{Request, Version};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::answer::{Endpoints, answer};
use super::connections::{Connections, Ticket};
use super::heads::{BodyLength, Heads, Verdict};
use super::limits::Limits;
use super::proxy::TrustedProxies;
use super::pulse::{Order, Pulse};
use super::seldom::Seldom;
use super::socket::{Socket, Stream};

/// What all connections of a listener share.
pub(super) struct Shared {
    pub(super) connections: Arc<Connections>,
    pub(super) trusted_proxies: TrustedProxies,
    pub(super) acceptor: Option<TlsAcceptor>,
    /// Clients that speak plain HTTP where TLS is expected.
    pub(super) plain: Seldom,
    pub(super) protocol: Builder<TokioExecutor>,
}

/// What is known of a connection beside its bytes.
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) peer: IpAddr,
    pub(super) peer_is_proxy: bool,
    pub(super) is_tls: bool,
    pulse: Arc<Pulse>,
    heads: Mutex<Heads>,
}

/// A request of a connection, from its head to its answer or its cancellation.
pub(super) struct Underway(Arc<Connection>);

impl Connection {
    pub(super) fn new(shared: Arc<Shared>, peer: IpAddr, pulse: Arc<Pulse>) -> Self {
        let peer_is_proxy = shared.trusted_proxies.contains(peer);
        let is_tls = shared.acceptor.is_some();
        Self { shared, peer: peer.to_canonical(), peer_is_proxy, is_tls, pulse, heads: Mutex::default() }
    }

    /// Bytes were read.
    pub(super) fn read(&self, bytes: &[u8]) {
        let inside_head = {
            let mut heads = self.heads();
            heads.feed(bytes);
            heads.is_inside_head()
        };
        self.pulse.read(inside_head, self.shared.connections.now());
    }

    /// Bytes were written.
    pub(super) fn wrote(&self) {
        self.pulse.wrote(self.shared.connections.now());
    }

    /// The parser made `request` of the last head. Must be called before it reads on.
    fn claim(&self, request: &Request<Incoming>) -> Verdict {
        if request.version() >= Version::HTTP_2 {
            return Verdict::Clean;
        }
        let length = request.body().size_hint().exact();
        self.heads().claim(length.map_or(BodyLength::Chunked, BodyLength::Exactly))
    }

    fn begin(self: &Arc<Self>) -> Underway {
        self.pulse.request_began(self.shared.connections.now());
        Underway(Arc::clone(self))
    }

    fn heads(&self) -> MutexGuard<'_, Heads> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::ops::Deref for Underway {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.pulse.request_ended(self.0.shared.connections.now());
    }
}

/// The protocols, with their limits.
pub(super) fn protocol(limits: &Limits) -> Builder<TokioExecutor> {
    /// Received and not yet read bytes of one request, and of all requests of one connection.
    const STREAM_WINDOW: u32 = 64 * 1024;
    const CONNECTION_WINDOW: u32 = 256 * 1024;
    /// Resets that a client may cause before it is cut off (CVE-2023-44487 and its relatives).
    const RESETS: usize = 20;

    let mut builder = Builder::new(TokioExecutor::new());
    // Header times and idle times are kept by `Connections`, without a timer for each request.
    builder
        .http1()
        .header_read_timeout(None)
        .max_buf_size(usize::try_from(limits.header_bytes).unwrap_or(usize::MAX).max(8192))
        // Answers are small: one plain write of a copy costs less than one of two pieces.
        .writev(false)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(limits.header_bytes)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

/// Serves one connection to its end.
pub(super) async fn serve<S: Endpoints>(tcp: TcpStream, connection: Arc<Connection>, ticket: Ticket, endpoints: S) {
    let shared = Arc::clone(&connection.shared);
    let stream = match &shared.acceptor {
        None => Stream::Plain(tcp),
        Some(acceptor) => match shake_hands(acceptor, tcp, &connection).await {
            Some(stream) => stream,
            None => return,
        },
    };
    let socket = Socket::new(stream, Arc::clone(&connection), ticket);
    let peer = connection.peer;
    let pulse = Arc::clone(&connection.pulse);
    let service = service_fn(move |request| {
        let verdict = connection.claim(&request);
        answer(connection.begin(), request, verdict, endpoints.clone())
    });
    let mut http = pin!(shared.protocol.serve_connection(TokioIo::new(socket), service));
    let mut is_finishing = false;
    let ended = poll_fn(|cx| {
        match pulse.order(cx) {
            Order::Serve => {}
            Order::Finish if is_finishing => {}
            Order::Finish => {
                is_finishing = true;
                http.as_mut().graceful_shutdown();
            }
            Order::Abort => return Poll::Ready(Ok(())),
        }
        http.as_mut().poll(cx)
    });
    if let Err(error) = ended.await {
        tracing::debug!(%peer, error = %error, "a connection ended with an error");
    }
}

/// The TLS handshake, within the time the connection has for its first request.
async fn shake_hands(acceptor: &TlsAcceptor, tcp: TcpStream, connection: &Connection) -> Option<Stream> {
    let mut handshake = pin!(acceptor.accept(tcp));
    let shaken = poll_fn(|cx| match connection.pulse.order(cx) {
        Order::Serve => handshake.as_mut().poll(cx).map(Some),
        Order::Finish | Order::Abort => Poll::Ready(None),
    });
    match shaken.await {
        Some(Ok(stream)) => return Some(Stream::Tls(Box::new(stream))),
        Some(Err(error)) => {
            tracing::debug!(peer = %connection.peer, %error, "a TLS handshake failed");
            if is_no_tls(&error) && connection.shared.plain.is_due() {
                tracing::info!(
                    peer = %connection.peer,
                    "a client does not speak TLS; let its URL begin with https, or leave out certificate and private_key of the listener"
                );
            }
        }
        None => tracing::debug!(peer = %connection.peer, "a TLS handshake took too long"),
    }
    connection.shared.connections.metrics.handshakes_failed.inc();
    None
}

/// Whether what came was no TLS at all, such as plain HTTP.
fn is_no_tls(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(cause, Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)))
}
