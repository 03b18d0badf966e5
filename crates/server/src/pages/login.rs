//! Sign in.

use serde::Serialize;

/// The form that asks for name and password: `POST /login` with `csrf`, `username`, `password`.
#[derive(Clone, Serialize)]
pub struct Login<'a> {
    /// The form's ticket, with where to go on.
    pub csrf: &'a str,
    /// The name of the application that sent the person here, if one did.
    pub client: Option<&'a str>,
    /// What was entered before, or hinted at; may be empty.
    pub username: &'a str,
    /// Why the last attempt failed.
    pub problem: Option<LoginProblem>,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LoginProblem {
    /// Name or password are wrong; nobody is told which.
    Wrong,
    /// Too many attempts failed; the next is listened to after so many seconds.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// The form was too old, or was not made for this browser.
    Stale,
    /// The browser sent no cookie.
    NoCookie,
    /// The server is too busy to check passwords.
    Busy,
}

impl Login<'_> {
    /// First seen, seen without an application, and after each problem.
    pub(super) fn samples() -> impl Iterator<Item = Login<'static>> {
        let first = Login { csrf: "sample-token", client: Some("Photo Album"), username: "", problem: None };
        let alone = Login { client: None, ..first.clone() };
        let too_many = LoginProblem::TooMany { seconds: 40 };
        let problems = [LoginProblem::Wrong, too_many, LoginProblem::Stale, LoginProblem::NoCookie, LoginProblem::Busy];
        let failed = problems.map(|problem| Login { username: "alice", problem: Some(problem), ..first.clone() });
        [first, alone].into_iter().chain(failed)
    }
}
