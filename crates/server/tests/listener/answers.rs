//! What every answer carries, and what the log says of it.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use keyward_server::listener::log_panics_without_payload;
use keyward_server::metrics::router;
use tracing_subscriber::EnvFilter;

use crate::server::{Answer, Server, get_of, soon};

/// All that this test binary logged.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn of_this_binary() -> &'static Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new("keyward=debug,warn"))
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            log_panics_without_payload();
            log
        })
    }

    pub fn lines_with(&self, text: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn every_kind_of_answer() -> Vec<Answer> {
    Log::of_this_binary();
    let server = Server::start().await;
    let mut answers = Vec::new();
    for path in ["/who", "/nothing-here", "/echo", "/panic"] {
        answers.push(server.ask(&get_of(path)).await);
    }
    answers.push(server.ask("GET /who HTTP/1.1\r\n\r\n").await);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 404, 405, 500, 400]);
    answers
}

#[tokio::test]
async fn sec_p11_no_answer_may_be_stored_unless_its_handler_says_so() {
    for answer in every_kind_of_answer().await {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    }
    let cached = Server::start().await.ask(&get_of("/cached")).await;
    assert_eq!(cached.header("cache-control"), Some("max-age=60"));
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_and_the_security_headers() {
    let answers = every_kind_of_answer().await;
    for answer in &answers {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer:?}");
    }
    let mut ids: Vec<_> = answers.iter().map(|answer| answer.header("x-request-id").unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), answers.len());
}

#[tokio::test]
async fn a_panic_costs_one_answer_and_neither_the_connection_nor_a_secret() {
    let log = Log::of_this_binary();
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send(get_of("/panic")).await;
    let answer = client.answer().await;
    let id = answer.header("x-request-id").unwrap();
    assert_eq!((answer.status, &answer.json()["error"]), (500, &"server_error".into()));
    assert!(answer.body.contains(id) && !answer.body.contains("hunter2"));
    client.send(get_of("/who")).await;
    assert_eq!(client.answer().await.status, 200);

    let lines = log.lines_with(id);
    assert!(lines.iter().any(|line| line.contains("ERROR") && line.contains("server.rs:")), "{lines:?}");
    assert_eq!(log.lines_with("hunter2"), [""; 0]);
    assert!(server.metrics.text().unwrap().contains("keyward_panics_total 1"));
}

#[tokio::test]
async fn the_log_names_the_route_and_never_the_query() {
    let log = Log::of_this_binary();
    let server = Server::start().await;
    let answer = server.ask(&get_of("/who?access_token=canary-in-the-query")).await;
    let unmatched = server.ask(&get_of("/canary-in-the-path")).await;
    let line = |answer: &Answer| log.lines_with(answer.header("x-request-id").unwrap()).concat();
    for part in ["DEBUG", "keyward::access", "method=GET", "route=\"/who\"", "status=200", "micros=", "client=127.0.0.1"] {
        assert!(line(&answer).contains(part), "{part} is not in {}", line(&answer));
    }
    assert!(line(&unmatched).contains("route=\"unmatched\" status=404"), "{}", line(&unmatched));
    assert_eq!(log.lines_with("canary"), [""; 0]);
}

#[tokio::test]
async fn requests_and_connections_are_counted() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for path in ["/who", "/who", "/echo", "/nothing-here"] {
        client.send(get_of(path)).await;
        client.answer().await;
    }
    let text = server.metrics.text().unwrap();
    for line in [
        r#"keyward_requests_total{route="/who",status="2xx"} 2"#,
        r#"keyward_requests_total{route="/echo",status="4xx"} 1"#,
        r#"keyward_requests_total{route="unmatched",status="4xx"} 1"#,
        r#"keyward_request_seconds_count{route="/who"} 2"#,
        "keyward_connections_open 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    drop(client);
    server.until_nobody_is_connected().await;
    assert!(server.metrics.text().unwrap().contains("keyward_connections_open 0"));
}

#[tokio::test]
async fn a_request_whose_client_goes_away_is_dropped_and_counted() {
    let server = Server::start().await;
    for _ in 0..50 {
        let mut client = server.connect().await;
        client.send(get_of("/wait")).await;
        soon(server.gate.entered.notified()).await;
        drop(client);
        soon(server.gate.dropped.notified()).await;
    }
    server.until_nobody_is_connected().await;
    let text = server.metrics.text().unwrap();
    assert!(text.contains(r#"keyward_requests_total{route="/wait",status="cancelled"} 50"#), "{text}");
    assert_eq!(server.ask(&get_of("/who")).await.status, 200);
}

#[tokio::test]
async fn the_metrics_listener_answers_in_the_form_prometheus_reads() {
    use keyward_server::listener::{Connections, Limits, Listener, ListenerSettings, TrustedProxies};
    let server = Server::start().await;
    server.ask(&get_of("/who")).await;
    let settings = ListenerSettings { address: ([127, 0, 0, 1], 0).into(), certificate: None, trusted_proxies: TrustedProxies::default() };
    let listener = Listener::bind(settings).await.unwrap();
    let address = listener.address();
    let (_stop, shutdown) = keyward_server::shutdown::shutdown();
    let connections = Connections::new(Limits::default(), Arc::clone(&server.metrics));
    let metrics = server.metrics.clone();
    tokio::spawn(listener.serve(router(move || metrics.text()), connections, shutdown));
    let mut client = crate::server::Raw(tokio::net::TcpStream::connect(address).await.unwrap());
    client.send(get_of("/metrics")).await;
    let answer = client.answer().await;
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{answer:?}");
    assert!(answer.body.contains(r#"keyward_requests_total{route="/who",status="2xx"} 1"#));
}
