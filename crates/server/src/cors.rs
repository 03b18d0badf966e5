//! Which browser origins may call which endpoints (WHATWG Fetch, RFC 9700 §4.17).
//!
//! Only the endpoints that scripts call get the headers, only for the origins the configuration lists, never with
//! credentials: cookies play no part there.

use std::time::Duration;

use http::{HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The origins that may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Whether any may.
    pub enabled: bool,
    /// Which: scheme, host and port, as browsers send them.
    pub origins: Vec<HeaderValue>,
}

impl Cors {
    /// The layer that answers preflights and marks answers; none while CORS is off.
    #[must_use]
    pub fn layer(&self) -> Option<CorsLayer> {
        self.enabled.then(|| {
            CorsLayer::new()
                .allow_origin(AllowOrigin::list(self.origins.clone()))
                .allow_methods([Method::GET, Method::POST])
                .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
                .max_age(Duration::from_secs(600))
        })
    }
}
