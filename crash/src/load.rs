//! What the workers ask for: a mix of everything, often about the same few authorizations at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::book::{Book, Chain};
use crate::caller::{Caller, Desk, Ending};
use crate::journal::{Answer, Ask, TokenId};
use crate::scenario::CLIENTS;

/// So many of the youngest authorizations get most of the requests, so that requests meet.
const YOUNG: usize = 24;

/// Lets `workers` send requests until `during` returns. A worker whose connection breaks stops when `until_broken`.
///
/// # Errors
/// When the journal cannot be written or `during` fails.
pub fn run<T>(desk: &Desk, workers: usize, seed: u64, until_broken: bool, during: impl FnOnce() -> Result<T>) -> Result<T> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let stop = &stop;
        let handles: Vec<_> = (0u64..)
            .take(workers)
            .map(|worker| {
                let rng = fastrand::Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(worker));
                scope.spawn(move || work(&Caller::new(desk), rng, stop, until_broken))
            })
            .collect();
        let result = during();
        stop.store(true, Ordering::Relaxed);
        for handle in handles {
            handle.join().map_err(|_| "a worker panicked")??;
        }
        result
    })
}

fn work(caller: &Caller<'_>, mut rng: fastrand::Rng, stop: &AtomicBool, until_broken: bool) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        let ask = choose(&caller.desk().book(), &mut rng);
        match caller.ask(ask)? {
            Ending::Answered(Answer::Unavailable) => thread::sleep(Duration::from_millis(5)),
            Ending::Answered(_) => {}
            Ending::Unanswered | Ending::Unsent if until_broken => break,
            Ending::Unanswered | Ending::Unsent => thread::sleep(Duration::from_millis(5)),
        }
    }
    Ok(())
}

fn choose(book: &Book, rng: &mut fastrand::Rng) -> Ask {
    let client = rng.usize(..CLIENTS.len());
    let Some(chain) = pick(book, rng) else {
        return Ask::Password(client);
    };
    match rng.u8(..100) {
        0..12 => Ask::Password(client),
        12..16 => Ask::ClientCredentials(client),
        16..64 => refresh(chain, rng),
        64..67 => revoke(chain.refresh.last().or(chain.access.last()), client),
        67..74 => revoke(any(&chain.access, rng), client),
        74..88 => read(any(&chain.access, rng), Ask::Use, client),
        88..94 => read(chain.access.last(), Ask::Introspect, client),
        _ => read(chain.refresh.last(), Ask::Introspect, client),
    }
}

fn any<'a>(tokens: &'a [TokenId], rng: &mut fastrand::Rng) -> Option<&'a TokenId> {
    tokens.get(rng.usize(..tokens.len().max(1)))
}

/// Mostly a young chain whose end was not asked for.
fn pick<'a>(book: &'a Book, rng: &mut fastrand::Rng) -> Option<&'a Chain> {
    let count = book.chains.len();
    if count == 0 {
        return None;
    }
    for _ in 0..8 {
        let first = if rng.u8(..10) < 8 { count.saturating_sub(YOUNG) } else { 0 };
        let chain = book.chains.get(rng.usize(first..count))?;
        if !chain.over || rng.u8(..20) == 0 {
            return Some(chain);
        }
    }
    None
}

/// Mostly the newest refresh token, sometimes the one before (a lost answer, a loser), seldom an older one (a thief).
fn refresh(chain: &Chain, rng: &mut fastrand::Rng) -> Ask {
    let back = match rng.u8(..100) {
        0..87 => 0,
        87..98 => 1,
        _ => 2,
    };
    let newest_first = chain.refresh.iter().rev().nth(back).or(chain.refresh.last());
    newest_first.map_or(Ask::Password(chain.client), |token| Ask::Refresh(*token))
}

fn revoke(token: Option<&TokenId>, client: usize) -> Ask {
    token.map_or(Ask::Password(client), |token| Ask::Revoke(*token))
}

fn read(token: Option<&TokenId>, ask: impl FnOnce(TokenId) -> Ask, client: usize) -> Ask {
    token.map_or(Ask::Password(client), |token| ask(*token))
}
