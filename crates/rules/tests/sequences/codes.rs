//! The histories of codes that matter most, one by one.

use super::{
    history::{Admin, Ask, Event, Person, Setup},
    interleavings::SETUP,
    world::{ACTORS, World},
};

/// A code takes three steps: it is asked for, what was said is read, it is decided and written. A redemption takes four: it is
/// asked for, reads the authorization, reads what that stands on, decides and writes.
const STEPS_OF_A_CODE: usize = 3;
const STEPS_OF_A_REDEMPTION: usize = 4;

const AUTHORIZE: Ask = Ask::Authorize { session: 0, offline: false };
const OFFLINE: Ask = Ask::Authorize { session: 0, offline: true };
const REDEEM: Ask = Ask::Redeem { code: 0, client: 0, proves: true };

/// Dory sits in a browser, and nothing is live.
fn signed_in(setup: &Setup) -> World {
    let mut world = World::new(setup);
    world.complete(1, Ask::Revoke { token: 0, client: 0 });
    world.happen(&Event::Person(Person::SignIn { user: 0 }));
    assert_eq!(world.live(), 0);
    world
}

/// Dory's code waits to be redeemed.
fn with_code(asked: Ask) -> World {
    let mut world = signed_in(&SETUP);
    world.complete(0, asked);
    assert_eq!(world.codes.len(), 1);
    world
}

impl World {
    /// How many redemptions were answered.
    fn answered(&self) -> usize {
        self.refresh_tokens.len() - 1
    }

    /// Redeems the newest code and says whether that was answered.
    fn redeems(&mut self) -> bool {
        let before = self.answered();
        self.complete(ACTORS - 1, REDEEM);
        self.answered() > before
    }
}

/// Everything that ends a code, or what was made from it.
fn ends() -> Vec<Event> {
    let burn = |ask| Event::Ask { actor: 1, ask };
    vec![
        Event::Person(Person::SignOut { session: 0 }),
        Event::Person(Person::Withdraw { user: 0 }),
        Event::Admin(Admin::Disable { user: 0 }),
        Event::Admin(Admin::ChangePassword { user: 0 }),
        Event::Admin(Admin::RemoveUser { user: 0 }),
        Event::Admin(Admin::ReplaceClient),
        Event::Admin(Admin::RemoveClient),
        burn(Ask::Burn { code: 0 }),
        burn(Ask::Redeem { code: 0, client: 1, proves: true }),
        burn(Ask::Redeem { code: 0, client: 0, proves: false }),
    ]
}

#[test]
fn a_code_is_redeemed_and_what_it_gave_is_refreshed() {
    let mut world = with_code(AUTHORIZE);
    assert_eq!(world.live(), 0, "a code is no token");
    assert!(world.redeems());
    assert_eq!(world.live(), 1);
    world.complete(2, Ask::Refresh { token: 0, client: 0, narrow: false });
    assert_eq!((world.answered(), world.live()), (2, 2));
}

#[test]
fn sec_b02_of_many_simultaneous_redemptions_one_succeeds_and_the_replay_ends_what_it_gave() {
    let mut world = with_code(AUTHORIZE);
    (0..ACTORS).for_each(|actor| world.happen(&Event::Ask { actor, ask: REDEEM }));
    (0..ACTORS).for_each(|actor| world.steps(actor, 2));
    world.steps(0, 1);
    assert_eq!((world.answered(), world.live()), (1, 1));
    (1..ACTORS).for_each(|actor| world.steps(actor, 4));
    assert_eq!((world.answered(), world.live()), (1, 0));
    world.complete(2, Ask::Refresh { token: 0, client: 0, narrow: false });
    assert_eq!(world.answered(), 1, "the refresh token of the first redemption");
}

/// Every order in which the steps of two redemptions can fall.
#[test]
fn sec_b01_b02_two_redemptions_never_both_succeed_however_their_steps_fall() {
    for order in 0..1_u32 << (2 * STEPS_OF_A_REDEMPTION) {
        if order.count_ones() as usize != STEPS_OF_A_REDEMPTION {
            continue;
        }
        let mut world = with_code(AUTHORIZE);
        for place in 0..2 * STEPS_OF_A_REDEMPTION {
            world.happen(&Event::Ask { actor: (order >> place & 1) as usize, ask: REDEEM });
        }
        (0..2).for_each(|actor| world.steps(actor, STEPS_OF_A_REDEMPTION));
        assert_eq!((world.answered(), world.live()), (1, 0), "{order:08b}");
    }
}

#[test]
fn sec_b01_f03_f07_nothing_of_a_code_lives_after_an_acknowledged_end_wherever_in_its_redemption_it_falls() {
    for end in ends() {
        for before in 0..=STEPS_OF_A_REDEMPTION {
            let mut world = with_code(AUTHORIZE);
            (0..before).for_each(|_| world.happen(&Event::Ask { actor: 0, ask: REDEEM }));
            world.happen(&end);
            world.steps(1, 4);
            world.steps(0, 6);
            assert_eq!(world.live(), 0, "{end:?} after {before} steps");
            assert!(!world.redeems(), "{end:?} after {before} steps");
            world.happen(&Event::Admin(Admin::Enable { user: 0 }));
            world.happen(&Event::Admin(Admin::AddClient));
            assert!(!world.redeems(), "what has ended came back: {end:?} after {before} steps");
            world.complete(2, Ask::Refresh { token: 0, client: 0, narrow: false });
            assert_eq!(world.live(), 0, "{end:?} after {before} steps");
        }
    }
}

/// Also while dory is not asked, since they said yes before.
#[test]
fn sec_f07_a_code_that_is_overtaken_by_an_end_gives_nothing() {
    let ends = ends().into_iter().filter(|end| !matches!(end, Event::Ask { .. }));
    for end in ends {
        for asked_before in [false, true] {
            for before in 1..STEPS_OF_A_CODE {
                let mut world = signed_in(&SETUP);
                if asked_before {
                    world.complete(0, AUTHORIZE);
                    world.complete(1, Ask::Burn { code: 0 });
                }
                (0..before).for_each(|_| world.happen(&Event::Ask { actor: 0, ask: AUTHORIZE }));
                world.happen(&end);
                world.steps(0, STEPS_OF_A_CODE);
                // A yes on a page is written after the withdrawal, and so it is the last word.
                let said_after = matches!(end, Event::Person(Person::Withdraw { .. })) && !asked_before;
                world.redeems();
                assert_eq!(world.live(), usize::from(said_after), "{end:?} after {before} steps, {asked_before}");
            }
        }
    }
}

#[test]
fn only_offline_access_outlives_signing_out() {
    for (asked, lives) in [(AUTHORIZE, 0), (OFFLINE, 1)] {
        let sign_out = Event::Person(Person::SignOut { session: 0 });
        let mut world = with_code(asked.clone());
        assert!(world.redeems());
        world.happen(&sign_out);
        assert_eq!(world.live(), lives, "{asked:?}");
        let mut world = with_code(asked.clone());
        world.happen(&sign_out);
        assert_eq!(world.redeems(), lives == 1, "{asked:?}");
    }
}

#[test]
fn sec_b01_a_restored_store_redeems_no_code_again() {
    let mut world = with_code(AUTHORIZE);
    world.happen(&Event::Snapshot);
    assert!(world.redeems());
    world.happen(&Event::Restore);
    assert!(!world.redeems());
    world.happen(&Event::Tick { millis: 1 });
    world.complete(0, AUTHORIZE);
    assert!(world.redeems(), "one that was made since");
}

#[test]
fn sec_b05_a_code_is_over_after_its_lifetime_however_long_the_redemption_takes() {
    let late = |millis, steps| {
        let mut world = with_code(AUTHORIZE);
        (0..steps).for_each(|_| world.happen(&Event::Ask { actor: 0, ask: REDEEM }));
        world.happen(&Event::Tick { millis });
        (steps..STEPS_OF_A_REDEMPTION).for_each(|_| world.happen(&Event::Ask { actor: 0, ask: REDEEM }));
        world.answered()
    };
    assert_eq!((late(119_999, 0), late(120_000, 0)), (1, 0));
    assert_eq!(late(120_000, 1), 1, "a request has one clock: when it came");
}
