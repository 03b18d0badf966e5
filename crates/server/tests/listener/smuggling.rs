//! SECURITY P04: bytes that two readers could understand differently.

use crate::server::{Server, get_of, post_of};

/// The request is answered with `status`, then the connection is closed although more was sent.
async fn answered_then_closed(server: &Server, request: &str, status: u16) -> crate::server::Answer {
    let mut client = server.connect().await;
    client.send(request).await;
    let answer = client.answer().await;
    assert_eq!(answer.status, status, "{request:?} got {answer:?}");
    assert_eq!(client.rest().await, "", "{request:?} got a second answer");
    answer
}

#[tokio::test]
async fn sec_p04_content_length_beside_transfer_encoding_is_refused_and_the_connection_closed() {
    let server = Server::start().await;
    let smuggled = get_of("/who");
    for lines in [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["content-length: 0", "TRANSFER-ENCODING: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: x"],
    ] {
        let request = format!("POST /echo HTTP/1.1\r\nHost: localhost\r\n{}\r\n{}\r\n\r\n0\r\n\r\n{smuggled}", lines[0], lines[1]);
        let answer = answered_then_closed(&server, &request, 400).await;
        assert_eq!(answer.json()["error"], "invalid_request");
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("connection"), Some("close"));
    }
    // The twin: each alone is served.
    assert_eq!(server.ask(&post_of("a=b")).await.status, 200);
    let chunked = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n";
    assert_eq!(server.ask(chunked).await.body, "3");
}

#[tokio::test]
async fn sec_p04_a_line_without_cr_is_refused_and_the_connection_closed() {
    let server = Server::start().await;
    for request in [
        "GET /who HTTP/1.1\nHost: localhost\r\n\r\n",
        "GET /who HTTP/1.1\r\nHost: localhost\n\r\n",
        "GET /who HTTP/1.1\r\nHost: localhost\r\n\n",
        "GET /who HTTP/1.1\nHost: localhost\n\n",
    ] {
        let answer = answered_then_closed(&server, request, 400).await;
        assert!(answer.body.contains("LF"), "{answer:?}");
    }
    assert_eq!(server.ask("GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n").await.status, 200);
}

#[tokio::test]
async fn sec_p04_a_bare_lf_is_found_in_the_second_request_of_a_connection_and_in_pieces() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send(post_of("a=b\nc=d")).await;
    assert_eq!(client.answer().await.body, "7", "line feeds in a body are nobody's business");
    client.send("GET /who HTTP/1.1\r\nHo").await;
    client.send("st: localhost").await;
    client.send("\n\r\n").await;
    assert_eq!(client.answer().await.status, 400);
    client.is_closed().await;
}

#[tokio::test]
async fn sec_p04_malformed_heads_are_refused_and_the_connection_closed() {
    let server = Server::start().await;
    for request in [
        "GET /who HTTP/1.1\r\nHost: localhost\r\nX-Folded: a\r\n b\r\n\r\n",
        "GET /who HTTP/1.1\r\n Host: localhost\r\n\r\n",
        "GET /who HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET /who HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
        "GET /who HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
        "GET /who HTTP/1.1\r\nHost: localhost\r\nNo colon\r\n\r\n",
        "GET  /who HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\na=b",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: +3\r\n\r\na=b",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3, 4\r\n\r\na=b",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\x01\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        answered_then_closed(&server, request, 400).await;
    }
    assert_eq!(server.ask(&get_of("/who")).await.status, 200);
}

#[tokio::test]
async fn sec_p04_one_host_and_one_only() {
    let server = Server::start().await;
    for request in
        ["GET /who HTTP/1.1\r\n\r\n", "GET /who HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /who HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"]
    {
        answered_then_closed(&server, request, 400).await;
    }
    assert_eq!(server.ask("GET /who HTTP/1.1\r\nHost: a\r\n\r\n").await.status, 200);
    assert_eq!(server.ask("GET /who HTTP/1.0\r\n\r\n").await.status, 200, "HTTP/1.0 knows no Host");
}

#[tokio::test]
async fn sec_p04_a_chunked_request_is_the_last_of_its_connection() {
    let server = Server::start().await;
    let chunked = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\na=b\r\n0\r\n\r\n";
    let request = format!("{chunked}{}", get_of("/who"));
    let answer = answered_then_closed(&server, &request, 200).await;
    assert_eq!((answer.body.as_str(), answer.header("connection")), ("3", Some("close")));
}

#[tokio::test]
async fn sec_p04_chunks_framed_wrongly_are_refused_and_the_connection_closed() {
    let server = Server::start().await;
    for chunks in ["3\na=b\r\n0\r\n\r\n", "3;x\ny\r\na=b\r\n0\r\n\r\n", "0x3\r\na=b\r\n0\r\n\r\n", "3\r\na=bc\r\n0\r\n\r\n", "-1\r\n\r\n"] {
        let request = format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        answered_then_closed(&server, &request, 400).await;
    }
}

#[tokio::test]
async fn a_pipelined_request_is_left_to_a_new_connection() {
    let server = Server::start().await;
    let request = format!("{}{}", post_of("a=b"), get_of("/who"));
    let answer = answered_then_closed(&server, &request, 200).await;
    assert_eq!((answer.body.as_str(), answer.header("connection")), ("3", Some("close")));
}

#[tokio::test]
async fn garbage_after_a_request_is_not_answered() {
    let server = Server::start().await;
    let request = format!("{}\x00\x01garbage\r\n\r\n", get_of("/who"));
    answered_then_closed(&server, &request, 200).await;
}

#[tokio::test]
async fn many_requests_follow_each_other_on_one_connection() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for length in 0..100 {
        client.send(post_of(&"x".repeat(length))).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.body, answer.head.contains("close")), (200, length.to_string(), false));
    }
    assert_eq!(server.connections.count(), 1);
}
