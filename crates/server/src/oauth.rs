//! The OAuth endpoints, one file each, and what their requests have in common.

pub mod authorize;
pub mod check_token;
pub mod device_authorization;
pub mod introspect;
pub mod jwks;
pub mod metadata;
pub mod register;
pub mod revoke;
pub mod token;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use keyward_wire::{
    error::{Code, Refusal},
    form::Form,
    presented::Presented,
};

use crate::{
    app::Site,
    listener::{Arrival, BodyError, read_body},
};

/// The type of form bodies.
const FORM: &str = "application/x-www-form-urlencoded";
/// The type of JSON bodies.
const JSON: &str = "application/json";

/// Reads a form body.
pub async fn form_body(site: &Site, arrival: &Arrival, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    body_of(FORM, site, arrival, headers, body).await
}

/// Reads a JSON body.
pub async fn json_body(site: &Site, arrival: &Arrival, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    body_of(JSON, site, arrival, headers, body).await
}

/// Reads a body: of the one right type, within the limits of size and time. No body needs no type.
async fn body_of(media: &'static str, site: &Site, arrival: &Arrival, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let body = whole(arrival, body, site.app.settings.load().body_limit, Code::FormMalformed).await?;
    if body.is_empty() || is(headers, media) {
        return Ok(body);
    }
    Err(Refusal::new(Code::MediaType(media), "content_type", format!("expected Content-Type: {media}")))
}

/// Reads all of a body, at most `limit` bytes; `broken` is said of one that ends early.
async fn whole(arrival: &Arrival, body: Body, limit: usize, broken: Code) -> Result<Bytes, Refusal> {
    read_body(body, limit, arrival.deadline).await.map_err(|error| {
        let code = match error {
            BodyError::TooLarge { .. } => Code::BodyTooLarge,
            BodyError::TooSlow => Code::BodyTooSlow,
            BodyError::Broken(_) => broken,
        };
        Refusal::new(code, "body", error.to_string())
    })
}

/// Reads what a form endpoint is asked: the parameters of `query` and of the body from [`form_body`], then who presents them,
/// which the log of a refusal names.
fn asked<'a>(
    site: &Site,
    arrival: &Arrival,
    headers: &HeaderMap,
    query: &'a str,
    body: &'a [u8],
) -> Result<(Form<'a>, Presented), Refusal> {
    let form = Form::parse(query, body)?;
    let presented = Presented::read(site.profile, headers, &form)?;
    arrival.asked_by(presented.client_id());
    Ok((form, presented))
}

fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(media_type)
}
