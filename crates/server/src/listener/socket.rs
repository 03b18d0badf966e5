//! The bytes of a connection, plain or TLS: watched as they pass, and closed without losing the last answer.
//!
//! A socket closed while unread bytes wait is reset by the kernel, and the reset can overtake the answer that said why
//! (413, 431, 400). So after our side is shut, what still comes is read and thrown away until the client closes too or
//! [`LINGER`] is over.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::connection::Connection;
use super::connections::Ticket;

/// How long bytes of a client that was answered for good are thrown away.
const LINGER: Duration = Duration::from_secs(2);

/// A connection's bytes; it holds the connection's place until the last of them.
pub(super) struct Socket {
    stream: Stream,
    connection: Arc<Connection>,
    ticket: Option<Ticket>,
    /// We said that nothing more comes.
    is_shut: bool,
    /// The client said so.
    has_ended: bool,
}

/// What is underneath.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Closed,
}

impl Socket {
    pub(super) fn new(stream: Stream, connection: Arc<Connection>, ticket: Ticket) -> Self {
        Self { stream, connection, ticket: Some(ticket), is_shut: false, has_ended: false }
    }
}

/// Calls the same method on whichever stream is underneath.
macro_rules! underneath {
    ($socket:expr, $method:ident($($argument:expr),*)) => {
        match &mut $socket.stream {
            Stream::Plain(stream) => Pin::new(stream).$method($($argument),*),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).$method($($argument),*),
            Stream::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(underneath!(self, poll_read(cx, buf)))?;
        match buf.filled().get(before..) {
            Some(new) if !new.is_empty() => self.connection.read(new),
            _ if buf.remaining() > 0 => self.has_ended = true,
            _ => {}
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(underneath!(self, poll_write(cx, buf)))?;
        self.connection.wrote();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = ready!(underneath!(self, poll_write_vectored(cx, bufs)))?;
        self.connection.wrote();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
            Stream::Closed => false,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        underneath!(self, poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(underneath!(self, poll_shutdown(cx)))?;
        self.is_shut = true;
        Poll::Ready(Ok(()))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let stream = match std::mem::replace(&mut self.stream, Stream::Closed) {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.into_inner().0,
            Stream::Closed => return,
        };
        let (Some(ticket), true, false) = (self.ticket.take(), self.is_shut, self.has_ended) else { return };
        // Outside a runtime the process is ending, and so is the connection.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(linger(stream, ticket));
        }
    }
}

/// Reads and throws away until the client closes.
async fn linger(mut stream: TcpStream, ticket: Ticket) {
    let thrown_away = async {
        let mut bytes = vec![0; 4096];
        while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
    };
    let _ = tokio::time::timeout(LINGER, thrown_away).await;
    drop(ticket);
}
