//! Signing out.

use serde::Serialize;

/// The question whether to sign out: `POST /logout` with `csrf`.
#[derive(Clone, Serialize)]
pub struct SignOutPage<'a> {
    /// Against forged requests.
    pub csrf: &'a str,
    /// Who is signed in.
    pub username: &'a str,
}

/// One is signed out.
#[derive(Clone, Serialize)]
pub struct SignedOut<'a> {
    /// Where to sign in again, a path of this server.
    pub sign_in: &'a str,
}

impl SignOutPage<'_> {
    /// The one there is.
    pub(super) fn samples() -> impl Iterator<Item = SignOutPage<'static>> {
        [SignOutPage { csrf: "sample-token", username: "alice" }].into_iter()
    }
}

impl SignedOut<'_> {
    /// The one there is.
    pub(super) fn samples() -> impl Iterator<Item = SignedOut<'static>> {
        [SignedOut { sign_in: "/login" }].into_iter()
    }
}
