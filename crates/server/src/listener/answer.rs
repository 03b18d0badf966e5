//! One request, from its head to its answer, in a single pass without layers.
//!
//! 1. It gets its id and its client's address: its [`Arrival`], which handlers read.
//! 2. What is ambiguous is refused before a handler sees it.
//! 3. The router answers. A panic becomes a 500, and the connection lives.
//! 4. The answer gets the headers that every answer carries.
//! 5. It is counted and, at level debug, logged: the route, never the path or the query.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Version, header};
use hyper::body::Incoming;
use tower::Service;

use super::body::error_response;
use super::connection::{Connection, Underway};
use super::heads::Verdict;
use super::panics::catch;
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
    /// Until when the body must be complete, for [`super::read_body`].
    pub deadline: tokio::time::Instant,
}

impl<S: Sync> FromRequestParts<S> for Arrival {
    type Rejection = StatusCode;

    /// Fails only where a router is called without a listener.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Answers a request.
pub(super) async fn answer(connection: Underway, mut request: Request<Incoming>, verdict: Verdict) -> Result<Response, Infallible> {
    let begun = Instant::now();
    let metrics = &*connection.shared.connections.metrics;
    let mut ending = Ending::new(metrics.route(request.uri().path()));
    let arrival = arrival(&connection, begun, request.headers());
    let (request_id, client) = (arrival.request_id.clone(), arrival.client);
    let method = request.method().clone();
    let version = request.version();

    let refusal = match verdict {
        Verdict::Ambiguous(why) => Some(why),
        Verdict::Clean | Verdict::Last => ambiguous_host(&request),
    };
    let mut response = match refusal {
        Some(why) => error_response(StatusCode::BAD_REQUEST, "invalid_request", why),
        None => {
            request.extensions_mut().insert(arrival);
            routed(&connection, request, &request_id).await
        }
    };

    let must_close = verdict != Verdict::Clean || refusal.is_some() || leaves_body_unread(response.status());
    dress(&mut response, &request_id, must_close && version < Version::HTTP_2);
    let taken = begun.elapsed();
    ending.answered(response.status(), taken);
    tracing::debug!(
        target: "keyward::access",
        %method,
        route = ending.route.template,
        status = response.status().as_u16(),
        micros = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX),
        %client,
        %request_id,
        "answered"
    );
    Ok(response)
}

fn arrival(connection: &Connection, begun: Instant, headers: &HeaderMap) -> Arrival {
    let connections = &connection.shared.connections;
    let deadline = tokio::time::Instant::from_std(begun) + connections.limits.request_time;
    if !connection.peer_is_proxy {
        let request_id = connections.request_ids.next();
        return Arrival { request_id, client: connection.peer, https: connection.is_tls, deadline };
    }
    let proxies = &connection.shared.trusted_proxies;
    let given = headers.get(&X_REQUEST_ID).and_then(RequestId::given);
    Arrival {
        request_id: given.unwrap_or_else(|| connections.request_ids.next()),
        client: proxies.client_address(connection.peer, headers),
        https: connection.is_tls || proxies.client_spoke_https(connection.peer, headers),
        deadline,
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

async fn routed(connection: &Connection, request: Request<Incoming>, request_id: &RequestId) -> Response {
    let mut router = connection.shared.router.clone();
    match catch(async move { router.call(request).await }).await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(panicked) => {
            connection.shared.connections.metrics.panics.inc();
            tracing::error!(%request_id, place = panicked.place, "a handler panicked; this is a bug in the program");
            let description = format!("The server made a mistake; its log tells more under request id {request_id}");
            error_response(StatusCode::INTERNAL_SERVER_ERROR, "server_error", &description)
        }
    }
}

/// Answers given before the body was read to its end: what follows on the connection is not a request.
fn leaves_body_unread(status: StatusCode) -> bool {
    matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE)
}

/// The headers of every answer.
fn dress(response: &mut Response, request_id: &RequestId, must_close: bool) {
    let headers = response.headers_mut();
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

/// Counts how a request ended, also when its client went away and it was dropped.
struct Ending<'a> {
    route: &'a RouteMetrics,
    is_answered: bool,
}

impl<'a> Ending<'a> {
    fn new(route: &'a RouteMetrics) -> Self {
        Self { route, is_answered: false }
    }

    fn answered(&mut self, status: StatusCode, taken: Duration) {
        self.is_answered = true;
        self.route.answered(status, taken);
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.route.cancelled();
        }
    }
}
