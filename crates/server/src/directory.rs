//! Another directory of users (LDAP, RFC 4511): whose password is checked there, and how they get an entry here.
//!
//! 1. [`Directory::authenticate`] takes what somebody typed. It may wait no longer than it was allowed to, and only so many may
//!    at a time: a directory that is slow or gone holds up nobody but those who log in there.
//! 2. [`conversation`] asks, over connections that [`connect`] opens; what is said over TLS is checked by [`trust`].
//! 3. What the directory says is judged by [`keyward_rules::directory`]. Whoever is new gets an entry of their own.

mod connect;
mod conversation;
mod trust;

use std::{sync::Arc, time::Duration};

use keyward_rules::{
    directory::{Filter, Policy, Source, Verdict, can_be_asked},
    model::{epoch::Epoch, id::UserId, time::Timestamp, user::User},
};
use keyward_wire::{
    directory::{DirectoryFailure, DirectoryRefusal},
    error::{Code, Refusal},
};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout_at},
};

pub use connect::Host;
pub use conversation::check_filter;
pub use trust::{Trust, TrustError};

use crate::{
    app::App,
    random::random,
    settle::{unavailable, until_committed},
};

/// How long a caller should wait when the directory cannot be asked, in seconds.
const PAUSE: u32 = 5;

/// Which directory, and how it is asked.
#[derive(Clone, Debug)]
pub struct DirectorySettings {
    /// Which users log in there.
    pub source: Source,
    /// Its servers, in the order in which they are tried.
    pub hosts: Vec<Host>,
    /// Whether what is said can be read on the way.
    pub security: Security,
    /// Below which name people are looked for.
    pub search_base: String,
    /// Who looks for them: a name and its password; nobody in particular if there is none.
    pub service: Option<(String, SecretString)>,
    /// How somebody is found by what they typed.
    pub search_filter: Filter,
    /// What must fit who is registered for this service.
    pub auth_filter: Option<Filter>,
    /// What must fit who is not locked.
    pub user_not_blocked_filter: Option<Filter>,
    /// What is made of what it says.
    pub policy: Policy,
    /// How long one login may take there, all in all.
    pub timeout: Duration,
    /// How many logins may be under way there.
    pub attempts: usize,
}

/// How connections are protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    Plain,
    /// By TLS after a word in clear (RFC 4511 §4.14).
    StartTls(Trust),
    /// By TLS from the beginning.
    Ldaps(Trust),
}

/// Why nothing was learnt from the directory; for the log.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}: {1}")]
    NotReached(String, String),
    #[error("{0}: {1}")]
    Failed(String, String),
    #[error("{0} did not answer in time")]
    TimedOut(String),
    #[error("{0} logins are under way at the directory; if it is not slow, raise directory.attempts")]
    Full(usize),
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        let (code, step) = match &trouble {
            Trouble::NotReached(..) => (Code::DirectoryUnavailable(DirectoryFailure::NotReached, PAUSE), "directory_connection"),
            Trouble::Failed(..) => (Code::DirectoryUnavailable(DirectoryFailure::Failed, PAUSE), "directory_answer"),
            Trouble::TimedOut(_) => (Code::DirectoryUnavailable(DirectoryFailure::TimedOut, PAUSE), "directory_timeout"),
            Trouble::Full(_) => (Code::Busy(1), "directory_attempts"),
        };
        Refusal::new(code, step, trouble.to_string())
    }
}

/// A directory that can be asked.
pub struct Directory {
    settings: Arc<DirectorySettings>,
    /// What TLS is spoken with; none where it is not.
    tls: Option<Arc<ClientConfig>>,
    places: Arc<Semaphore>,
}

impl Directory {
    /// Reads the certificates that are trusted. Nothing is connected.
    ///
    /// # Errors
    /// See [`TrustError`].
    pub fn open(settings: DirectorySettings) -> Result<Self, TrustError> {
        let tls = match &settings.security {
            Security::Plain => None,
            Security::StartTls(trust) | Security::Ldaps(trust) => Some(trust.client_config()?),
        };
        let places = Arc::new(Semaphore::new(settings.attempts));
        Ok(Directory { settings: Arc::new(settings), tls, places })
    }

    /// Which users log in there.
    #[must_use]
    pub fn source(&self) -> Source {
        self.settings.source
    }

    /// The entry here of whoever this name and password are, made if there is none yet.
    ///
    /// # Errors
    /// [`Code::DirectoryRefused`], [`Code::DirectoryUnavailable`], [`Code::Busy`]; the store's.
    pub async fn authenticate(&self, app: &App, login: &str, password: &SecretString, now: Timestamp) -> Result<Arc<User>, Refusal> {
        can_be_asked(login, password.expose_secret()).map_err(|why| {
            let told = Code::DirectoryRefused(DirectoryRefusal::CredentialsWrong);
            Refusal::new(told, "directory_question", why)
        })?;
        let policy = &self.settings.policy;
        let username = policy.recognise(self.ask(login, password).await?)?;
        let no_random = |_| Refusal::new(Code::Defect, "entropy", "the system's random source failed");
        let fresh = (UserId::new(now, random().map_err(no_random)?), Epoch::first(random().map_err(no_random)?));
        until_committed(&app.store, || async {
            let known = app.store.user_by_name(&username).await.map_err(|error| unavailable(&error))?;
            policy.admit(known, &username, now, || fresh)
        })
        .await
    }

    /// Asks, in a task of its own: what a directory may say wrong ends there.
    async fn ask(&self, login: &str, password: &SecretString) -> Result<Verdict, Trouble> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Trouble::Full(self.settings.attempts))?;
        let deadline = Instant::now() + self.settings.timeout;
        let (settings, tls) = (self.settings.clone(), self.tls.clone());
        let (login, password) = (login.to_owned(), password.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let verdict = conversation::verify(&settings, tls.as_ref(), &login, &password, deadline).await;
            drop(place);
            verdict
        });
        // Whoever stops waiting takes the task along.
        match timeout_at(deadline, task.join_next()).await {
            Err(_) => Err(Trouble::TimedOut("the directory".to_owned())),
            Ok(Some(Ok(verdict))) => verdict,
            Ok(_) => Err(Trouble::Failed("the directory".to_owned(), "its answer cannot be read".to_owned())),
        }
    }
}
