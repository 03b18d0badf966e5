//! Questions about what could be in doubt; the checker judges the answers.

use std::sync::atomic::Ordering;
use std::thread;

use crate::Result;
use crate::book::{Book, Chain, ChainId, Start};
use crate::caller::{Caller, Desk};
use crate::journal::{Ask, Event};

/// Of a long chain so many of the youngest tokens are read; all of them at the end.
const YOUNGEST: usize = 3;

/// So many authorizations the load may ask about. The oldest beyond are asked about for the last time, and forgotten.
const KEPT: usize = 2_000;

/// One in so many that had their time is kept until the end.
const SAMPLE: u32 = 128;

/// Does one thing that should be done before anything new. Says whether there was one.
///
/// # Errors
/// When the journal cannot be written.
pub fn pending(caller: &Caller<'_>, rng: &mut fastrand::Rng) -> Result<bool> {
    let desk = caller.desk();
    let settled = desk.settled.load(Ordering::Acquire);
    let mut book = desk.book();
    if let Some(chain) = settled_doubt(&mut book, settled) {
        drop(book);
        go_on(caller, &chain)?;
    } else if let Some(chain) = book.suspect.pop_front().and_then(|id| book.chains.get(&id).cloned()) {
        drop(book);
        if chain.doubt.is_none() {
            read(caller, &chain, 1)?;
        }
    } else if let Some(chain) = oldest(&mut book, rng) {
        drop(book);
        farewell(caller, &chain, rng.u8(..4) == 0)?;
        forget(desk, &chain)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Goes on with every chain that was in doubt or touched since the database was killed last.
///
/// # Errors
/// When the journal cannot be written.
pub fn touched(desk: &Desk, workers: usize) -> Result<()> {
    let settled = desk.settled.load(Ordering::Acquire);
    let chains: Vec<Chain> = {
        let mut book = desk.book();
        book.suspect_all();
        let suspects: Vec<ChainId> = book.suspect.drain(..).collect();
        let mut chains: Vec<Chain> = std::iter::from_fn(|| settled_doubt(&mut book, settled)).collect();
        chains.extend(suspects.iter().filter_map(|id| book.chains.get(id)).filter(|chain| chain.doubt.is_none()).cloned());
        chains
    };
    each(desk, workers, &chains, |caller, chain| if chain.doubt.is_some() { go_on(caller, chain) } else { read(caller, chain, YOUNGEST) })
}

/// Reads every token there is, then uses up every authorization: its code, or the newest refresh token, the one before and the
/// oldest; and reads the newest tokens again.
///
/// # Errors
/// When the journal cannot be written.
pub fn all(desk: &Desk, workers: usize) -> Result<()> {
    let mut chains: Vec<Chain> = desk.book().chains.values().cloned().collect();
    chains.sort_by_key(|chain| chain.id);
    each(desk, workers, &chains, |caller, chain| {
        read(caller, chain, usize::MAX)?;
        if let Some(ask) = chain.unredeemed() {
            caller.ask(ask)?;
            caller.ask(ask)?;
        }
        let newest_first = chain.refresh.iter().rev();
        for token in newest_first.clone().take(2).chain(newest_first.skip(2).last()) {
            caller.ask(Ask::Refresh(*token))?;
        }
        read(caller, chain, 1)
    })
}

/// The next chain of which it is settled by now whether its last change took place.
fn settled_doubt(book: &mut Book, settled: u64) -> Option<Chain> {
    while book.doubtful.front().is_some_and(|(operation, _)| *operation <= settled) {
        let (operation, id) = book.doubtful.pop_front()?;
        if let Some(chain) = book.chains.get_mut(&id).filter(|chain| chain.doubt == Some(operation)) {
            let found = chain.clone();
            chain.doubt = None;
            return Some(found);
        }
    }
    None
}

/// The code or refresh token that was acknowledged last must work, or have been exchanged, in full.
fn go_on(caller: &Caller<'_>, chain: &Chain) -> Result<()> {
    read(caller, chain, YOUNGEST)?;
    if let Some(ask) = chain.unredeemed() {
        caller.ask(ask)?;
    }
    if let Some(token) = chain.refresh.last() {
        caller.ask(Ask::Refresh(*token))?;
        read(caller, chain, YOUNGEST)?;
    }
    Ok(())
}

/// The oldest authorization beyond those that are kept, if nothing is under way about it.
fn oldest(book: &mut Book, rng: &mut fastrand::Rng) -> Option<Chain> {
    if book.order.len() <= KEPT {
        return None;
    }
    let id = book.order.pop_front()?;
    let chain = book.chains.get(&id)?;
    if chain.busy > 0 || chain.doubt.is_some() {
        book.order.push_back(id);
        return None;
    }
    if rng.u32(..SAMPLE) == 0 { None } else { Some(chain.clone()) }
}

/// The last questions about a chain: its newest token does what it did; and if it is `to_end`, it has ended then.
fn farewell(caller: &Caller<'_>, chain: &Chain, to_end: bool) -> Result<()> {
    let newest = chain.access.last().map(|token| Ask::Use(*token));
    for ask in newest.into_iter().chain(chain.unredeemed()) {
        caller.ask(ask)?;
    }
    if let Some(token) = chain.refresh.last().filter(|_| to_end) {
        caller.ask(Ask::Revoke(*token))?;
        for ask in [Ask::Refresh(*token)].into_iter().chain(newest) {
            caller.ask(ask)?;
        }
    }
    Ok(())
}

/// What was found out meanwhile stays, what is in doubt as well.
fn forget(desk: &Desk, chain: &Chain) -> Result<()> {
    let mut book = desk.book();
    let now = book.chains.get(&chain.id).filter(|now| now.busy == 0 && now.doubt.is_none()).cloned();
    if let Some((now, token)) = now.and_then(|now| Some((now.clone(), now.any()?))) {
        book.forget(&now);
        desk.journal.record(Event::Forgotten(token))?;
    }
    Ok(())
}

fn read(caller: &Caller<'_>, chain: &Chain, youngest: usize) -> Result<()> {
    for token in chain.access.iter().rev().take(youngest).chain(chain.refresh.last()) {
        caller.ask(Ask::Introspect(*token))?;
    }
    if let Some(token) = chain.access.last() {
        caller.ask(Ask::Use(*token))?;
    }
    if let Some(Start::Session(session)) = chain.start {
        caller.ask(Ask::Code { client: 0, session })?;
    }
    Ok(())
}

fn each(desk: &Desk, workers: usize, chains: &[Chain], ask: impl Fn(&Caller<'_>, &Chain) -> Result<()> + Sync) -> Result<()> {
    let share = chains.len().div_ceil(workers.max(1)).max(1);
    thread::scope(|scope| {
        let ask = &ask;
        let handles: Vec<_> = chains
            .chunks(share)
            .map(|chains| {
                scope.spawn(move || {
                    let caller = Caller::new(desk);
                    chains.iter().try_for_each(|chain| ask(&caller, chain))
                })
            })
            .collect();
        for handle in handles {
            handle.join().map_err(|_| "a probe panicked")??;
        }
        Ok(())
    })
}
