//! HTTP/2 without TLS, by prior knowledge: hyper as the client, or frames written by hand.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use keyward_server::listener::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Raw, Server, soon};

/// A client over `stream`, whatever lies under it.
pub async fn client_over<S>(stream: S) -> SendRequest<Body>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (sender, connection) = soon(handshake).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn client_of(server: &Server) -> SendRequest<Body> {
    client_over(TcpStream::connect(server.address).await.unwrap()).await
}

pub fn get_of(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

async fn text_of(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn many_requests_share_one_connection() {
    let server = Server::start().await;
    let client = client_of(&server).await;
    let requests = (0..300).map(|length| {
        let mut client = client.clone();
        tokio::spawn(async move {
            let request = Request::post("http://localhost/echo").body(Body::from(vec![b'x'; length])).unwrap();
            client.ready().await.unwrap();
            text_of(client.send_request(request).await.unwrap()).await == length.to_string()
        })
    });
    for request in requests.collect::<Vec<_>>() {
        assert!(soon(request).await.unwrap());
    }
    assert_eq!(server.connections.count(), 1);
}

#[tokio::test]
async fn an_answer_carries_the_same_headers_as_over_http1() {
    let server = Server::start().await;
    let response = soon(client_of(&server).await.send_request(get_of("http://localhost/who"))).await.unwrap();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("cache-control"), Some("no-store"));
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    assert_eq!(header("x-request-id").map(str::len), Some(16));
}

#[tokio::test]
async fn sec_p04_a_host_that_differs_from_the_authority_is_refused() {
    let server = Server::start().await;
    let mut client = client_of(&server).await;
    for (host, status) in [("evil", StatusCode::BAD_REQUEST), ("localhost", StatusCode::OK)] {
        let mut request = get_of("http://localhost/who");
        request.headers_mut().insert(header::HOST, host.parse().unwrap());
        assert_eq!(soon(client.send_request(request)).await.unwrap().status(), status, "{host}");
    }
}

#[tokio::test]
async fn sec_p02_a_header_list_of_64_kilobytes_is_answered_with_431() {
    let server = Server::start().await;
    let mut client = client_of(&server).await;
    for (length, status) in [(16 * 1024, StatusCode::OK), (64 * 1024, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)] {
        let mut request = get_of("http://localhost/who");
        request.headers_mut().insert("x-big", "x".repeat(length).parse().unwrap());
        match soon(client.send_request(request)).await {
            Ok(response) => assert_eq!(response.status(), status),
            // The client reads the server's limit and refuses to send what is larger.
            Err(error) => assert_eq!((status.as_u16(), error.is_user()), (431, true), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn sec_p06_a_body_that_does_not_come_is_answered_with_408_and_other_streams_are_unharmed() {
    let limits = Limits { request_time: Duration::from_millis(200), ..Limits::default() };
    let server = Server::with(limits).await;
    let mut client = client_of(&server).await;
    let never = Body::new(http_body_util::StreamBody::new(Never));
    let slow = client.send_request(Request::post("http://localhost/echo").body(never).unwrap());
    assert_eq!(soon(slow).await.unwrap().status(), StatusCode::REQUEST_TIMEOUT);
    let other = soon(client.send_request(get_of("http://localhost/who"))).await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
}

/// A stream of body frames that never yields one.
struct Never;

impl futures_core::Stream for Never {
    type Item = Result<hyper::body::Frame<bytes::Bytes>, std::convert::Infallible>;

    fn poll_next(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn sec_p06_an_idle_http2_connection_is_closed() {
    let limits = Limits { idle_time: Duration::from_millis(200), ..Limits::default() };
    let server = Server::with(limits).await;
    let mut client = client_of(&server).await;
    assert_eq!(soon(client.send_request(get_of("http://localhost/who"))).await.unwrap().status(), StatusCode::OK);
    server.until_nobody_is_connected().await;
    assert!(client.send_request(get_of("http://localhost/who")).await.is_err());
}

#[tokio::test]
async fn sec_p06_a_preface_without_a_request_does_not_hold_a_connection() {
    let limits = Limits { header_time: Duration::from_millis(200), closing_time: Duration::from_millis(200), ..Limits::default() };
    let server = Server::with(limits).await;
    let mut client = server.connect().await;
    client.send(opening()).await;
    soon(async { while frame(&mut client).await.is_some() {} }).await;
    drop(client);
    server.until_nobody_is_connected().await;
}

#[tokio::test]
async fn a_drain_finishes_a_stream_underway_and_says_goodbye() {
    let server = Server::start().await;
    let mut client = client_of(&server).await;
    let underway = tokio::spawn(client.send_request(get_of("http://localhost/wait")));
    soon(server.gate.entered.notified()).await;
    server.stop.now();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.gate.go_on.notify_one();
    assert_eq!(text_of(soon(underway).await.unwrap().unwrap()).await, "done");
    assert_eq!(soon(server.served).await.unwrap().cut_off, 0);
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;

/// The preface and an empty SETTINGS frame.
fn opening() -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    bytes
}

fn frame_of(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A complete GET of `/` with one header, its fields written as literals.
fn request_with(stream: u32, value: &[u8]) -> Vec<u8> {
    let mut fields = vec![0x82, 0x86, 0x84, 0x41, 9];
    fields.extend(b"localhost");
    fields.extend([0, 1, b'x', u8::try_from(value.len()).unwrap()]);
    fields.extend(value);
    frame_of(HEADERS, 0x5, stream, &fields)
}

/// The next frame's kind and payload, or `None` when the server closed.
async fn frame(client: &mut Raw) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    soon(client.0.read_exact(&mut head)).await.ok()?;
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    soon(client.0.read_exact(&mut payload)).await.ok()?;
    Some((head[3], payload))
}

/// The first frame of one of `kinds`.
async fn first_of(client: &mut Raw, kinds: &[u8]) -> Option<(u8, Vec<u8>)> {
    loop {
        let found = frame(client).await?;
        if kinds.contains(&found.0) {
            return Some(found);
        }
    }
}

#[tokio::test]
async fn sec_p04_a_line_break_inside_an_http2_header_is_refused() {
    let server = Server::start().await;
    for (value, is_served) in [(&b"a\r\nx-evil: b"[..], false), (b"a\nb", false), (b"a\0b", false), (b"ab", true)] {
        let mut client = server.connect().await;
        client.send(opening()).await;
        client.send(request_with(1, value)).await;
        let (kind, _) = first_of(&mut client, &[HEADERS, RST_STREAM, GOAWAY]).await.unwrap();
        assert_eq!(kind == HEADERS, is_served, "{value:?} got a frame of type {kind}");
    }
}

#[tokio::test]
async fn sec_p05_a_flood_of_cancelled_streams_ends_the_connection() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send(opening()).await;
    let flood: Vec<u8> = (0..2000)
        .flat_map(|n| [request_with(2 * n + 1, b"y"), frame_of(RST_STREAM, 0, 2 * n + 1, &8_u32.to_be_bytes())].concat())
        .collect();
    // The server may close before all of it is sent.
    let _ = soon(client.0.write_all(&flood)).await;
    if let Some((_, goodbye)) = first_of(&mut client, &[GOAWAY]).await {
        assert_eq!(goodbye[4..8], 11_u32.to_be_bytes(), "ENHANCE_YOUR_CALM");
    }
    drop(client);
    server.until_nobody_is_connected().await;
    assert_eq!(server.ask(&crate::server::get_of("/who")).await.status, 200);
}

#[tokio::test]
async fn sec_p05_more_streams_than_allowed_are_refused() {
    let server = Server::with(Limits { streams: 4, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(opening()).await;
    // Bodies that never come keep their streams open.
    for n in 0..5 {
        let mut fields = vec![0x83, 0x86, 0x41, 9];
        fields.extend(b"localhost");
        fields.extend([0x44, 5]);
        fields.extend(b"/echo");
        client.send(frame_of(HEADERS, 0x4, 2 * n + 1, &fields)).await;
    }
    let (kind, reason) = first_of(&mut client, &[HEADERS, RST_STREAM, GOAWAY]).await.unwrap();
    assert_eq!((kind, reason), (RST_STREAM, 7_u32.to_be_bytes().to_vec()), "REFUSED_STREAM");
}
