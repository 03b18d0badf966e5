//! Change the password.

use serde::Serialize;

/// The form for a new password: `POST /account/password` with `csrf`, `current_password`, `new_password`,
/// `new_password_again`, and `keep_applications=yes` if applications keep their access.
#[derive(Clone, Serialize)]
pub struct PasswordPage<'a> {
    /// Against forged requests.
    pub csrf: &'a str,
    /// Who is signed in.
    pub username: &'a str,
    /// The fewest characters a new password has.
    pub least_length: u64,
    /// Whether applications are to keep their access, as was chosen before.
    pub keep_applications: bool,
    /// Why it was not changed.
    pub problem: Option<PasswordProblem>,
}

/// Why a password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PasswordProblem {
    /// The current one is another.
    WrongCurrent,
    /// The new one was not entered twice alike.
    Different,
    /// The new one has fewer characters than it needs.
    TooShort,
    /// The new one is longer than is stored.
    TooLong,
    /// The new one has a character that cannot be seen.
    Control,
    /// The new one is the current one.
    Same,
    /// Too many attempts; the next is listened to after so many seconds.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// The server is too busy to check passwords.
    Busy,
    /// The password is kept elsewhere; then there is no form.
    KeptElsewhere,
}

impl PasswordPage<'_> {
    /// First seen, and after each problem.
    pub(super) fn samples() -> impl Iterator<Item = PasswordPage<'static>> {
        let first = PasswordPage { csrf: "sample-token", username: "alice", least_length: 8, keep_applications: false, problem: None };
        let problems = [
            PasswordProblem::WrongCurrent,
            PasswordProblem::Different,
            PasswordProblem::TooShort,
            PasswordProblem::TooLong,
            PasswordProblem::Control,
            PasswordProblem::Same,
            PasswordProblem::TooMany { seconds: 1 },
            PasswordProblem::Busy,
            PasswordProblem::KeptElsewhere,
        ];
        let failed = problems.map(|problem| PasswordPage { keep_applications: true, problem: Some(problem), ..first.clone() });
        [first].into_iter().chain(failed)
    }
}
