//! Arbitrary histories: several actors ask, read and write at their own pace while users and clients change, time
//! passes and the store is set back.
//!
//! 1. [`history`] has the events, [`world`] lets them happen.
//! 2. An [`attempt`] is one request in steps, so what it has read can be stale when it decides.
//! 3. [`store`] applies effects as the real stores must: all of a decision or nothing, each with its precondition.
//! 4. [`oracle`] keeps its own books of what was acknowledged, and panics with the name of what does not hold.

mod attempt;
mod codes;
mod history;
mod interleavings;
mod oracle;
mod store;
mod world;

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use history::{Event, Setup, any_history};
use oracle::TURNS;
use world::World;

fn run(setup: &Setup, events: &[Event]) -> BTreeSet<&'static str> {
    let mut world = World::new(setup);
    events.iter().for_each(|event| world.happen(event));
    world.oracle.seen
}

/// Some thousand histories; more with `PROPTEST_CASES`.
fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(1000), max_shrink_iters: 20_000, ..asked }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn sec_b01_f01_f02_f03_no_history_lets_a_code_or_a_generation_succeed_twice_or_a_token_outlive_its_end((setup, events) in any_history()) {
        run(&setup, &events);
    }
}

#[test]
fn the_histories_take_every_turn_there_is() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..600 {
        let (setup, events) = any_history().new_tree(&mut runner).unwrap().current();
        seen.extend(run(&setup, &events));
    }
    assert_eq!(seen, BTreeSet::from(TURNS));
}
