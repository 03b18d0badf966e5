//! Browser sessions: from a cookie to a proof that somebody is signed in.
//!
//! 1. [`open`] makes a session of a fresh login, [`renew`] one for a person who is signed in already. Either way there is a new
//!    cookie: what a browser held before is worth nothing (no fixation).
//! 2. [`Cookie::parse`] reads what a browser sends; the store is asked for the session it names.
//! 3. [`signed_in`] compares: secret, times, and the epochs of the user.

use std::{fmt, sync::Arc};

use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;

use crate::{
    entropy::Entropy,
    model::{
        digest::SecretDigest,
        id::SessionId,
        session::Session,
        time::{Seconds, Timestamp},
        user::User,
    },
    user_auth::AuthenticatedUser,
};

/// What a session's cookie begins with, so that people and leak scanners know it.
const PREFIX: &str = "kws_";
/// How exactly [`Session::seen_at`] is kept: less often written than used.
pub const SEEN_TO_WITHIN: Seconds = Seconds(60);

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// Unused.
    pub idle: Seconds,
    /// In all.
    pub lifetime: Seconds,
}

/// A session's cookie as presented. `Debug` shows no secret.
#[derive(Clone, Copy)]
pub struct Cookie {
    /// The session it names.
    pub session: SessionId,
    secret: [u8; 32],
}

/// Somebody who is signed in. Only [`signed_in`] makes one.
#[derive(Clone, Debug)]
pub struct SignedIn {
    session: Arc<Session>,
    user: Arc<User>,
}

impl SignedIn {
    /// In which session.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Who.
    #[must_use]
    pub fn user(&self) -> &Arc<User> {
        &self.user
    }
}

impl Cookie {
    /// Reads what [`Cookie::to_secret`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        let (id, secret) = bytes.split_first_chunk::<16>()?;
        Some(Cookie { session: SessionId(*id), secret: secret.try_into().ok()? })
    }

    /// The cookie's value.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        let mut text = String::from(PREFIX);
        BASE64URL_NOPAD.encode_append(&[&self.session.0[..], &self.secret].concat(), &mut text);
        text.into()
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({})", self.session)
    }
}

/// A new session for somebody who has just proved who they are, in the browser `agent`; and its cookie.
#[must_use]
pub fn open(user: &AuthenticatedUser, agent: &str, lasting: Lasting, now: Timestamp, entropy: &Entropy) -> (Session, Cookie) {
    let cookie = Cookie { session: SessionId::new(now, entropy.authorization), secret: entropy.secret };
    let session = Session {
        id: cookie.session,
        user: user.id(),
        digest: SecretDigest::of(&cookie.secret),
        agent: agent.to_owned(),
        authenticated_at: user.at(),
        seen_at: now,
        expires_at: now + lasting.lifetime,
        sign_in_epoch: user.user().sign_in_epoch,
        ended_at: None,
    };
    (session, cookie)
}

/// The same session after its person has proved again who they are: with another cookie, and all its time before it. What was
/// authorized in it stays.
#[must_use]
pub fn renew(before: &Session, user: &AuthenticatedUser, lasting: Lasting, now: Timestamp, entropy: &Entropy) -> (Session, Cookie) {
    let (fresh, _) = open(user, &before.agent, lasting, now, entropy);
    (Session { id: before.id, ..fresh }, Cookie { session: before.id, secret: entropy.secret })
}

/// Accepts `cookie` if its session is live and its user may still be signed in. `recovered_at` is when this store last came back
/// from a backup: who signed out after that was made is signed in there.
///
/// # Errors
/// Why nobody is signed in.
pub fn signed_in(
    cookie: &Cookie,
    session: Option<Arc<Session>>,
    user: Option<Arc<User>>,
    idle: Seconds,
    recovered_at: Timestamp,
    now: Timestamp,
) -> Result<SignedIn, &'static str> {
    let session = session.ok_or("there is no such session")?;
    if !session.digest.is_of(&cookie.secret) {
        return Err("the cookie's secret is not the session's");
    }
    if session.ended_at.is_some() {
        return Err("the session was ended");
    }
    if session.authenticated_at <= recovered_at {
        return Err("the store was restored from a backup since they signed in");
    }
    if session.expires_at <= now || session.seen_at + idle <= now {
        return Err("the session has run out");
    }
    match user {
        Some(user) if user.disabled_at.is_some() => Err("the user is disabled"),
        Some(user) if session.is_of(&user) => Ok(SignedIn { session, user }),
        Some(_) => Err("the user's password or standing changed since they signed in"),
        None => Err("the user is gone"),
    }
}
