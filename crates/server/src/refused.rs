//! The one way a refusal goes out: worded by the profile, logged with its step under the request id.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use keyward_wire::error::{Code, Refusal};
use tracing::{error, info, warn};

use crate::{app::Site, json::private_json, listener::Arrival};

/// Answers `refusal`, and logs and counts it.
#[must_use]
pub fn refused(site: &Site, arrival: &Arrival, refusal: &Refusal) -> Response {
    let answer = refusal.code.answer(site.profile);
    log(site, arrival, refusal, answer.status);
    site.app.metrics.refused(refusal.step);
    let mut response = private_json(answer.status, &answer.body());
    let headers = response.headers_mut();
    if let Some(challenge) = answer.challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = answer.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if let Some(methods) = answer.allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    response
}

fn log(site: &Site, arrival: &Arrival, refusal: &Refusal, status: StatusCode) {
    let (request_id, address, profile) = (&arrival.request_id, arrival.client, site.profile.name.as_str());
    let (status, step, reason) = (status.as_u16(), refusal.step, &*refusal.reason);
    match refusal.code {
        Code::Defect => error!(%request_id, %address, profile, status, step, reason, "refused"),
        Code::StoreUnavailable(_) | Code::Busy(_) => warn!(%request_id, %address, profile, status, step, reason, "refused"),
        _ => info!(%request_id, %address, profile, status, step, reason, "refused"),
    }
}
