//! Settling a question.
//!
//! 1. The facts are loaded, it is decided, the answer is made.
//! 2. The effects are committed. If somebody else was faster, it starts over, a few times at most.
//!
//! Deciding is pure, so it may be done again with new facts and new random bits. The answer is given only when what it
//! depends on is on disk; a refusal that writes something (a reuse, say) waits for that as well.

use keyward_rules::{
    effect::{Decision, Effect},
    grant::{Circumstances, Issue},
    mint::mint,
};
use keyward_store::{Outcome, Store, StoreError};
use keyward_wire::{
    error::{Code, Refusal},
    token_response::TokenResponse,
};
use tracing::error;

use crate::app::App;

/// How often something is decided before its asker is told to come back.
const ATTEMPTS: usize = 8;
/// How long a caller should wait when the store does not work, in seconds.
pub(crate) const STORE_PAUSE: u32 = 2;

/// Settles a token request: `load` reads the facts, `decide` decides, the tokens are minted and the effects committed.
///
/// # Errors
/// The decision's refusal; [`Code::StoreUnavailable`], [`Code::Busy`], [`Code::Defect`].
pub async fn settle<F, L>(
    app: &App,
    load: impl Fn() -> L,
    decide: impl Fn(&F, &Circumstances<'_>) -> Decision<Issue>,
) -> Result<TokenResponse, Refusal>
where
    L: Future<Output = Result<F, StoreError>>,
{
    settle_with(app, load, decide, |issue, within| mint(&issue, within, &app.random)).await
}

/// The same for any question; `make` turns what was decided into the answer.
///
/// # Errors
/// As [`settle`], and those of `make`, in which case nothing is committed.
pub async fn settle_with<F, L, D, A>(
    app: &App,
    load: impl Fn() -> L,
    decide: impl Fn(&F, &Circumstances<'_>) -> Decision<D>,
    make: impl Fn(D, &Circumstances<'_>) -> Result<A, Refusal>,
) -> Result<A, Refusal>
where
    L: Future<Output = Result<F, StoreError>>,
{
    let now = app.now();
    let settings = app.settings.load_full();
    until_committed(&app.store, || async {
        let facts = load().await.map_err(|error| unavailable(&error))?;
        let ring = app.ring.load_full();
        let entropy = app.entropy()?;
        let within = Circumstances {
            now,
            issuer: &settings.issuer,
            entropy: &entropy,
            ring: &ring,
            servers: &settings.servers,
            store_epoch: app.store.recovery().epoch,
        };
        let decision = decide(&facts, &within);
        let reply = match decision.reply {
            Ok(decided) => Ok(make(decided, &within)?),
            Err(refusal) => Err(refusal),
        };
        Ok((decision.effects, reply))
    })
    .await
    .flatten()
}

/// Why what was decided is not known to be on disk.
#[derive(Debug)]
pub enum Uncommitted {
    /// The store does not work.
    Store(StoreError),
    /// Again and again somebody else was faster.
    Conflict,
}

impl From<Uncommitted> for Refusal {
    fn from(why: Uncommitted) -> Self {
        match why {
            Uncommitted::Store(error) => unavailable(&error),
            Uncommitted::Conflict => {
                let reason = format!("{ATTEMPTS} times in a row somebody else changed the same row first");
                Refusal::new(Code::Busy(1), "settle", reason)
            }
        }
    }
}

/// Commits the effects that `decide` gives, and returns the answer beside them; lets it decide again if somebody else was
/// faster. It must look at the facts anew each time.
///
/// # Errors
/// Those of `decide`, then nothing is committed; [`Uncommitted`].
pub async fn until_committed<D, A, E>(store: &Store, decide: impl Fn() -> D) -> Result<A, E>
where
    D: Future<Output = Result<(Vec<Effect>, A), E>>,
    E: From<Uncommitted>,
{
    for _ in 0..ATTEMPTS {
        let (effects, answer) = decide().await?;
        match store.commit(effects).await.map_err(Uncommitted::Store)? {
            Outcome::Committed => return Ok(answer),
            Outcome::Conflict => {}
        }
    }
    Err(Uncommitted::Conflict.into())
}

/// What a caller is told when the store does not work now.
#[must_use]
pub fn unavailable(error: &StoreError) -> Refusal {
    match error {
        StoreError::Corrupt { .. } => {
            error!(%error, "the store holds what cannot be read");
            Refusal::new(Code::Defect, "store", error.to_string())
        }
        StoreError::Overloaded => Refusal::new(Code::Busy(1), "store", error.to_string()),
        StoreError::Unavailable(_) | StoreError::Gone(_) => Refusal::new(Code::StoreUnavailable(STORE_PAUSE), "store", error.to_string()),
    }
}
