//! Browser sessions: a person who signed in, until they sign out.

use super::{
    digest::SecretDigest,
    epoch::Epoch,
    id::{SessionId, UserId},
    time::Timestamp,
    user::User,
};

/// One browser in which somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it.
    pub id: SessionId,
    /// Who signed in.
    pub user: UserId,
    /// How the secret in the browser's cookie is recognised.
    pub digest: SecretDigest,
    /// The browser, in a few words; empty if it did not say.
    pub agent: String,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// When it was last used, to within a minute.
    pub seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// The user's sign-in epoch at birth.
    pub sign_in_epoch: Epoch,
    /// When the person signed out. That ends what they authorized in it as well; its time running out does not.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// Whether it speaks for `user` as they are now: nothing has ended their sessions since.
    #[must_use]
    pub fn is_of(&self, user: &User) -> bool {
        self.user == user.id && self.sign_in_epoch == user.sign_in_epoch
    }
}
