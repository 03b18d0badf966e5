//! SECURITY P06: clients that take their time, and the others beside them.

use std::time::Duration;

use keyward_server::listener::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Raw, Server, get_of, post_of, soon};

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn sec_p06_a_connection_that_says_nothing_is_closed() {
    let server = Server::with(Limits { header_time: SHORT, ..Limits::default() }).await;
    server.connect().await.is_closed().await;
}

#[tokio::test]
async fn sec_p06_a_head_that_never_ends_is_cut_off_however_it_drips() {
    let server = Server::with(Limits { header_time: SHORT, ..Limits::default() }).await;
    for (before, dripping) in [("GET /who HTTP/1.1\r\nX-Slow: ", "x"), ("", "PRI * HTTP/2.0\r\n"), ("", "\r\n")] {
        let mut client = server.connect().await;
        client.send(before).await;
        until_closed_dripping(&mut client, dripping).await;
    }
}

#[tokio::test]
async fn sec_p06_the_second_head_of_a_connection_has_its_time_too() {
    let server = Server::with(Limits { header_time: SHORT, idle_time: LONG, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(get_of("/who")).await;
    assert_eq!(client.answer().await.status, 200);
    client.send("GET /who HTTP/1.1\r\nX-Slow: ").await;
    until_closed_dripping(&mut client, "x").await;
}

/// Sends `bytes` one by one, over and over, until the server closes.
async fn until_closed_dripping(client: &mut Raw, bytes: &str) {
    let (mut read, mut write) = client.0.split();
    let mut answer = Vec::new();
    let drip = async {
        for byte in bytes.as_bytes().iter().cycle() {
            if write.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(async {
        tokio::select! {
            _ = read.read_to_end(&mut answer) => {}
            () = drip => {}
        }
    })
    .await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_head_in_many_pieces_is_served() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for byte in get_of("/who").bytes() {
        client.send([byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn sec_p06_a_body_that_does_not_come_is_answered_with_408_and_the_connection_closed() {
    let server = Server::with(Limits { request_time: SHORT, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\na=b").await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
    client.is_closed().await;
}

#[tokio::test]
async fn a_body_that_comes_later_than_its_head_is_read() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n").await;
    for piece in ["a=", "b&c=", "defg"] {
        tokio::time::sleep(Duration::from_millis(20)).await;
        client.send(piece).await;
    }
    assert_eq!(client.answer().await.body, "10");
}

#[tokio::test]
async fn sec_p06_an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let limits = Limits { idle_time: SHORT, header_time: LONG, ..Limits::default() };
    let server = Server::with(limits).await;
    let mut idle = server.connect().await;
    let mut busy = server.connect().await;
    idle.send(get_of("/who")).await;
    assert_eq!(idle.answer().await.status, 200);
    busy.send(get_of("/wait")).await;
    soon(server.gate.entered.notified()).await;
    idle.is_closed().await;
    tokio::time::sleep(2 * SHORT).await;
    server.gate.go_on.notify_one();
    assert_eq!(busy.answer().await.body, "done");
}

#[tokio::test]
async fn sec_p06_answers_that_nobody_reads_do_not_hold_a_connection() {
    let limits = Limits { idle_time: SHORT, closing_time: SHORT, ..Limits::default() };
    let server = Server::with(limits).await;
    let client = server.connect().await;
    let (mut read, mut write) = client.0.into_split();
    // Sends requests one after the other and never reads an answer, until the server has enough.
    let sends = async { while write.write_all(get_of("/who").as_bytes()).await.is_ok() {} };
    soon(sends).await;
    server.until_nobody_is_connected().await;
    let mut unread = Vec::new();
    let _ = read.read_to_end(&mut unread).await;
}

#[tokio::test]
async fn further_connections_wait_and_those_that_are_open_are_served() {
    let limits = Limits { connections: 2, idle_when_full: LONG, ..Limits::default() };
    let server = Server::with(limits).await;
    let mut open = [server.connect().await, server.connect().await];
    for client in &mut open {
        client.send(get_of("/who")).await;
        assert_eq!(client.answer().await.status, 200);
    }
    let mut waiting = server.connect().await;
    waiting.send(get_of("/who")).await;
    for _ in 0..20 {
        for client in &mut open {
            client.send(get_of("/who")).await;
            assert_eq!(client.answer().await.status, 200);
        }
    }
    assert!(!waiting.has_something_to_read(), "the third connection had to wait");
    drop(open);
    assert_eq!(waiting.answer().await.status, 200);
}

#[tokio::test]
async fn sec_p06_idle_connections_make_room_for_new_ones() {
    let limits = Limits { connections: 8, idle_when_full: SHORT, idle_time: LONG, header_time: LONG, ..Limits::default() };
    let server = Server::with(limits).await;
    let mut idle = Vec::new();
    for _ in 0..24 {
        let mut client = server.connect().await;
        client.send(get_of("/who")).await;
        assert_eq!(client.answer().await.status, 200);
        idle.push(client);
    }
    let text = server.metrics.text().unwrap();
    assert!(!text.contains("keyward_connections_evicted_total 0"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_p06_thousands_of_idle_connections_leave_good_clients_unharmed() {
    // Both ends are in this process, so each connection takes two descriptors.
    let allowed = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum.unwrap_or(20_000);
    let count = usize::try_from(allowed / 2).unwrap().saturating_sub(500).min(9_000);
    let server = Server::with(Limits { connections: 2 * count, ..Limits::default() }).await;
    let before = resident_bytes();
    let mut idle = Vec::new();
    for _ in 0..count {
        let mut client = server.connect().await;
        client.send(get_of("/who")).await;
        idle.push(client);
    }
    for client in &mut idle {
        assert_eq!(client.answer().await.status, 200);
    }
    let each = resident_bytes().saturating_sub(before) / count;
    assert!(each < 64 * 1024, "an idle connection takes {each} bytes");
    for _ in 0..200 {
        assert_eq!(server.ask(&post_of("a=b")).await.status, 200);
    }
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")).map_or(0, |kib| kib.trim().parse::<usize>().unwrap() * 1024)
}
