//! Many who use one token or code at the same moment.
//!
//! Tests that do so make [`ALL`] rounds together where `KEYWARD_REAL` is set, as in the full test run, and [`QUICK`]
//! otherwise; `KEYWARD_ROUNDS` says another number.

use std::io::{Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Barrier, Mutex, OnceLock};
use std::{env, thread};

use crate::client::Answer;

/// Rounds of the full test run.
const ALL: usize = 10_000;

/// Rounds of a plain `cargo test`.
const QUICK: usize = 400;

/// This test's part of all rounds, at least one.
pub fn rounds(percent: usize) -> usize {
    static ROUNDS: OnceLock<usize> = OnceLock::new();
    let all = *ROUNDS.get_or_init(|| {
        let chosen = env::var("KEYWARD_ROUNDS").map(|number| number.parse().expect("KEYWARD_ROUNDS is a number"));
        let all = chosen.unwrap_or(if env::var_os("KEYWARD_REAL").is_some() { ALL } else { QUICK });
        if all < ALL {
            // Written past the capturing of test output: whoever reads it should know.
            let _ = writeln!(stderr(), "use under contention: {all} rounds; KEYWARD_ROUNDS={ALL} makes all of them");
        }
        all
    });
    (all * percent).div_ceil(100).max(1)
}

/// Lets `callers` use one token or code by `ask` at the same moment, round after round; `judge` looks at the answers of
/// each round and names what is used in the next.
pub fn contend(
    first: String,
    (callers, rounds): (usize, usize),
    ask: impl Fn(&str) -> Answer + Sync,
    judge: impl Fn(&str, Vec<Answer>) -> String + Sync,
) {
    let barrier = Barrier::new(callers);
    let token = Mutex::new(first);
    let answers = Mutex::new(Vec::new());
    // A failed judgement ends the round for all, or the others would wait for ever.
    let failed = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| {
                for _ in 0..rounds {
                    let mine = token.lock().unwrap().clone();
                    barrier.wait();
                    let answer = ask(&mine);
                    answers.lock().unwrap().push(answer);
                    if barrier.wait().is_leader() {
                        let round = std::mem::take(&mut *answers.lock().unwrap());
                        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(&mine, round)));
                        match judged {
                            Ok(next) => *token.lock().unwrap() = next,
                            Err(_) => failed.store(true, SeqCst),
                        }
                    }
                    barrier.wait();
                    if failed.load(SeqCst) {
                        return;
                    }
                }
            });
        }
    });
    assert!(!failed.load(SeqCst), "a round failed, see above");
}
