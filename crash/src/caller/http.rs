//! One HTTP request.

use std::io::ErrorKind;

use ureq::http::{HeaderMap, Response, header};

use super::{Caller, Heard};
use crate::journal::Answer;

/// Why there is no answer.
pub enum Broken {
    /// Nobody listened.
    Unsent,
    /// The connection broke.
    Unanswered,
}

impl From<ureq::Error> for Broken {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => Self::Unsent,
            _ => Self::Unanswered,
        }
    }
}

/// What came back.
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: String,
    headers: HeaderMap,
}

impl Reply {
    /// Where it sends the browser.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The cookies it sets, each as `name=value`.
    pub fn cookies(&self) -> Vec<&str> {
        let all = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        all.filter_map(|cookie| cookie.split(';').next()).collect()
    }

    /// The same as an answer that the request must not get; unless it is one that every request may get.
    pub fn unexpected(&self) -> Heard {
        let may_come_back = self.headers.contains_key(header::RETRY_AFTER);
        Heard::Plain(match (self.status, may_come_back) {
            (503 | 429, true) => Answer::Unavailable,
            (status, false) => Answer::Odd(format!("{status} without Retry-After: {}", self.beginning())),
            (status, true) => Answer::Odd(format!("{status}: {}", self.beginning())),
        })
    }

    fn beginning(&self) -> String {
        self.body.chars().take(400).collect()
    }
}

impl Caller<'_> {
    /// `GET`, with these cookies.
    pub(super) fn get(&self, path: &str, cookies: &str) -> Result<Reply, Broken> {
        self.get_as(path, &[("cookie", cookies)])
    }

    /// `GET`, with these headers; empty ones are left out.
    pub(super) fn get_as(&self, path: &str, headers: &[(&str, &str)]) -> Result<Reply, Broken> {
        let base = self.node().map(|node| node.base.as_str()).unwrap_or_default();
        let mut request = self.agent.get(format!("{base}{path}"));
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        reply(request.call()?)
    }

    /// `POST` of a form, with these cookies.
    pub(super) fn post(&self, path: &str, cookies: &str, form: &[(&str, &str)]) -> Result<Reply, Broken> {
        let base = self.node().map(|node| node.base.as_str()).unwrap_or_default();
        let mut request = self.agent.post(format!("{base}{path}"));
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        reply(request.send_form(form.iter().copied())?)
    }
}

fn reply(mut response: Response<ureq::Body>) -> Result<Reply, Broken> {
    let body = response.body_mut().read_to_string()?;
    Ok(Reply { status: response.status().as_u16(), body, headers: response.headers().clone() })
}
