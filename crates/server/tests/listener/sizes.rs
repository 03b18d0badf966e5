//! SECURITY P02: more than allowed, and as much as allowed.

use crate::server::{BODY, Server, get_of, post_of};

fn with_header(name: &str, length: usize) -> String {
    format!("GET /who HTTP/1.1\r\nHost: localhost\r\n{name}: {}\r\n\r\n", "x".repeat(length))
}

#[tokio::test]
async fn sec_p02_a_head_of_64_kilobytes_is_answered_with_431_and_the_connection_closed() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send(with_header("X-Big", 64 * 1024)).await;
    assert_eq!(client.answer().await.status, 431);
    client.is_closed().await;
    // The twin: half of what is allowed.
    assert_eq!(server.ask(&with_header("X-Big", 16 * 1024)).await.status, 200);
}

#[tokio::test]
async fn sec_p02_a_head_of_too_many_lines_is_answered_with_431() {
    let server = Server::start().await;
    let lines = |count| {
        let lines: String = (0..count).map(|n| format!("X-{n}: y\r\n")).collect();
        format!("GET /who HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n")
    };
    assert_eq!(server.ask(&lines(500)).await.status, 431);
    assert_eq!(server.ask(&lines(90)).await.status, 200);
}

#[tokio::test]
async fn sec_p02_a_query_larger_than_a_head_is_refused() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send(get_of(&format!("/who?{}", "a=b&".repeat(20_000)))).await;
    assert_eq!(client.answer().await.status, 431);
    client.is_closed().await;
    assert_eq!(server.ask(&get_of(&format!("/who?{}", "a=b&".repeat(2_000)))).await.status, 200);
}

#[tokio::test]
async fn sec_p02_a_body_of_ten_megabytes_is_answered_with_413_and_the_connection_closed() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    // The answer must survive the megabytes that are still on their way.
    client.send(post_of(&"x".repeat(10_000_000))).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")));
    client.is_closed().await;
}

#[tokio::test]
async fn sec_p02_a_body_that_announces_no_length_is_counted_as_it_comes() {
    let server = Server::start().await;
    let chunk = format!("{:x}\r\n{}\r\n", 8192, "x".repeat(8192));
    let post = |chunks: usize| {
        let chunks = chunk.repeat(chunks);
        format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
    };
    assert_eq!(server.ask(&post(9)).await.status, 413);
    assert_eq!(server.ask(&post(8)).await.body, BODY.to_string());
}

#[tokio::test]
async fn sec_p02_the_largest_body_passes_and_one_byte_more_does_not() {
    let server = Server::start().await;
    assert_eq!(server.ask(&post_of(&"x".repeat(BODY))).await.body, BODY.to_string());
    assert_eq!(server.ask(&post_of(&"x".repeat(BODY + 1))).await.status, 413);
}

#[tokio::test]
async fn sec_p02_ten_thousand_parameters_reach_the_endpoint() {
    let server = Server::start().await;
    assert_eq!(server.ask(&post_of(&"a=b&".repeat(10_000))).await.body, "40000");
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_is_told_at_once_that_its_body_is_too_large() {
    let server = Server::start().await;
    let head =
        |length: usize| format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n");
    assert_eq!(server.ask(&head(10_000_000)).await.status, 413);
    // The twin: a body that fits is asked for.
    let mut client = server.connect().await;
    client.send(head(3)).await;
    assert_eq!(client.answer().await.status, 100);
    client.send("a=b").await;
    assert_eq!(client.answer().await.body, "3");
}
