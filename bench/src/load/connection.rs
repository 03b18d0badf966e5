//! One kept-alive HTTP/1.1 connection that does as little as it can, so that it costs less than the server it measures.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MOST_HEADERS: usize = 32;

/// A connection on which one request follows the other.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer: its status and where its body begins and ends.
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The head, from the status line on.
    pub head: &'a [u8],
    /// The whole body.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The value of a header, whose name is written in lower case here and there.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let after_name = memmem::find(self.head, format!("\r\n{name}: ").as_bytes())? + name.len() + 4;
        let rest = self.head.get(after_name..)?;
        std::str::from_utf8(rest.get(..memchr::memchr(b'\r', rest)?)?).ok()
    }
}

impl Connection {
    /// Connects to `address`.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("nothing answers at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(8192) })
    }

    /// Sends `request` and reads the whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let (status, body) = loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("the server closed the connection before its answer was complete");
            }
            if let Some((status, body)) = head(&self.received)? {
                break (status, body);
            }
        };
        while self.received.len() < body.end {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("the server closed the connection in the middle of a body");
            }
        }
        let head = self.received.get(..body.start).unwrap_or_default();
        Ok(Answer { status, head, body: self.received.get(body).unwrap_or_default() })
    }
}

/// The status and the range of the body once the head is complete; the head must name the body's length.
fn head(received: &[u8]) -> Result<Option<(u16, std::ops::Range<usize>)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = response.parse(received)? else {
        return Ok(None);
    };
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.context("an answer without Content-Length cannot be measured by this client")?;
    let length: usize = std::str::from_utf8(length.value)?.trim().parse()?;
    Ok(Some((response.code.unwrap_or_default(), start..start + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_complete_only_after_its_empty_line() {
        let answer = b"HTTP/1.1 401 Unauthorized\r\ncontent-LENGTH: 2\r\n\r\nno";
        assert!(head(&answer[..answer.len() - 4]).unwrap().is_none());
        assert_eq!(head(answer).unwrap(), Some((401, answer.len() - 2..answer.len())));
    }

    #[test]
    fn a_header_is_found_by_its_whole_name() {
        let head = b"HTTP/1.1 302 Found\r\nx-location: no\r\nlocation: /there\r\n\r\n";
        assert_eq!(Answer { status: 302, head, body: b"" }.header("location"), Some("/there"));
        assert_eq!(Answer { status: 302, head, body: b"" }.header("cookie"), None);
    }

    #[test]
    fn an_answer_of_unknown_length_is_an_error() {
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
