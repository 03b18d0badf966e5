//! What the server counts, in the text form Prometheus reads.
//!
//! 1. [`Metrics::new`] makes every series of every route beforehand, so that counting a request is a look-up of its
//!    path and two additions.
//! 2. The listener counts requests and connections, the endpoints tokens and refusals. The hashing threads and the store's
//!    writer count for themselves; that is taken over when somebody reads.
//! 3. [`router`] answers `GET /metrics` on a listener of its own.

use std::fmt;
use std::sync::{Arc, atomic::Ordering};
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{StatusCode, header};
use keyward_store::WriterReport;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::hashing::Hashing;

/// The media type of the text form.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds. The first ones are for answers from memory, the last ones for a queue of password hashes.
const SECONDS: [f64; 13] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Every metric. One for the whole process, behind an [`Arc`].
pub struct Metrics {
    registry: Registry,
    paths: matchit::Router<Arc<RouteMetrics>>,
    unmatched: Arc<RouteMetrics>,
    tokens_issued: Family<Grant, Counter>,
    refusals: Family<Step, Counter>,
    measured: Measured,
    /// Connections open now, on all listeners.
    pub connections_open: Gauge,
    /// Connections closed because others waited for a place, see [`crate::listener::Limits::connections`].
    pub connections_evicted: Counter,
    /// TLS handshakes that failed or took too long.
    pub handshakes_failed: Counter,
    /// Handlers that panicked. Anything but zero is a bug.
    pub panics: Counter,
}

/// What others count for themselves, taken over when somebody reads the metrics.
#[derive(Default)]
struct Measured {
    hashing_waiting: Gauge,
    hashes: Counter,
    hashes_refused: Counter,
    commits: Counter,
    decisions: Counter,
    commits_failed: Counter,
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
        let measured = Measured::default();
        let connections_open = Gauge::default();
        let connections_evicted = Counter::default();
        let handshakes_failed = Counter::default();
        let panics = Counter::default();
        registry.register("tokens_issued", "Access tokens issued by grant", Family::clone(&tokens_issued));
        registry.register("refusals", "Requests refused by the step that refused them", Family::clone(&refusals));
        registry.register("hashing_waiting", "Passwords waiting to be hashed", measured.hashing_waiting.clone());
        registry.register("hashes", "Password hashes computed", measured.hashes.clone());
        registry.register("hashes_refused", "Passwords turned away because too many were waiting", measured.hashes_refused.clone());
        registry.register("commits", "Transactions the store committed", measured.commits.clone());
        registry.register("decisions", "Decisions in them", measured.decisions.clone());
        registry.register("commits_failed", "Transactions that failed, acknowledged to nobody", measured.commits_failed.clone());
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
            measured,
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

    /// Takes over what the hashing threads and the store's writer count.
    pub fn measure(&self, hashing: &Hashing, writer: WriterReport) {
        let counts = hashing.counts();
        let measured = &self.measured;
        measured.hashing_waiting.set(i64::try_from(hashing.waiting()).unwrap_or(i64::MAX));
        measured.hashes.inner().store(counts.computed, Ordering::Relaxed);
        measured.hashes_refused.inner().store(counts.refused, Ordering::Relaxed);
        measured.commits.inner().store(writer.commits, Ordering::Relaxed);
        measured.decisions.inner().store(writer.jobs, Ordering::Relaxed);
        measured.commits_failed.inner().store(writer.failures, Ordering::Relaxed);
    }
}

/// `GET /metrics`, for a listener of its own that only the operator reaches; answers `text`.
pub fn router(text: impl Fn() -> Result<String, fmt::Error> + Clone + Send + Sync + 'static) -> Router {
    let answer = async move || {
        let text = text().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok::<_, StatusCode>(([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response())
    };
    Router::new().route("/metrics", get(answer))
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
            "keyward_hashes_total 0",
            "keyward_commits_total 0",
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
