//! How a listener begins and ends.

use std::io::Write;
use std::time::Duration;

use keyward_server::listener::{Drained, Limits, Listener, ListenerSettings, TrustedProxies};
use tokio::net::TcpStream;

use crate::server::{Raw, Server, get_of, post_of, soon};

#[tokio::test]
async fn a_drain_finishes_requests_underway_and_takes_no_new_ones() {
    let server = Server::start().await;
    let mut underway = server.connect().await;
    underway.send(get_of("/wait")).await;
    soon(server.gate.entered.notified()).await;
    let mut idle = server.connect().await;
    idle.send(get_of("/who")).await;
    idle.answer().await;

    server.stop.now();
    idle.is_closed().await;
    assert!(TcpStream::connect(server.address).await.is_err(), "the port is closed");
    assert!(!server.served.is_finished());

    server.gate.go_on.notify_one();
    let answer = underway.answer().await;
    assert_eq!((answer.body.as_str(), answer.header("connection")), ("done", Some("close")));
    underway.is_closed().await;
    drop((idle, underway));
    assert_eq!(soon(server.served).await.unwrap(), Drained { cut_off: 0 });
}

#[tokio::test]
async fn a_drain_reads_the_rest_of_a_body_underway() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na").await;
    server.stop.now();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    client.send("=b").await;
    assert_eq!(client.answer().await.body, "3");
}

#[tokio::test]
async fn a_client_that_was_at_the_door_when_the_server_was_told_to_stop_is_served() {
    let server = Server::start().await;
    // Without an await in between, the server has accepted nobody when it is told to stop.
    let clients: Vec<_> = (0..20).map(|_| std::net::TcpStream::connect(server.address).unwrap()).collect();
    for mut client in &clients {
        client.write_all(post_of("a=b").as_bytes()).unwrap();
    }
    server.stop.now();
    for client in clients {
        client.set_nonblocking(true).unwrap();
        assert_eq!(Raw(TcpStream::from_std(client).unwrap()).answer().await.status, 200);
    }
    assert_eq!(soon(server.served).await.unwrap(), Drained { cut_off: 0 });
}

#[tokio::test]
async fn a_request_that_takes_longer_than_the_drain_is_cut_off() {
    let limits = Limits { drain_time: Duration::from_millis(200), ..Limits::default() };
    let server = Server::with(limits).await;
    let mut client = server.connect().await;
    client.send(get_of("/wait")).await;
    soon(server.gate.entered.notified()).await;
    server.stop.now();
    assert_eq!(soon(server.served).await.unwrap(), Drained { cut_off: 1 });
    soon(server.gate.dropped.notified()).await;
    assert_eq!(server.connections.count(), 0);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_cause_and_what_to_do() {
    let server = Server::start().await;
    let settings = ListenerSettings { address: server.address, certificate: None, trusted_proxies: TrustedProxies::default() };
    let error = Listener::bind(settings).await.unwrap_err().to_string();
    for part in [server.address.to_string().as_str(), "in use", "stop the program"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_named_with_its_cause_and_what_to_do() {
    let address = "192.0.2.1:0".parse().unwrap();
    let settings = ListenerSettings { address, certificate: None, trusted_proxies: TrustedProxies::default() };
    let error = Listener::bind(settings).await.unwrap_err().to_string();
    assert!(error.contains("192.0.2.1:0") && error.contains("no interface"), "{error}");
}
