//! One request over HTTP, written down before and after.

use std::io::ErrorKind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use ureq::Agent;
use ureq::http::StatusCode;

use crate::Result;
use crate::book::Book;
use crate::journal::{Answer, Ask, Event, Journal};
use crate::scenario::{CLIENTS, PASSWORD, SECRET, USERS};

/// How long an answer may take before it counts as none. Longer than any time limit of the server.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With this answer.
    Answered(Answer),
    /// Without an answer; it may have been carried out.
    Unanswered,
    /// Nobody listened.
    Unsent,
}

/// Where the requests of a run go and where they are written down.
#[derive(Debug)]
pub struct Desk {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// The journal.
    pub journal: Journal,
    book: Mutex<Book>,
}

impl Desk {
    /// A desk without tokens.
    #[must_use]
    pub fn new(base: String, journal: Journal) -> Self {
        Self { base, journal, book: Mutex::default() }
    }

    /// The tokens known so far.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
}

#[derive(Deserialize)]
struct Introspection {
    active: bool,
}

/// A status, whether Retry-After came with it, and the body.
struct Reply {
    status: StatusCode,
    retry_after: bool,
    body: String,
}

/// One worker's connection to the server.
#[derive(Debug)]
pub struct Caller<'a> {
    desk: &'a Desk,
    agent: Agent,
}

impl<'a> Caller<'a> {
    /// A caller with connections of its own.
    #[must_use]
    pub fn new(desk: &'a Desk) -> Self {
        let agent = Agent::config_builder().http_status_as_error(false).proxy(None).timeout_global(Some(PATIENCE)).build().into();
        Self { desk, agent }
    }

    /// The desk this caller writes to.
    #[must_use]
    pub fn desk(&self) -> &'a Desk {
        self.desk
    }

    /// Sends a request and records it.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn ask(&self, ask: Ask) -> Result<Ending> {
        let journal = &self.desk.journal;
        self.desk.book().mark(ask, |chain| {
            chain.touched = true;
            chain.over |= matches!(ask, Ask::Revoke(token) if chain.refresh.contains(&token) || chain.refresh.is_empty());
        });
        let operation = journal.sent(ask)?;
        match self.send(ask) {
            Ok(reply) => {
                // Nobody may see the new tokens before the journal knows them.
                let mut book = self.desk.book();
                let answer = read(&mut book, ask, &reply);
                journal.record(Event::Answered(operation, answer.clone()))?;
                Ok(Ending::Answered(answer))
            }
            Err(ureq::Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                journal.record(Event::Unsent(operation))?;
                Ok(Ending::Unsent)
            }
            Err(_) => {
                self.desk.book().mark(ask, |chain| chain.in_doubt |= matches!(ask, Ask::Refresh(_) | Ask::Revoke(_)));
                journal.record(Event::Unanswered(operation))?;
                Ok(Ending::Unanswered)
            }
        }
    }

    /// The status of a `GET` that is no part of the journal.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn status(&self, path: &str) -> Result<u16> {
        Ok(self.agent.get(format!("{}{path}", self.desk.base)).call()?.status().as_u16())
    }

    fn send(&self, ask: Ask) -> std::result::Result<Reply, ureq::Error> {
        match ask {
            Ask::Password(client) => {
                let user = USERS.get(client % USERS.len()).copied().unwrap_or_default();
                let form = [("grant_type", "password"), ("username", user), ("password", PASSWORD)];
                self.post("/oauth/token", client, &form)
            }
            Ask::ClientCredentials(client) => self.post("/oauth/token", client, &[("grant_type", "client_credentials")]),
            Ask::Refresh(token) => {
                let (text, client) = self.desk.book().look_up(token).unwrap_or_default();
                self.post("/oauth/token", client, &[("grant_type", "refresh_token"), ("refresh_token", &text)])
            }
            Ask::Revoke(token) => {
                let (text, client) = self.desk.book().look_up(token).unwrap_or_default();
                self.post("/oauth/revoke", client, &[("token", &text)])
            }
            Ask::Introspect(token) => {
                let (text, client) = self.desk.book().look_up(token).unwrap_or_default();
                self.post("/oauth/introspect", client, &[("token", &text)])
            }
            Ask::Use(token) => {
                let (text, _) = self.desk.book().look_up(token).unwrap_or_default();
                let url = format!("{}/secure", self.desk.base);
                reply(self.agent.get(url).header("authorization", format!("Bearer {text}")).call()?)
            }
        }
    }

    fn post(&self, path: &str, client: usize, form: &[(&str, &str)]) -> std::result::Result<Reply, ureq::Error> {
        let id = CLIENTS.get(client).map_or("", |client| client.id);
        let form = form.iter().copied().chain([("client_id", id), ("client_secret", SECRET)]);
        reply(self.agent.post(format!("{}{path}", self.desk.base)).send_form(form)?)
    }
}

fn read(book: &mut Book, ask: Ask, reply: &Reply) -> Answer {
    if matches!(reply.status.as_u16(), 503 | 429) && reply.retry_after {
        return Answer::Unavailable;
    }
    expected(book, ask, reply).unwrap_or_else(|| {
        let retry = if reply.retry_after { "" } else { " without Retry-After" };
        Answer::Odd(format!("{}{retry}: {}", reply.status, reply.body.chars().take(300).collect::<String>()))
    })
}

/// The answer, if it is one of those the request may get.
fn expected(book: &mut Book, ask: Ask, reply: &Reply) -> Option<Answer> {
    match (ask, reply.status.as_u16()) {
        (Ask::Password(_) | Ask::ClientCredentials(_) | Ask::Refresh(_), 200) => {
            let response: TokenResponse = serde_json::from_str(&reply.body).ok()?;
            let (access, refresh) = book.issued(ask, response.access_token, response.refresh_token);
            Some(Answer::Issued { access, refresh })
        }
        (Ask::Refresh(_), 400) => {
            let response: ErrorResponse = serde_json::from_str(&reply.body).ok()?;
            (response.error == "invalid_grant").then_some(Answer::Refused)
        }
        (Ask::Revoke(_), 200) => Some(Answer::Revoked),
        (Ask::Introspect(_), 200) => {
            let response: Introspection = serde_json::from_str(&reply.body).ok()?;
            Some(Answer::Active(response.active))
        }
        (Ask::Use(_), 200) => Some(Answer::Active(true)),
        (Ask::Use(_), 401) => Some(Answer::Active(false)),
        _ => None,
    }
}

fn reply(mut response: ureq::http::Response<ureq::Body>) -> std::result::Result<Reply, ureq::Error> {
    let retry_after = response.headers().contains_key("retry-after");
    let body = response.body_mut().read_to_string()?;
    Ok(Reply { status: response.status(), retry_after, body })
}
