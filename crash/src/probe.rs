//! Questions after a restart: everything that could be in doubt is asked about, and the checker judges the answers.

use std::thread;

use crate::Result;
use crate::book::Chain;
use crate::caller::{Caller, Desk};
use crate::journal::Ask;

/// Of a long chain so many of the youngest tokens are read after each restart; all of them at the end.
const YOUNGEST: usize = 8;

/// Reads every token of the authorizations that were touched since the last probe, and goes on with those whose last
/// change got no answer: the refresh token that was acknowledged last must work, or have been exchanged, in full.
///
/// # Errors
/// When the journal cannot be written.
pub fn touched(desk: &Desk, workers: usize) -> Result<()> {
    let chains: Vec<Chain> = desk.book().chains.iter().filter(|chain| chain.touched).cloned().collect();
    each(desk, workers, &chains, |caller, chain| {
        read(caller, chain, YOUNGEST)?;
        if chain.in_doubt {
            if let Some(token) = chain.refresh.last() {
                caller.ask(Ask::Refresh(*token))?;
            }
            read(caller, chain, YOUNGEST)?;
        }
        Ok(())
    })?;
    for chain in &mut desk.book().chains {
        chain.touched = false;
        chain.in_doubt = false;
    }
    Ok(())
}

/// Reads every token there is, then uses up every authorization: the newest refresh token, the one before, the oldest, and
/// reads everything again.
///
/// # Errors
/// When the journal cannot be written.
pub fn all(desk: &Desk, workers: usize) -> Result<()> {
    let chains = desk.book().chains.clone();
    each(desk, workers, &chains, |caller, chain| {
        read(caller, chain, usize::MAX)?;
        let newest_first = chain.refresh.iter().rev();
        for token in newest_first.clone().take(2).chain(newest_first.skip(2).last()) {
            caller.ask(Ask::Refresh(*token))?;
        }
        read(caller, chain, usize::MAX)
    })
}

fn read(caller: &Caller<'_>, chain: &Chain, youngest: usize) -> Result<()> {
    for token in chain.access.iter().rev().take(youngest).chain(chain.refresh.last()) {
        caller.ask(Ask::Introspect(*token))?;
    }
    if let Some(token) = chain.access.last() {
        caller.ask(Ask::Use(*token))?;
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
