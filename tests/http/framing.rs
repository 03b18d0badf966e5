//! Where one request ends and the next begins.

use std::io::{Read, Write};

use super::{statuses, whole_request};
use crate::client::read_to_close;
use crate::fixture::C1;
use crate::server::Server;

#[test]
fn sec_p04_ambiguous_framing_is_refused_and_the_connection_closed() {
    let server = Server::start();
    let site = server.standard();
    assert_eq!(statuses(&site.raw(whole_request().replace("Host: x", "Host: x\r\nConnection: close"))), ["200"]);

    let hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    let post = |headers: &str, body: &str| format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}");
    let length = hidden.len() + 5;
    let ambiguous = [
        post(&format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"), &format!("0\r\n\r\n{hidden}")),
        post(&format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"), &format!("0\r\n\r\n{hidden}")),
        post("Content-Length: 0\r\nContent-Length: 5", hidden),
        post("Content-Length: 5, 6", hidden),
        post("Content-Length: +5", hidden),
        post("Content-Length: -1", hidden),
        post("Content-Length: 0x5", hidden),
        post("Transfer-Encoding: xchunked", hidden),
        post("Transfer-Encoding: chunked, identity", hidden),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", hidden),
        post("Content-Length : 5", hidden),
        post("Transfer-Encoding\t: chunked", hidden),
        post("X-Folded: a\r\n b\r\nContent-Length: 0", hidden),
        post("Content-Length: 0\r\nX-Nul: a\0b", hidden),
        format!("POST /oauth/token HTTP/1.1\r\n Host: x\r\nContent-Length: 0\r\n\r\n{hidden}"),
        format!("POST  /oauth/token HTTP/1.1\r\nHost: x\r\n\r\n{hidden}"),
        format!("POST /oauth/token HTTP/9.9\r\nHost: x\r\n\r\n{hidden}"),
        post("Transfer-Encoding: chunked", &format!("zz\r\n\r\n{hidden}")),
        post("Transfer-Encoding: chunked", &format!("ffffffffffffffffff\r\n{hidden}")),
    ];
    for request in ambiguous {
        let said = site.raw(&request);
        let statuses = statuses(&said);
        assert!(statuses.len() <= 1, "a second request was smuggled in: {request:?} -> {said}");
        assert!(statuses.iter().all(|status| status.starts_with('4')), "{request:?} -> {said}");
    }
    site.machine_token(C1);
}

#[test]
fn sec_p04_lax_spellings_never_hide_a_second_request() {
    let server = Server::start();
    let hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    for request in [
        // A body that looks like a request is a body.
        format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len()),
        // Chunk extensions and trailers carry nothing.
        format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x};ext=\"{}\"\r\n{hidden}\r\n0\r\nX-Trailer: y\r\n\r\n",
            hidden.len(),
            "e".repeat(64),
        ),
        format!("POST /oauth/token HTTP/1.1\nHost: x\nConnection: close\nContent-Length: {}\n\n{hidden}", hidden.len()),
    ] {
        let said = server.standard().raw(&request);
        assert_eq!(statuses(&said).len(), 1, "{request:?} -> {said}");
        assert!(statuses(&said)[0].starts_with('4'), "{request:?} -> {said}");
    }
}

#[test]
fn what_is_not_http_is_answered_or_closed() {
    let server = Server::start();
    let site = server.standard();
    let tls_hello = [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00];
    for bytes in [
        &tls_hello[..],
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\xff\xfe: x\r\n\r\n",
    ] {
        let said = site.raw(bytes);
        assert!(statuses(&said).iter().all(|status| status.starts_with('4')), "{said}");
    }
    let hostless = site.raw("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(statuses(&hostless).len(), 1, "{hostless}");
    site.machine_token(C1);
}

#[test]
fn a_connection_that_is_about_to_be_closed_says_so() {
    let server = Server::start();
    for target in ["POST /no-such-path", "OPTIONS /oauth/jwks", "PUT /oauth/token", "POST /secure", "POST /health"] {
        let mut stream = server.standard().connect();
        stream.set_nodelay(true).unwrap();
        stream.write_all(format!("{target} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n").as_bytes()).unwrap();
        // The answer does not wait for the body, which comes afterwards.
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap_or_else(|why| panic!("{target}: {why}"));
            answer.extend(byte);
        }
        let answer = String::from_utf8(answer).unwrap().to_ascii_lowercase();
        if answer.contains("\r\nconnection: close\r\n") {
            continue;
        }
        // A client may use a connection again that nobody has called off (RFC 9112 §9.6).
        let _ = stream.write_all(b"abcdeGET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let next = read_to_close(&mut stream);
        assert_eq!(statuses(&next), ["200"], "{target} is answered with {answer}, then {next:?}");
    }
}
