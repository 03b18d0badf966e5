//! A listener with a few routes, and a client that speaks raw bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use keyward_server::listener::{
    Arrival, BodyError, CertificateFiles, Certificates, Connections, Drained, Limits, Listener, ListenerSettings, TrustedProxies, read_body,
};
use keyward_server::metrics::Metrics;
use keyward_server::shutdown::{Stop, shutdown};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The body limit of `/echo`.
pub const BODY: usize = 64 * 1024;

const TEMPLATES: [&str; 5] = ["/echo", "/who", "/wait", "/panic", "/cached"];

pub struct Server {
    pub address: SocketAddr,
    pub connections: Arc<Connections>,
    pub metrics: Arc<Metrics>,
    pub gate: Arc<Gate>,
    pub certificates: Option<Arc<Certificates>>,
    pub stop: Stop,
    pub served: JoinHandle<Drained>,
}

/// What `/wait` and the test tell each other.
#[derive(Default)]
pub struct Gate {
    pub entered: Notify,
    pub go_on: Notify,
    pub dropped: Notify,
}

/// Awaits what must happen; the minute only keeps a broken test from hanging.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("this must happen")
}

impl Server {
    pub async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        Self::with_all(limits, &[], None).await
    }

    pub async fn with_all(limits: Limits, proxies: &[&str], certificate: Option<CertificateFiles>) -> Self {
        let proxies: Vec<_> = proxies.iter().map(|network| network.parse().unwrap()).collect();
        let settings =
            ListenerSettings { address: ([127, 0, 0, 1], 0).into(), certificate, trusted_proxies: TrustedProxies::from(proxies) };
        let listener = Listener::bind(settings).await.unwrap();
        let metrics = Arc::new(Metrics::new(&TEMPLATES).unwrap());
        let connections = Connections::new(limits, Arc::clone(&metrics));
        let gate = Arc::new(Gate::default());
        let (stop, shutdown) = shutdown();
        Self {
            address: listener.address(),
            certificates: listener.certificates(),
            served: tokio::spawn(listener.serve(router(Arc::clone(&gate)), Arc::clone(&connections), shutdown)),
            connections,
            metrics,
            gate,
            stop,
        }
    }

    pub async fn connect(&self) -> Raw {
        Raw(soon(TcpStream::connect(self.address)).await.unwrap())
    }

    /// One request on a connection of its own that is closed afterwards.
    pub async fn ask(&self, request: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(request).await;
        client.answer().await
    }

    /// Waits until no connection is open.
    pub async fn until_nobody_is_connected(&self) {
        soon(async {
            while self.connections.count() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

fn router(gate: Arc<Gate>) -> Router {
    let echo = |arrival: Arrival, request: Request<Body>| async move {
        match read_body(request.into_body(), BODY, arrival.deadline).await {
            Ok(body) => body.len().to_string().into_response(),
            Err(BodyError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Err(BodyError::TooSlow) => StatusCode::REQUEST_TIMEOUT.into_response(),
            Err(BodyError::Broken(_)) => StatusCode::BAD_REQUEST.into_response(),
        }
    };
    let who = |arrival: Arrival| async move { format!("{} {} {}", arrival.request_id, arrival.client, arrival.https) };
    let wait = move || async move {
        let _told = TellWhenDropped(Arc::clone(&gate));
        gate.entered.notify_one();
        gate.go_on.notified().await;
        "done"
    };
    Router::new()
        .route("/echo", post(echo))
        .route("/who", get(who))
        .route("/wait", get(wait))
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("the secret is {}", "hunter2")
                }
            }),
        )
        .route("/cached", get(|| async { ([("cache-control", "max-age=60")], "public") }))
}

struct TellWhenDropped(Arc<Gate>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.dropped.notify_one();
    }
}

/// A client that sends exactly what it is told.
pub struct Raw(pub TcpStream);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &'static str) -> Option<&str> {
        let name = HeaderName::from_static(name);
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name.as_str()).then(|| value.trim())
        })
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
}

impl Raw {
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon(self.0.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Reads one answer with a Content-Length.
    pub async fn answer(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = soon(self.0.read_u8()).await;
            head.push(byte.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&head))));
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        soon(self.0.read_exact(&mut body)).await.unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    /// Reads until the server closes, which must not be by a reset.
    pub async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        soon(self.0.read_to_end(&mut rest)).await.expect("closed, not reset");
        String::from_utf8(rest).unwrap()
    }

    pub async fn is_closed(&mut self) {
        assert_eq!(self.rest().await, "", "nothing more was to come");
    }

    /// Whether the server has sent something that was not read yet, or has closed.
    pub fn has_something_to_read(&self) -> bool {
        let mut byte = [0];
        match self.0.try_read(&mut byte) {
            Ok(_) => true,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
}

/// A GET of `path`.
pub fn get_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// A POST of `body` to `/echo`.
pub fn post_of(body: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
