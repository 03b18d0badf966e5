//! What the server counts, in the text form Prometheus reads.
//!
//! 1. [`Metrics::new`] makes every series of every route beforehand, so that counting a request is a look-up of its
//!    path and two additions.
//! 2. The listener counts requests and connections; endpoints, the hashing pool and the store count through the public
//!    handles.
//! 3. [`Metrics::router`] answers `GET /metrics` on a listener of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{StatusCode, header};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// The media type of the text form.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds. The first ones are for answers from memory, the last ones for a queue of password hashes.
const SECONDS: [f64; 13] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Decisions committed together.
const BATCH: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Every metric. One for the whole process, behind an [`Arc`].
pub struct Metrics {
    registry: Registry,
    paths: matchit::Router<Arc<RouteMetrics>>,
    unmatched: Arc<RouteMetrics>,
    tokens_issued: Family<Grant, Counter>,
    refusals: Family<Step, Counter>,
    /// Passwords waiting to be hashed now.
    pub hashing_waiting: Gauge,
    /// Seconds a password hash took, without its waiting.
    pub hashing_seconds: Histogram,
    /// Decisions the store committed in one transaction.
    pub commit_batch: Histogram,
    /// Connections open now, on all listeners.
    pub connections_open: Gauge,
    /// Connections closed because others waited for a place, see [`crate::listener::Limits::connections`].
    pub connections_evicted: Counter,
    /// TLS handshakes that failed or took too long.
    pub handshakes_failed: Counter,
    /// Handlers that panicked. Anything but zero is a bug.
    pub panics: Counter,
}

/// The series of one route.
#[derive(Debug)]
pub struct RouteMetrics {
    /// The route as it was registered, for example `/oauth/token`.
    pub template: &'static str,
    answers: [Counter; ENDINGS.len()],
    seconds: Histogram,
}

/// How a request can end, as the label says it.
const ENDINGS: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "cancelled"];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteAndStatus {
    route: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Grant {
    grant: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Step {
    step: &'static str,
}

impl Metrics {
    /// Every metric at zero, with series for `templates`: the paths of all routes, in the router's own form.
    ///
    /// A template given twice counts once.
    ///
    /// # Errors
    /// When a template is malformed or contradicts another, which the router itself would refuse too.
    pub fn new(templates: &[&'static str]) -> Result<Self, matchit::InsertError> {
        let mut registry = Registry::with_prefix("keyward");
        let requests = Family::<RouteAndStatus, Counter>::default();
        let seconds = Family::<Route, Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register("requests", "Requests by route and class of status", requests.clone());
        registry.register_with_unit("request", "Time from a request's head to its answer", Unit::Seconds, seconds.clone());

        let route = |template| Arc::new(RouteMetrics::new(template, &requests, &seconds));
        let mut paths = matchit::Router::new();
        let mut known = std::collections::HashSet::new();
        for template in templates.iter().filter(|template| known.insert(**template)) {
            paths.insert(*template, route(template))?;
        }
        let unmatched = route("unmatched");
        Ok(Self::with_series(registry, paths, unmatched))
    }

    fn with_series(mut registry: Registry, paths: matchit::Router<Arc<RouteMetrics>>, unmatched: Arc<RouteMetrics>) -> Self {
        let tokens_issued = Family::default();
        let refusals = Family::default();
        let hashing_waiting = Gauge::default();
        let hashing_seconds = Histogram::new(SECONDS);
        let commit_batch = Histogram::new(BATCH);
        let connections_open = Gauge::default();
        let connections_evicted = Counter::default();
        let handshakes_failed = Counter::default();
        let panics = Counter::default();
        registry.register("tokens_issued", "Access tokens issued by grant", Family::clone(&tokens_issued));
        registry.register("refusals", "Requests refused by the step that refused them", Family::clone(&refusals));
        registry.register("hashing_waiting", "Passwords waiting to be hashed", hashing_waiting.clone());
        registry.register_with_unit("hashing", "Time a password hash took", Unit::Seconds, hashing_seconds.clone());
        registry.register("commit_batch", "Decisions committed in one transaction", commit_batch.clone());
        registry.register("connections_open", "Open connections", connections_open.clone());
        registry.register("connections_evicted", "Idle connections closed to make room", connections_evicted.clone());
        registry.register("handshakes_failed", "TLS handshakes that failed", handshakes_failed.clone());
        registry.register("panics", "Handlers that panicked", panics.clone());
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The running program", build);
        Self {
            registry,
            paths,
            unmatched,
            tokens_issued,
            refusals,
            hashing_waiting,
            hashing_seconds,
            commit_batch,
            connections_open,
            connections_evicted,
            handshakes_failed,
            panics,
        }
    }

    /// The series of the route that serves `path`, or those of `unmatched`.
    pub fn route(&self, path: &str) -> &Arc<RouteMetrics> {
        self.paths.at(path).map_or(&self.unmatched, |found| found.value)
    }

    /// An access token was issued for `grant`, for example `client_credentials`.
    pub fn token_issued(&self, grant: &'static str) {
        self.tokens_issued.get_or_create(&Grant { grant }).inc();
    }

    /// The check named `step` refused a request.
    pub fn refused(&self, step: &'static str) {
        self.refusals.get_or_create(&Step { step }).inc();
    }

    /// Everything as OpenMetrics text.
    ///
    /// # Errors
    /// Only if a metric cannot be written as text.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(16 * 1024);
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// `GET /metrics`, for a listener of its own that only the operator reaches.
    pub fn router(self: &Arc<Self>) -> Router {
        let metrics = Arc::clone(self);
        let answer = move || async move {
            let text = metrics.text().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
            Ok::<_, StatusCode>(([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response())
        };
        Router::new().route("/metrics", get(answer))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl RouteMetrics {
    fn new(template: &'static str, requests: &Family<RouteAndStatus, Counter>, seconds: &Family<Route, Histogram>) -> Self {
        let answers = ENDINGS.map(|status| requests.get_or_create_owned(&RouteAndStatus { route: template, status }));
        Self { template, answers, seconds: seconds.get_or_create_owned(&Route { route: template }) }
    }

    /// A request was answered with `status` after `taken`.
    pub fn answered(&self, status: StatusCode, taken: Duration) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = self.answers.get(class) {
            counter.inc();
        }
        self.seconds.observe(taken.as_secs_f64());
    }

    /// A request ended without an answer: its client went away.
    pub fn cancelled(&self) {
        if let Some(counter) = self.answers.last() {
            counter.inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_counted_under_its_template_and_class() {
        let metrics = Metrics::new(&["/oauth/token", "/users/{name}", "/oauth/token"]).unwrap();
        metrics.route("/oauth/token").answered(StatusCode::OK, Duration::from_micros(90));
        metrics.route("/users/alice").answered(StatusCode::NOT_FOUND, Duration::from_millis(3));
        metrics.route("/wp-login.php").answered(StatusCode::NOT_FOUND, Duration::ZERO);
        metrics.route("/oauth/token").cancelled();
        let text = metrics.text().unwrap();
        for line in [
            r#"keyward_requests_total{route="/oauth/token",status="2xx"} 1"#,
            r#"keyward_requests_total{route="/oauth/token",status="cancelled"} 1"#,
            r#"keyward_requests_total{route="/users/{name}",status="4xx"} 1"#,
            r#"keyward_requests_total{route="unmatched",status="4xx"} 1"#,
            r#"keyward_request_seconds_bucket{le="0.0001",route="/oauth/token"} 1"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("alice") && !text.contains("wp-login"));
    }

    #[test]
    fn every_metric_has_its_name_before_anything_happened() {
        let metrics = Metrics::new(&["/oauth/token"]).unwrap();
        metrics.token_issued("password");
        metrics.refused("client_secret");
        let text = metrics.text().unwrap();
        for name in [
            r#"keyward_tokens_issued_total{grant="password"} 1"#,
            r#"keyward_refusals_total{step="client_secret"} 1"#,
            "keyward_hashing_waiting 0",
            "keyward_hashing_seconds_count 0",
            "keyward_commit_batch_count 0",
            "keyward_connections_open 0",
            "keyward_connections_evicted_total 0",
            "keyward_handshakes_failed_total 0",
            "keyward_panics_total 0",
            "keyward_build_info{version=",
            r#"keyward_requests_total{route="/oauth/token",status="5xx"} 0"#,
        ] {
            assert!(text.contains(name), "{name} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn templates_that_contradict_each_other_are_refused() {
        assert!(Metrics::new(&["/users/{name}", "/users/{id}"]).is_err());
    }
}
