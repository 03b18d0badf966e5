//! What went wrong.

use serde::Serialize;

/// A page that says why there is no other. Its status is the handler's.
#[derive(Clone, Serialize)]
pub struct ErrorPage<'a> {
    /// What went wrong, for the person.
    pub trouble: Trouble,
    /// The error code, such as `invalid_request`.
    pub code: &'a str,
    /// What was expected and found, for who wrote the application, in English; may be empty.
    pub detail: &'a str,
    /// What the log has it under.
    pub request_id: &'a str,
}

/// What a person is told, and what they can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trouble {
    /// No application is registered under the client id that was sent.
    UnknownApplication,
    /// The application did not say where to send the answer.
    MissingRedirect,
    /// The application asked to send the answer where it is not registered to send it.
    WrongRedirect,
    /// The application asked for something in a way that cannot be answered.
    WrongRequest,
    /// The form was sent before.
    Repeated,
    /// The form was too old, or was not made for this browser.
    Stale,
    /// Nothing is at this address.
    NotFound,
    /// Too many attempts; come back after so many seconds.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// The server cannot answer at the moment.
    Unavailable,
    /// The server is wrong.
    Defect,
}

impl ErrorPage<'_> {
    /// Every trouble.
    pub(super) fn samples() -> impl Iterator<Item = ErrorPage<'static>> {
        let troubles = [
            (Trouble::MissingRedirect, "invalid_request", "Missing parameter: redirect URI"),
            (Trouble::WrongRedirect, "invalid_request", "redirect_uri is none of those that the client is registered with"),
            (Trouble::UnknownApplication, "invalid_client", "no client has this client_id"),
            (Trouble::WrongRequest, "unsupported_response_type", "expected response_type=code"),
            (Trouble::Repeated, "invalid_request", ""),
            (Trouble::Stale, "invalid_request", ""),
            (Trouble::NotFound, "invalid_request", ""),
            (Trouble::TooMany { seconds: 120 }, "invalid_grant", ""),
            (Trouble::Unavailable, "temporarily_unavailable", ""),
            (Trouble::Defect, "server_error", ""),
        ];
        let page = |(trouble, code, detail)| ErrorPage { trouble, code, detail, request_id: "5f2c9a7e41d80b36" };
        troubles.into_iter().map(page)
    }
}
