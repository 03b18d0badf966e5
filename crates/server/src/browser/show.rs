//! Sending pages.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use keyward_wire::error::{Code, Refusal};
use tracing::error;

use super::{Visitor, cookies::Which};
use crate::{
    app::Site,
    listener::Arrival,
    pages::{ErrorPage, FORM_POST_SCRIPT_HASH, Page, Trouble},
    refused,
};

/// Sends `page`. Its forms lead to this server, and by it to `leads_to` and from there on (RFC 9700 §4.16, CSP level 3).
#[must_use]
pub fn show(site: &Site, arrival: &Arrival, visitor: &Visitor, status: StatusCode, page: &Page<'_>, leads_to: Option<&str>) -> Response {
    let settings = site.app.settings.load();
    let html = match settings.pages.render(page, visitor.language) {
        Ok(html) => html,
        Err(problem) => {
            error!(request_id = %arrival.request_id, %problem, "a page cannot be shown; mend the template, or remove it from pages.templates");
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "The page cannot be shown; the log says why.");
        }
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=utf-8"));
    if let Ok(policy) = HeaderValue::try_from(policy(page, leads_to)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    keep_private(headers);
    give_cookie(site, visitor, headers);
    response
}

/// Sends the browser on, by GET (RFC 9700 §4.12). Inside this server `location` is a path.
#[must_use]
pub fn redirect(site: &Site, visitor: &Visitor, status: StatusCode, location: &str) -> Response {
    let mut response = send_on(status, location);
    give_cookie(site, visitor, response.headers_mut());
    response
}

/// The same where there need be no browser.
#[must_use]
pub fn send_on(status: StatusCode, location: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(location) else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "The answer cannot be sent to where it should go.");
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(header::LOCATION, location);
    keep_private(response.headers_mut());
    response
}

/// Sends a refusal as a page, and logs and counts it. It leads nowhere.
#[must_use]
pub fn trouble(site: &Site, arrival: &Arrival, visitor: &Visitor, refusal: &Refusal) -> Response {
    let answer = refusal.code.answer(site.profile);
    // Nobody authenticates here, so there is nothing to challenge.
    let status = if answer.status == StatusCode::UNAUTHORIZED { StatusCode::BAD_REQUEST } else { answer.status };
    refused::note(site, arrival, refusal, status);
    let request_id = arrival.request_id.to_string();
    let page = ErrorPage { trouble: kind(&refusal.code), code: answer.error, detail: &answer.description, request_id: &request_id };
    let mut response = show(site, arrival, visitor, status, &Page::Error(page), None);
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if let Some(methods) = answer.allow {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    response
}

fn kind(code: &Code) -> Trouble {
    match code {
        Code::ApplicationUnknown(_) => Trouble::UnknownApplication,
        Code::RedirectUriMissing => Trouble::MissingRedirect,
        Code::RedirectUriUnregistered => Trouble::WrongRedirect,
        Code::FormStale => Trouble::Stale,
        Code::FormRepeated => Trouble::Repeated,
        Code::NotFound | Code::MethodNotAllowed(_) => Trouble::NotFound,
        Code::TooManyPasswords(seconds) | Code::TooManySecrets(seconds) | Code::TooManyUserCodes(seconds) => {
            Trouble::TooMany { seconds: u64::from(*seconds) }
        }
        Code::Busy(_) | Code::StoreUnavailable(_) | Code::DirectoryUnavailable(..) => Trouble::Unavailable,
        Code::Defect => Trouble::Defect,
        _ => Trouble::WrongRequest,
    }
}

/// What a page may load and where its forms may lead: nothing from elsewhere, no script but that of the form that posts itself.
fn policy(page: &Page<'_>, leads_to: Option<&str>) -> String {
    let script = if matches!(page, Page::FormPost(_)) { format!("; script-src '{FORM_POST_SCRIPT_HASH}'") } else { String::new() };
    let leads_to = leads_to.map(|source| format!(" {}", named(source))).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{leads_to}; frame-ancestors 'none'; base-uri 'none'{script}"
    )
}

/// The scheme of a source (CSP level 3 §2.3.1). Browsers hold a form to its policy through all redirects that follow, and where an
/// application sends people on from its own address, only it knows.
fn named(source: &str) -> &str {
    source.find(':').and_then(|colon| source.get(..=colon)).unwrap_or(source)
}

/// Pages hold tickets, redirects hold codes: neither is kept or framed. (Where the browser goes next is told nothing either: the
/// listener sees to that in every answer.)
fn keep_private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
}

fn give_cookie(site: &Site, visitor: &Visitor, headers: &mut HeaderMap) {
    if visitor.is_new
        && let Some(value) = site.app.settings.load().cookies.set(Which::Browser, visitor.browser())
    {
        headers.append(header::SET_COOKIE, value);
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    keep_private(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::DeviceDone;

    #[test]
    fn sec_a14_a_policy_lets_forms_lead_to_the_application_and_on_and_holds_nothing_else_of_its_address() {
        let forms = |leads_to| {
            let policy = policy(&Page::DeviceDone(DeviceDone { allowed: true }), Some(leads_to));
            assert_eq!(policy.matches(';').count(), 5, "{policy}");
            policy.split("; ").find_map(|directive| directive.strip_prefix("form-action 'self' ")).map(str::to_owned)
        };
        for (leads_to, named) in [
            ("https://app.example:8443", "https:"),
            ("http://127.0.0.1:51004", "http:"),
            ("com.example.app:", "com.example.app:"),
            ("http://[::1]:51004", "http:"),
            ("https://app.example;script-src", "https:"),
            ("https://a,b'", "https:"),
        ] {
            assert_eq!(forms(leads_to).as_deref(), Some(named));
        }
    }
}
