//! Authenticating users: from what a directory says to a proof.

use std::{borrow::Cow, sync::Arc};

use keyward_wire::error::{Code, Refusal};

use crate::model::{epoch::Epoch, id::UserId, time::Timestamp, user::User};

/// A user who has proved who they are. Only [`authenticate`] makes one.
#[derive(Clone, Debug)]
pub struct AuthenticatedUser {
    user: Arc<User>,
    at: Timestamp,
}

impl AuthenticatedUser {
    /// Who.
    #[must_use]
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// Their epoch as the password was checked: a password changed since makes this proof worthless.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.user.epoch
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The same person after they changed their own entry to `user`.
    #[must_use]
    pub fn after_change(self, user: User) -> Self {
        AuthenticatedUser { user: Arc::new(User { id: self.user.id, ..user }), at: self.at }
    }

    /// All that is known of them.
    #[must_use]
    pub fn user(&self) -> &Arc<User> {
        &self.user
    }
}

/// Accepts `user` if there is one, the directory found the password right, and they may log in. `password` is what the
/// directory says; its error is for the log.
///
/// # Errors
/// [`Code::CredentialsWrong`], the same for all three; only the log tells them apart.
pub fn authenticate(user: Option<Arc<User>>, password: Result<(), String>, at: Timestamp) -> Result<AuthenticatedUser, Refusal> {
    let refuse = |step, reason: Cow<'static, str>| Err(Refusal::new(Code::CredentialsWrong, step, reason));
    match (user, password) {
        (None, _) => refuse("user_known", "no user has this name".into()),
        (Some(_), Err(mismatch)) => refuse("password_matches", mismatch.into()),
        (Some(user), Ok(())) if user.disabled_at.is_some() => {
            refuse("user_enabled", "the user is disabled; enable them with: keyward user enable".into())
        }
        (Some(user), Ok(())) => Ok(AuthenticatedUser { user, at }),
    }
}
