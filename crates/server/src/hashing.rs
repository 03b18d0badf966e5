//! Password hashing on threads of its own (Argon2, RFC 9106).
//!
//! 1. [`Hashing::verify`] and [`Hashing::hash`] turn a request into work ([`recipe`]): password,
//!    parameters, salt. An unknown user gets the dummy recipe: the same work, never a match.
//! 2. The work joins a queue bounded in number and in expected wait, or is refused at once as
//!    [`Busy`] ([`queue`]): what is accepted is answered in good time, so a flood wastes nothing.
//! 3. A hashing thread of low priority takes it, skips it if nobody waits for it any more, and
//!    fills memory it keeps for the next one ([`worker`], [`memory`]).
//! 4. The hash returns to the caller, who compares it or writes it as a PHC string.

mod memory;
mod queue;
mod recipe;
mod worker;

#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use argon2::password_hash::phc::Output;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use queue::{Job, Queue};
use recipe::Recipe;
pub use recipe::{HashFault, MAX_ITERATIONS, MAX_MEMORY_KIB};

/// Passwords longer than this many bytes are not hashed: they match nothing.
pub const MAX_PASSWORD_BYTES: usize = 4096;

/// How passwords are hashed and how many may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingSettings {
    /// Hashing threads, and so hashes computed at the same time.
    pub threads: usize,
    /// Argon2id memory in KiB, 8 to [`MAX_MEMORY_KIB`].
    pub memory_kib: u32,
    /// Argon2id passes over the memory, 1 to [`MAX_ITERATIONS`].
    pub iterations: u32,
    /// Hashes that may wait for a thread.
    pub queue: usize,
}

impl Default for HashingSettings {
    /// One core is left to everything else; 19 MiB and two passes.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { threads: cores.saturating_sub(1).max(1), memory_kib: 19_456, iterations: 2, queue: 64 }
    }
}

/// Whether passwords can be compared with `stored`, so that a typing error shows before the first login.
///
/// # Errors
/// See [`HashFault`].
pub fn check_stored(stored: &str) -> Result<(), HashFault> {
    Recipe::parse(stored).map(drop)
}

/// Why hashing could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is out of range.
    #[error("passwords.{name} must be {expected}, found {found}")]
    Setting {
        /// Its name in the configuration.
        name: &'static str,
        /// What is allowed.
        expected: String,
        /// What was given.
        found: u64,
    },
    /// The operating system started no thread.
    #[error("cannot start a password hashing thread: {0}")]
    Thread(#[from] io::Error),
    /// There is no randomness for the dummy hash.
    #[error("the system's random source failed, expected 32 random bytes for the dummy hash")]
    Randomness,
}

/// More passwords are waiting than can be hashed in good time; or the system has no memory for a
/// hash (the log tells), or hashing was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be hashed, try again in {} s", retry_after.as_secs())]
pub struct Busy {
    /// When to try again: whole seconds, at least one.
    pub retry_after: Duration,
}

/// Why a password was not hashed for keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHashed {
    /// See [`Busy`].
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The password is too long.
    #[error("expected a password of at most {MAX_PASSWORD_BYTES} bytes, found {found}")]
    PasswordTooLong {
        /// Its length in bytes.
        found: usize,
    },
    /// There is no salt.
    #[error("the system's random source failed, expected 16 random bytes for a salt")]
    Randomness,
}

/// Whether a password matched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verified {
    /// It did.
    Yes {
        /// The stored hash was made with other parameters than the current ones: hash the password
        /// again and store that.
        needs_rehash: bool,
    },
    /// It did not. The client learns only this, the log the reason.
    No(Mismatch),
}

/// Why a password did not match: for the log, never for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The hash differs.
    #[error("the password is wrong")]
    WrongPassword,
    /// No stored hash was given; the same work was done for nothing.
    #[error("the user is unknown or has no password")]
    UnknownUser,
    /// Nothing was hashed.
    #[error("expected a password of at most {MAX_PASSWORD_BYTES} bytes, found {found}")]
    PasswordTooLong {
        /// Its length in bytes.
        found: usize,
    },
    /// The stored hash cannot be computed with; the same work was done for nothing.
    #[error(transparent)]
    UnusableHash(#[from] HashFault),
}

/// What hashing has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashingCounts {
    /// Hashes computed.
    pub computed: u64,
    /// Of these, dummies for unknown users and unusable hashes.
    pub dummies: u64,
    /// Jobs refused as [`Busy`].
    pub refused: u64,
    /// Jobs dropped unhashed because their caller had gone.
    pub abandoned: u64,
}

/// The pool of hashing threads. Dropping it stops them and waits for the hashes under way.
pub struct Hashing {
    shared: Arc<Shared>,
    current: Recipe,
    dummy: Recipe,
    threads: Vec<std::thread::JoinHandle<()>>,
}

/// What callers and hashing threads share.
struct Shared {
    queue: Queue,
    computed: AtomicU64,
    dummies: AtomicU64,
}

impl Hashing {
    /// Starts the threads. No memory is taken before the first password comes.
    ///
    /// # Errors
    /// A setting out of range, or a system without threads or randomness to give.
    pub fn start(settings: HashingSettings) -> Result<Self, StartError> {
        let mut hashing = Self::without_threads(settings)?;
        for number in 0..settings.threads {
            hashing.add_thread(number)?;
        }
        Ok(hashing)
    }

    fn without_threads(settings: HashingSettings) -> Result<Self, StartError> {
        settings.check()?;
        let current = Recipe::current(&settings).ok_or(StartError::Randomness)?;
        Ok(Self {
            shared: Arc::new(Shared {
                queue: Queue::new(settings.queue, settings.threads),
                computed: AtomicU64::new(0),
                dummies: AtomicU64::new(0),
            }),
            dummy: current.clone(),
            current,
            threads: Vec::new(),
        })
    }

    fn add_thread(&mut self, number: usize) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let usual = self.current.blocks();
        let handle = std::thread::Builder::new().name(format!("hashing-{number}")).spawn(move || worker::run(&shared, usual))?;
        self.threads.push(handle);
        Ok(())
    }

    /// Whether `password` is the one `stored` (a PHC string) was made of. For an unknown user give
    /// `None`: the answer takes the same work and is no. (A hash made with other parameters than
    /// the current ones takes its own work, until the next login lets it be replaced.)
    ///
    /// # Errors
    /// [`Busy`], at once, when too many are waiting. Dropping the future takes the job back.
    pub async fn verify(&self, password: SecretString, stored: Option<Arc<str>>) -> Result<Verified, Busy> {
        let found = password.expose_secret().len();
        if found > MAX_PASSWORD_BYTES {
            return Ok(Verified::No(Mismatch::PasswordTooLong { found }));
        }
        let recipe = match stored.as_deref().map(Recipe::parse) {
            Some(Ok(recipe)) => recipe,
            Some(Err(fault)) => return self.pretend(password, fault.into()).await,
            None => return self.pretend(password, Mismatch::UnknownUser).await,
        };
        let needs_rehash = !recipe.is_like(&self.current);
        let output = self.compute(password, recipe.clone()).await?;
        Ok(if recipe.expects(&output) { Verified::Yes { needs_rehash } } else { Verified::No(Mismatch::WrongPassword) })
    }

    /// The PHC string of `password`, with a new salt and the current parameters.
    ///
    /// # Errors
    /// [`NotHashed`]. Dropping the future takes the job back.
    pub async fn hash(&self, password: SecretString) -> Result<String, NotHashed> {
        let found = password.expose_secret().len();
        if found > MAX_PASSWORD_BYTES {
            return Err(NotHashed::PasswordTooLong { found });
        }
        let recipe = self.current.with_new_salt().ok_or(NotHashed::Randomness)?;
        let output = self.compute(password, recipe.clone()).await?;
        Ok(recipe.to_phc(&output))
    }

    /// What was done so far.
    #[must_use]
    pub fn counts(&self) -> HashingCounts {
        let (refused, abandoned) = self.shared.queue.counts();
        HashingCounts {
            computed: self.shared.computed.load(Ordering::Relaxed),
            dummies: self.shared.dummies.load(Ordering::Relaxed),
            refused,
            abandoned,
        }
    }

    /// Hashes waiting for a thread now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.queue.len()
    }

    /// Ends the threads after the hashes under way. Whoever waits, and whoever comes, is told [`Busy`].
    pub fn stop(&self) {
        self.shared.queue.close();
    }

    /// Does the work of a verification whose answer is no already.
    async fn pretend(&self, password: SecretString, why: Mismatch) -> Result<Verified, Busy> {
        self.compute(password, self.dummy.clone()).await?;
        self.shared.dummies.fetch_add(1, Ordering::Relaxed);
        Ok(Verified::No(why))
    }

    async fn compute(&self, password: SecretString, recipe: Recipe) -> Result<Output, Busy> {
        let (reply, answer) = oneshot::channel();
        self.shared.queue.submit(Job { password, recipe, reply })?;
        // No answer: the pool was stopped, or the system had no memory for this hash.
        answer.await.map_err(|_| queue::LATER)
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        self.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a password hashing thread had died of a panic, expected it to end when told to");
            }
        }
    }
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashing").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

impl HashingSettings {
    fn check(&self) -> Result<(), StartError> {
        let between = |name, found: u64, least: u64, most: u64| {
            if (least..=most).contains(&found) {
                return Ok(());
            }
            let expected = format!("{least} to {most}");
            Err(StartError::Setting { name, expected, found })
        };
        between("threads", self.threads as u64, 1, 1024)?;
        between("memory_kib", self.memory_kib.into(), 8, MAX_MEMORY_KIB.into())?;
        between("iterations", self.iterations.into(), 1, MAX_ITERATIONS.into())?;
        between("queue", self.queue as u64, 1, 1 << 20)
    }
}
