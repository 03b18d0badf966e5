//! The one way a refusal goes out: worded by the profile, logged with its step under the request id.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use keyward_wire::error::{Code, Refusal};
use tracing::{debug, error, info, warn};

use crate::{
    app::Site,
    json::{private_json, private_text},
    listener::Arrival,
};

/// How many characters of a client id go to the log.
const LONGEST_ID: usize = 64;
/// How many bytes of a reason go to the log: some repeat what was asked for.
const LONGEST_REASON: usize = 1000;

/// Answers `refusal`, and logs and counts it.
#[must_use]
pub fn refused(site: &Site, arrival: &Arrival, refusal: &Refusal) -> Response {
    refused_with_state(site, arrival, refusal, None)
}

/// The same for an authorization request with this `state`.
#[must_use]
pub fn refused_with_state(site: &Site, arrival: &Arrival, refusal: &Refusal, state: Option<&str>) -> Response {
    let answer = refusal.code.answer(site.profile);
    note(site, arrival, refusal, answer.status);
    let mut response = match answer.plain {
        true => private_text(answer.status, answer.description.into_owned()),
        false => private_json(answer.status, &answer.body(state)),
    };
    let headers = response.headers_mut();
    for challenge in answer.challenges.into_iter().filter_map(|text| HeaderValue::try_from(text).ok()) {
        headers.append(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = answer.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if let Some(methods) = answer.allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    response
}

/// Logs and counts a refusal that goes out with `status`, with the client that it was said to, whether that has proved who it is
/// or not: a client id is no secret (RFC 6749 §2.2). What nobody is registered under may be one, in the wrong field, and is left
/// out; so is the name of a user who could not log in.
pub fn note(site: &Site, arrival: &Arrival, refusal: &Refusal, status: StatusCode) {
    site.app.metrics.refused(refusal.step);
    let (request_id, address, profile) = (&arrival.request_id, arrival.client, site.profile.name.as_str());
    let reason = refusal.reason.get(..refusal.reason.floor_char_boundary(LONGEST_REASON));
    let (status, step) = (status.as_u16(), refusal.step);
    let client_id =
        arrival.asker().filter(|_| !matches!(refusal.code, Code::ClientUnknown(_) | Code::ApplicationUnknown(_))).map(printable);
    let client_id = client_id.as_deref();
    match refusal.code {
        Code::Defect => error!(%request_id, %address, profile, client_id, status, step, reason, "refused"),
        Code::StoreUnavailable(_) | Code::DirectoryUnavailable(..) | Code::Busy(_) => {
            warn!(%request_id, %address, profile, client_id, status, step, reason, "refused")
        }
        // A device asks every few seconds.
        Code::AuthorizationPending => debug!(%request_id, %address, profile, client_id, status, step, reason, "refused"),
        _ => info!(%request_id, %address, profile, client_id, status, step, reason, "refused"),
    }
}

/// The beginning of a client id that anybody may have made up, with nothing in it that a terminal obeys.
fn printable(client_id: &str) -> String {
    client_id.chars().take(LONGEST_ID).map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect()
}
