//! One request, from its head to its answer, in a single pass without layers.
//!
//! 1. It gets its id and its client's address: its [`Arrival`], which handlers read.
//! 2. What is ambiguous is refused before a handler sees it.
//! 3. The router answers. A panic becomes a 500, and the connection lives.
//! 4. The answer gets the headers that every answer carries.
//! 5. It is counted and, at level debug, logged: the route, never the path or the query.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version, header};
use hyper::body::{Body as _, Incoming};
use pin_project_lite::pin_project;
use tokio::time::Instant;
use tower::Service;

use super::connection::{Connection, Underway};
use super::heads::Verdict;
use super::panics::{Panicked, catch};
use crate::json::JSON;
use crate::metrics::RouteMetrics;
use crate::request_id::{RequestId, X_REQUEST_ID};

/// What the listener knows of a request: an extension of every request, and an extractor.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The id that the log and the answer carry.
    pub request_id: RequestId,
    /// The address of the client, see [`super::proxy`].
    pub client: IpAddr,
    /// Whether the client spoke https: to us, or to a trusted proxy that says so.
    pub https: bool,
    /// When its head was complete.
    pub begun: Instant,
    /// Until when the body must be complete, for [`super::read_body`].
    pub deadline: Instant,
    asker: OnceLock<Box<str>>,
}

impl Arrival {
    /// Remembers which client the request says it comes from, for the log.
    pub fn asked_by(&self, client_id: &str) {
        // Whoever was named first stays: a request is asked by one.
        let _ = self.asker.set(client_id.into());
    }

    /// The client id that the request carries, as it was sent, once that was read.
    #[must_use]
    pub fn asker(&self) -> Option<&str> {
        self.asker.get().map(AsRef::as_ref)
    }
}

/// What answers requests: an [`axum::Router`], or a service that looks at the busiest routes before it asks one.
pub trait Endpoints:
    Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send + 'static> + Clone + Send + 'static
{
}

impl<S> Endpoints for S where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send + 'static> + Clone + Send + 'static
{
}

impl<S: Sync> FromRequestParts<S> for Arrival {
    type Rejection = StatusCode;

    /// Fails only where a router is called without a listener.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Answers a request with `service`.
pub(super) fn answer<S: Endpoints>(
    connection: Underway,
    mut request: Request<Incoming>,
    verdict: Verdict,
    mut service: S,
) -> Answering<S::Future> {
    let arrival = arrival(&connection, request.headers());
    let mut pending = Pending::new(connection, &request, &arrival);
    let refusal = match verdict {
        Verdict::Ambiguous(why) => Some(why),
        Verdict::Clean | Verdict::Last => ambiguous_host(&request),
    };
    pending.must_close = verdict != Verdict::Clean || refusal.is_some();
    let handler = match refusal {
        Some(why) => Handler::Refused { why },
        None => {
            request.extensions_mut().insert(arrival);
            match catch(move || service.call(request)) {
                Ok(future) => Handler::Running { future },
                Err(panicked) => Handler::Panicked { panicked },
            }
        }
    };
    Answering { pending, handler }
}

pin_project! {
    /// The answer to one request, in the making. Written out, since an `async` block would move everything twice.
    pub(super) struct Answering<F> {
        pending: Pending,
        #[pin]
        handler: Handler<F>,
    }
}

pin_project! {
    #[project = HandlerState]
    enum Handler<F> {
        Refused { why: &'static str },
        Panicked { panicked: Panicked },
        Running { #[pin] future: F },
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answering<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.handler.project() {
            HandlerState::Refused { why } => error_response(StatusCode::BAD_REQUEST, "invalid_request", why),
            HandlerState::Panicked { panicked } => this.pending.panicked(panicked),
            HandlerState::Running { future } => match catch(|| future.poll(cx)) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(Ok(response))) => response,
                Ok(Poll::Ready(Err(never))) => match never {},
                Err(panicked) => this.pending.panicked(&panicked),
            },
        };
        Poll::Ready(Ok(this.pending.answered(response)))
    }
}

/// A request without its answer. Dropped before it, its client went away.
struct Pending {
    connection: Underway,
    route: Arc<RouteMetrics>,
    request_id: RequestId,
    client: IpAddr,
    method: Method,
    version: Version,
    must_close: bool,
    has_body: bool,
    is_answered: bool,
    begun: Instant,
}

impl Pending {
    fn new(connection: Underway, request: &Request<Incoming>, arrival: &Arrival) -> Self {
        let metrics = &connection.shared.connections.metrics;
        Self {
            route: Arc::clone(metrics.route(request.uri().path())),
            request_id: arrival.request_id.clone(),
            client: arrival.client,
            method: request.method().clone(),
            version: request.version(),
            must_close: false,
            has_body: !request.body().is_end_stream(),
            is_answered: false,
            begun: arrival.begun,
            connection,
        }
    }

    /// The answer to a request whose handler panicked.
    fn panicked(&self, panicked: &Panicked) -> Response {
        let request_id = &self.request_id;
        self.connection.shared.connections.metrics.panics.inc();
        tracing::error!(%request_id, place = panicked.place, "a handler panicked; this is a bug in the program");
        let description = format!("The server made a mistake; its log tells more under request id {request_id}");
        error_response(StatusCode::INTERNAL_SERVER_ERROR, "server_error", &description)
    }

    /// Dresses, counts and logs the answer.
    fn answered(&mut self, mut response: Response) -> Response {
        let status = response.status();
        let must_close = self.must_close || (self.has_body && leaves_body_unread(&self.method, status));
        dress(response.headers_mut(), &self.request_id, must_close && self.version < Version::HTTP_2);
        let taken = self.begun.elapsed();
        self.is_answered = true;
        self.route.answered(status, taken);
        tracing::debug!(
            target: "keyward::access",
            method = %self.method,
            route = self.route.template,
            status = status.as_u16(),
            micros = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX),
            client = %self.client,
            request_id = %self.request_id,
            "answered"
        );
        response
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.is_answered {
            self.route.cancelled();
        }
    }
}

fn arrival(connection: &Connection, headers: &HeaderMap) -> Arrival {
    let begun = Instant::now();
    let connections = &connection.shared.connections;
    let deadline = begun + connections.limits.request_time;
    if !connection.peer_is_proxy {
        let request_id = connections.request_ids.next();
        return Arrival { request_id, client: connection.peer, https: connection.is_tls, begun, deadline, asker: OnceLock::new() };
    }
    let proxies = &connection.shared.trusted_proxies;
    let given = headers.get(&X_REQUEST_ID).and_then(RequestId::given);
    Arrival {
        request_id: given.unwrap_or_else(|| connections.request_ids.next()),
        client: proxies.client_address(connection.peer, headers),
        https: connection.is_tls || proxies.client_spoke_https(connection.peer, headers),
        begun,
        deadline,
        asker: OnceLock::new(),
    }
}

/// Whether two readers could take the request for different hosts: RFC 9112 §3.2 wants one `Host`, RFC 9113 §8.3.1
/// wants it to equal `:authority`.
fn ambiguous_host(request: &Request<Incoming>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let first = hosts.next();
    if hosts.next().is_some() {
        return Some("the head has more than one Host");
    }
    match (request.version(), first) {
        (Version::HTTP_11, None) => Some("the head has no Host"),
        (Version::HTTP_2, Some(host)) => {
            let authority = request.uri().authority()?;
            let same = host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes());
            (!same).then_some("Host differs from :authority")
        }
        _ => None,
    }
}

/// Answers given before the body was read to its end: what follows on the connection is not a request. Only endpoints
/// that are posted to read one.
fn leaves_body_unread(method: &Method, status: StatusCode) -> bool {
    use StatusCode as Status;
    let refused = matches!(status, Status::REQUEST_TIMEOUT | Status::PAYLOAD_TOO_LARGE | Status::NOT_FOUND | Status::METHOD_NOT_ALLOWED);
    method != Method::POST || refused
}

/// What the listener itself answers, in the form of RFC 6749 §5.2. `description` is our own text, without quotes.
fn error_response(status: StatusCode, error: &str, description: &str) -> Response {
    let json = format!(r#"{{"error":"{error}","error_description":"{description}"}}"#);
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// The headers of every answer.
fn dress(headers: &mut HeaderMap, request_id: &RequestId, must_close: bool) {
    headers.insert(X_REQUEST_ID.clone(), request_id.header());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if must_close {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}
