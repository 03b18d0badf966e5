//! SECURITY P08: who a request is from, and what it is called.

use keyward_server::listener::Limits;

use crate::server::{Answer, Server};

const HEADERS: &str = "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\nX-Request-Id: from-the-proxy_1\r\n\
    Forwarded: for=198.51.100.8;proto=https\r\nX-Real-IP: 198.51.100.9\r\nX_Forwarded_For: 198.51.100.10\r\n";

async fn who(proxies: &[&str], headers: &str) -> Answer {
    let server = Server::with_all(Limits::default(), proxies, None).await;
    server.ask(&format!("GET /who HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")).await
}

#[tokio::test]
async fn sec_p08_forwarding_headers_of_a_stranger_change_nothing() {
    for proxies in [&[][..], &["10.0.0.0/8", "::1/128"]] {
        let answer = who(proxies, HEADERS).await;
        let words: Vec<_> = answer.body.split(' ').collect();
        assert_eq!(words[1..], ["127.0.0.1", "false"], "{proxies:?}");
        assert_ne!(words[0], "from-the-proxy_1");
    }
}

#[tokio::test]
async fn sec_p08_forwarding_headers_of_a_trusted_proxy_are_believed() {
    let answer = who(&["127.0.0.0/8"], HEADERS).await;
    assert_eq!(answer.body, "from-the-proxy_1 198.51.100.7 true");
    assert_eq!(answer.header("x-request-id"), Some("from-the-proxy_1"));
}

#[tokio::test]
async fn sec_p08_a_request_id_that_could_disturb_the_log_is_replaced() {
    for id in ["a b", "a\"b", "", &"x".repeat(65)] {
        let answer = who(&["127.0.0.1/32"], &format!("X-Request-Id: {id}\r\n")).await;
        let own = answer.header("x-request-id").unwrap();
        assert_eq!(own.len(), 16, "{id:?} became {own:?}");
        assert!(answer.body.starts_with(own));
    }
}
