//! The histories that matter most, one by one.

use keyward_rules::model::{authorization::Authorization, client::AccessFormat, time::Seconds};

use super::{
    history::{Admin, Ask, Event, Setup},
    world::{ACTORS, World},
};

pub const SETUP: Setup = Setup {
    refresh_grace: Seconds(30),
    refresh_idle: None,
    refresh_lifetime: Seconds(3600),
    access_format: AccessFormat::Opaque,
    rotate: true,
    rotation_ends_access_tokens: false,
    compares_epochs: false,
};
const STRICT: Setup = Setup { refresh_grace: Seconds(0), rotation_ends_access_tokens: true, ..SETUP };

impl World {
    /// Starts a refresh with the token that is `age` tokens older than the newest, and stops before its first read.
    fn start_refresh(&mut self, actor: usize, age: usize) {
        self.happen(&Event::Ask { actor, ask: Ask::Refresh { token: age, client: 0, narrow: false } });
    }

    pub fn steps(&mut self, actor: usize, count: usize) {
        (0..count).for_each(|_| self.happen(&Event::Step { actor }));
    }

    /// Asks and goes on to the end, through any conflict.
    pub fn complete(&mut self, actor: usize, ask: Ask) {
        self.happen(&Event::Ask { actor, ask });
        self.steps(actor, 6);
    }

    /// Refreshes and says whether that was answered.
    fn refreshes(&mut self, age: usize) -> bool {
        let before = self.refresh_tokens.len();
        self.complete(ACTORS - 1, Ask::Refresh { token: age, client: 0, narrow: false });
        self.refresh_tokens.len() > before
    }

    fn only(&self) -> &Authorization {
        let [own] = &*self.store.authorizations.values().collect::<Vec<_>>() else { panic!("not exactly one authorization") };
        own
    }
}

#[test]
fn sec_f02_all_of_many_simultaneous_refreshes_get_the_same_successor_within_the_grace() {
    let mut world = World::new(&SETUP);
    (0..ACTORS).for_each(|actor| world.start_refresh(actor, 0));
    (0..ACTORS).for_each(|actor| world.steps(actor, 2));
    (0..ACTORS).for_each(|actor| world.steps(actor, 4));
    let successors = &world.refresh_tokens[1..];
    assert_eq!(successors.len(), ACTORS);
    assert!(successors.iter().all(|token| *token == successors[0] && token.generation == 2));
    assert_eq!((world.only().generation, world.only().revoked_at), (2, None));
    assert_eq!(world.live(), ACTORS + 1);
}

#[test]
fn sec_f02_one_of_many_simultaneous_refreshes_wins_without_grace_and_nothing_is_revoked() {
    let mut world = World::new(&STRICT);
    (0..ACTORS).for_each(|actor| world.start_refresh(actor, 0));
    (0..ACTORS).for_each(|actor| world.steps(actor, 2));
    (0..ACTORS).for_each(|actor| world.steps(actor, 4));
    assert_eq!(world.refresh_tokens.len(), 2);
    assert_eq!((world.only().generation, world.only().revoked_at), (2, None));
    assert_eq!(world.live(), 1, "the loser's access token ends with the rotation");
    assert!(world.refreshes(0), "the winner goes on");
}

#[test]
fn sec_f02_a_retry_after_a_lost_answer_succeeds_until_the_successor_is_used() {
    let mut world = World::new(&SETUP);
    assert!(world.refreshes(0));
    assert!(world.refreshes(1), "the answer may have been lost");
    assert_eq!(world.refresh_tokens[1], world.refresh_tokens[2]);
    assert!(world.refreshes(0), "the successor");
    assert!(!world.refreshes(3), "what came before it");
    assert!(world.only().revoked_at.is_some());
}

#[test]
fn sec_f01_an_older_token_ends_the_whole_family() {
    for setup in [SETUP, STRICT] {
        let mut world = World::new(&setup);
        assert!(world.refreshes(0) && world.refreshes(0));
        assert!(world.live() > 0);
        assert!(!world.refreshes(2), "the first one again");
        assert_eq!(world.live(), 0);
        assert!(!world.refreshes(0), "the newest");
    }
}

#[test]
fn sec_f01_a_late_retry_ends_the_whole_family() {
    for (setup, forgiven) in [(SETUP, 30_000), (STRICT, 5_000)] {
        let mut world = World::new(&setup);
        assert!(world.refreshes(0));
        world.happen(&Event::Tick { millis: forgiven });
        world.refreshes(1);
        assert_eq!(world.only().revoked_at, None);
        world.happen(&Event::Tick { millis: 1 });
        assert!(!world.refreshes(world.refresh_tokens.len() - 1));
        assert!(world.only().revoked_at.is_some());
        assert_eq!(world.live(), 0);
    }
}

/// A refresh takes four steps: it is asked for, reads the authorization, reads the user, decides and writes.
const STEPS_OF_A_REFRESH: usize = 4;

#[test]
fn sec_f03_f07_nothing_lives_after_an_acknowledged_end_wherever_in_a_refresh_it_falls() {
    let ends = [
        Event::Ask { actor: 1, ask: Ask::Revoke { token: 0, client: 0 } },
        Event::Admin(Admin::Disable { user: 0 }),
        Event::Admin(Admin::ChangePassword { user: 0 }),
        Event::Admin(Admin::RemoveUser { user: 0 }),
        Event::Admin(Admin::ReplaceClient),
        Event::Admin(Admin::RemoveClient),
    ];
    for setup in [SETUP, STRICT, Setup { compares_epochs: true, ..SETUP }, Setup { rotate: false, ..SETUP }] {
        for end in &ends {
            for before in 0..=STEPS_OF_A_REFRESH {
                let mut world = World::new(&setup);
                if before > 0 {
                    world.start_refresh(0, 0);
                    world.steps(0, before - 1);
                }
                world.happen(end);
                world.steps(1, 3);
                world.steps(0, 6);
                assert_eq!(world.live(), 0, "{end:?} after {before} steps, {setup:?}");
                let known = world.refresh_tokens.len();
                for age in 0..known {
                    assert!(!world.refreshes(age), "{end:?} after {before} steps, {setup:?}");
                }
                world.happen(&Event::Admin(Admin::Enable { user: 0 }));
                world.happen(&Event::Admin(Admin::AddClient));
                assert!(!world.refreshes(0), "what has ended came back: {end:?} after {before} steps, {setup:?}");
                assert_eq!(world.live(), 0);
            }
        }
    }
}

#[test]
fn sec_f03_a_login_that_is_overtaken_by_an_end_answers_only_dead_tokens() {
    let ends = [Admin::Disable { user: 0 }, Admin::ChangePassword { user: 0 }, Admin::RemoveUser { user: 0 }, Admin::RemoveClient];
    for end in ends {
        let mut world = World::new(&SETUP);
        world.happen(&Event::Ask { actor: 0, ask: Ask::LogIn { user: 0 } });
        world.steps(0, 1);
        world.happen(&Event::Admin(end.clone()));
        world.steps(0, 1);
        assert_eq!(world.refresh_tokens.len(), 2, "it is answered");
        assert_eq!(world.live(), 0, "{end:?}");
        assert!(!world.refreshes(0), "{end:?}");
    }
}

#[test]
fn a_store_that_was_set_back_moves_forward_again_with_the_newest_token() {
    let mut world = World::new(&STRICT);
    world.happen(&Event::Snapshot);
    assert!(world.refreshes(0) && world.refreshes(0));
    world.happen(&Event::Restore);
    assert_eq!((world.only().generation, world.live()), (1, 0), "access tokens end with a restore");
    assert!(world.refreshes(0), "the third generation, which the backup does not know");
    assert_eq!(world.only().generation, 4);
    assert_eq!(world.live(), 1);
    assert!(!world.refreshes(2), "the second one, which a thief may have");
    assert!(world.only().revoked_at.is_some());
}

#[test]
fn sec_f06_an_authorization_ends_in_time_however_often_it_is_refreshed() {
    let mut world = World::new(&Setup { refresh_lifetime: Seconds(240), ..SETUP });
    for _ in 0..3 {
        world.happen(&Event::Tick { millis: 79_999 });
        assert!(world.refreshes(0));
    }
    assert!(world.live() > 0);
    world.happen(&Event::Tick { millis: 3 });
    assert_eq!(world.live(), 0);
    assert!(!world.refreshes(0));
}
