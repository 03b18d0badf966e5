//! What the workers ask for: a mix of everything, often about the same few authorizations at once.
//!
//! A worker looks first for what should be asked about: chains in doubt once that is settled, chains that were touched before
//! the database was killed, chains that had their time. Else it [`choose`]s; or it is steady, as an application is that only uses what
//! it has: it refreshes one chain as long as that lives.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::book::{Book, Chain, ChainId};
use crate::caller::{Caller, Desk, Ending};
use crate::journal::{Answer, Ask, TokenId};
use crate::probe;
use crate::scenario::{CLIENTS, RECALLED, USERS};

/// So many of the youngest authorizations get most of the requests, so that requests meet.
const YOUNG: usize = 48;

/// After an answer that tells to come back, or none.
const PAUSE: Duration = Duration::from_millis(5);

/// Lets `workers` send requests until `during` returns; `steady` of them only refresh.
///
/// # Errors
/// When the journal cannot be written or `during` fails.
pub fn run<T>(desk: &Desk, workers: usize, steady: usize, seed: u64, during: impl FnOnce() -> Result<T>) -> Result<T> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let stop = &stop;
        let handles: Vec<_> = (0u64..)
            .zip(0..workers)
            .map(|(number, worker)| {
                let rng = fastrand::Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(number));
                scope.spawn(move || work(&Caller::new(desk), rng, worker < steady, stop))
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

fn work(caller: &Caller<'_>, mut rng: fastrand::Rng, is_steady: bool, stop: &AtomicBool) -> Result<()> {
    let mut own = None;
    while !stop.load(Ordering::Relaxed) {
        if !caller.desk().is_up() {
            thread::sleep(PAUSE);
            continue;
        }
        if probe::pending(caller, &mut rng)? {
            continue;
        }
        let ask = {
            let mut book = caller.desk().book();
            let steady = if is_steady { go_on(&book, &mut own, &mut rng) } else { None };
            steady.unwrap_or_else(|| choose(&mut book, &mut rng))
        };
        if let Ask::Disable(user) = ask {
            disable(caller, user, stop)?;
            continue;
        }
        match caller.ask(ask)? {
            Ending::Answered(Answer::Refused) => own = None,
            Ending::Answered(answer) if answer != Answer::Unavailable => {}
            _ => thread::sleep(PAUSE),
        }
    }
    Ok(())
}

/// Refreshes the `own` chain, or another one that becomes it.
fn go_on(book: &Book, own: &mut Option<ChainId>, rng: &mut fastrand::Rng) -> Option<Ask> {
    let held = own.and_then(|id| book.chains.get(&id)).filter(|chain| chain.doubt.is_none() && !chain.over);
    let chain = held.or_else(|| pick(book, rng).filter(|chain| chain.busy == 0))?;
    *own = Some(chain.id);
    chain.refresh.last().map(|token| Ask::Refresh(*token))
}

/// Disables a user, sees that they cannot log in, and enables them again.
fn disable(caller: &Caller<'_>, user: usize, stop: &AtomicBool) -> Result<()> {
    caller.ask(Ask::Disable(user))?;
    caller.ask(Ask::Password { client: 0, user })?;
    caller.ask(Ask::SignIn(user))?;
    while !matches!(caller.ask(Ask::Enable(user))?, Ending::Answered(Answer::Done)) {
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    caller.desk().book().away.remove(&user);
    Ok(())
}

fn choose(book: &mut Book, rng: &mut fastrand::Rng) -> Ask {
    let (client, user) = (client(rng), user(book, rng));
    let password = Ask::Password { client, user };
    match book.sessions.len() {
        0..USERS => return Ask::SignIn(user),
        count if count > 3 * USERS => return sign_out(book, rng),
        _ => {}
    }
    match rng.u16(..1000) {
        0..60 => password,
        60..75 => Ask::ClientCredentials(client),
        75..450 => pick(book, rng).and_then(|chain| refresh(chain, rng)).unwrap_or(password),
        450..470 => pick(book, rng).and_then(|chain| chain.refresh.last()).map_or(password, |token| Ask::Revoke(*token)),
        470..500 => pick(book, rng).and_then(|chain| any(&chain.access, rng)).map_or(password, Ask::Revoke),
        500..570 => pick(book, rng).and_then(|chain| any(&chain.access, rng)).map_or(password, Ask::Use),
        570..600 => pick(book, rng).and_then(|chain| chain.access.last()).map_or(password, |token| Ask::Introspect(*token)),
        600..620 => pick(book, rng).and_then(|chain| chain.refresh.last()).map_or(password, |token| Ask::Introspect(*token)),
        620..780 if book.codes.len() < YOUNG => in_session(book, rng, |session| Ask::Code { client, session }),
        620..920 => book.codes.pop_front().map_or(password, Ask::Redeem),
        920..945 if book.waiting.len() < YOUNG => Ask::Device(client),
        920..965 => approve(book, rng).unwrap_or(password),
        965..985 => book.approved.pop_front().map_or(password, Ask::Poll),
        985..987 => again(book, rng).unwrap_or(password),
        987..989 => book.waiting.back().map_or(password, |(device, _)| Ask::Poll(*device)),
        989..992 => Ask::SignIn(user),
        992..994 => sign_out(book, rng),
        994 => in_session(book, rng, Ask::EndOtherSessions),
        995..997 => in_session(book, rng, |session| Ask::Withdraw { client, session }),
        997 => in_session(book, rng, Ask::WithdrawAll),
        _ => operator(book, rng, user).unwrap_or(password),
    }
}

/// Seldom the one of which everything is revoked.
fn client(rng: &mut fastrand::Rng) -> usize {
    if rng.u8(..16) == 0 { RECALLED } else { rng.usize(..CLIENTS.len() - 1) }
}

/// Somebody who is not just being disabled.
fn user(book: &Book, rng: &mut fastrand::Rng) -> usize {
    let first = rng.usize(..USERS);
    (first..first + USERS).map(|user| user % USERS).find(|user| !book.away.contains(user)).unwrap_or(first)
}

fn any(tokens: &[TokenId], rng: &mut fastrand::Rng) -> Option<TokenId> {
    tokens.get(rng.usize(..tokens.len().max(1))).copied()
}

/// Mostly a young chain whose end was not asked for.
fn pick<'a>(book: &'a Book, rng: &mut fastrand::Rng) -> Option<&'a Chain> {
    let count = book.order.len();
    if count == 0 {
        return None;
    }
    for _ in 0..8 {
        let first = if rng.u8(..10) < 8 { count.saturating_sub(YOUNG) } else { 0 };
        let chain = book.order.get(rng.usize(first..count)).and_then(|id| book.chains.get(id));
        let Some(chain) = chain.filter(|chain| chain.doubt.is_none() && !chain.access.is_empty()) else { continue };
        if !chain.over || rng.u8(..20) == 0 {
            return Some(chain);
        }
    }
    None
}

/// Mostly the newest refresh token, sometimes the one before (a lost answer, a loser), seldom an older one (a thief).
fn refresh(chain: &Chain, rng: &mut fastrand::Rng) -> Option<Ask> {
    let back = match rng.u8(..100) {
        0..92 => 0,
        92..99 => 1,
        _ => 2,
    };
    let newest_first = chain.refresh.iter().rev().nth(back).or(chain.refresh.last());
    newest_first.map(|token| Ask::Refresh(*token))
}

/// A code or device code that was redeemed before: a replay.
fn again(book: &Book, rng: &mut fastrand::Rng) -> Option<Ask> {
    let chain = pick(book, rng)?;
    match chain.start? {
        crate::book::Start::Code(token) => Some(Ask::Redeem(token)),
        crate::book::Start::Device(token) => Some(Ask::Poll(token)),
        crate::book::Start::Session(_) => None,
    }
}

fn in_session(book: &Book, rng: &mut fastrand::Rng, ask: impl FnOnce(TokenId) -> Ask) -> Ask {
    any(&book.sessions, rng).map_or(Ask::SignIn(0), ask)
}

fn approve(book: &mut Book, rng: &mut fastrand::Rng) -> Option<Ask> {
    let session = any(&book.sessions, rng)?;
    let (device, _) = book.waiting.pop_front()?;
    book.approved.push_back(device);
    Some(Ask::Approve { device, session })
}

fn sign_out(book: &mut Book, rng: &mut fastrand::Rng) -> Ask {
    let place = rng.usize(..book.sessions.len().max(1));
    if place < book.sessions.len() { Ask::SignOut(book.sessions.swap_remove(place)) } else { Ask::SignIn(0) }
}

/// One command at a time: each is a process.
fn operator(book: &mut Book, rng: &mut fastrand::Rng, user: usize) -> Option<Ask> {
    if !book.away.is_empty() {
        return None;
    }
    match rng.u8(..4) {
        0 => Some(Ask::EndUser(user)),
        1 => Some(Ask::EndClient(RECALLED)),
        _ => {
            book.away.insert(user);
            Some(Ask::Disable(user))
        }
    }
}
