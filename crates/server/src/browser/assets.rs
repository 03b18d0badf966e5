//! What pages load: their stylesheet and the logo. Their addresses change with their content, so browsers may keep them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};

use crate::app::Site;

const KEEP: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
const AS_SAID: (HeaderName, HeaderValue) = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));

/// The stylesheet.
pub async fn stylesheet(State(site): State<Site>) -> Response {
    let pages = site.app.settings.load().pages.clone();
    let (css, _) = pages.stylesheet();
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/css;charset=utf-8")), KEEP, AS_SAID], css.to_owned()).into_response()
}

/// The logo. One that is opened by itself runs no script.
pub async fn logo(State(site): State<Site>) -> Response {
    let pages = site.app.settings.load().pages.clone();
    let (media_type, picture) = pages.logo();
    let alone = (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"));
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), KEEP, AS_SAID, alone], picture.to_vec()).into_response()
}
