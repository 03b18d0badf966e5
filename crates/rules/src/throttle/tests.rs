#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_wrap, reason = "tests may stop at the first surprise")]

use proptest::prelude::*;

use super::{Axis, Backoff, CLIENT_SECRET, Familiar, Standing, Tally, canonical_account, network};

const FEW: Backoff = Backoff { free: 3, first_ms: 1_000, cap_ms: 5_000, quiet_ms: 60_000 };

const fn blocked(retry_after_ms: i64) -> Standing {
    Standing::Blocked { retry_after_ms }
}

fn failures(backoff: &Backoff, count: u32, at: i64) -> Tally {
    (0..count).fold(Tally::default(), |tally, _| tally.failed(backoff, at))
}

#[test]
fn waits_double_from_the_first_to_the_cap() {
    let rows: [(Axis, &[(u32, i64)]); 3] = [
        (
            Axis::Pair,
            &[(0, 0), (4, 0), (5, 1_000), (6, 2_000), (7, 4_000), (14, 512_000), (15, 900_000), (16, 900_000), (u32::MAX, 900_000)],
        ),
        (Axis::Address, &[(49, 0), (50, 1_000), (58, 256_000), (59, 300_000), (5_000, 300_000)]),
        (Axis::Account, &[(19, 0), (20, 1_000), (25, 32_000), (26, 60_000), (10_000, 60_000)]),
    ];
    for (axis, waits) in rows {
        for &(count, wait) in waits {
            assert_eq!(axis.backoff().delay_ms(count), wait, "{axis:?} after {count}");
        }
    }
    assert_eq!(CLIENT_SECRET.delay_ms(19), 0);
    assert_eq!(CLIENT_SECRET.delay_ms(20), 1_000);
    assert_eq!(CLIENT_SECRET.delay_ms(10_000), 1_000);
}

#[test]
fn the_wait_runs_from_the_last_failure_and_then_admits_one() {
    let tally = failures(&FEW, 4, 10_000);
    assert_eq!(tally.standing(&FEW, 10_000), blocked(2_000));
    assert_eq!(tally.standing(&FEW, 11_999), blocked(1));
    assert_eq!(tally.standing(&FEW, 12_000), Standing::Clear);
    assert_eq!(tally.reserved().standing(&FEW, 12_000), Standing::Occupied);
    assert_eq!(tally.reserved().released().standing(&FEW, 12_000), Standing::Clear);
}

#[test]
fn an_hour_of_quiet_is_forgiven_and_a_moment_less_is_not() {
    let backoff = Axis::Account.backoff();
    let tally = failures(&backoff, 30, 0);
    let almost = backoff.quiet_ms - 1;
    assert_eq!(tally.failed(&backoff, almost).weight(&backoff, almost), 31);
    assert_eq!(tally.failed(&backoff, almost + 1).weight(&backoff, almost + 1), 1);
    assert!(tally.is_blank(&backoff, almost + 1));
}

#[test]
fn of_two_standings_the_stricter_holds() {
    use Standing::{Clear, Occupied};
    let rows =
        [(Clear, Clear, Clear), (Clear, Occupied, Occupied), (Occupied, blocked(1), blocked(1)), (blocked(7), blocked(9), blocked(9))];
    for (a, b, strictest) in rows {
        assert_eq!(a.and(b), strictest);
        assert_eq!(b.and(a), strictest);
    }
}

#[test]
fn what_is_counted_while_a_code_lives_is_counted_for_its_lifetime() {
    assert_eq!(Axis::CodesOfUser.backoff().quiet_ms, crate::device::LIFETIME.millis());
}

#[test]
fn a_familiar_pair_is_judged_by_itself_alone() {
    assert_eq!(Axis::binding(true), [Axis::Pair]);
    assert_eq!(Axis::binding(false), Axis::PASSWORD);
}

#[test]
fn an_account_keeps_its_latest_addresses_for_thirty_days() {
    let mut familiar = Familiar::default();
    let kept = Familiar::KEPT as u64;
    for address in 0..=kept {
        familiar.remember(address, address as i64);
    }
    assert!(!familiar.knows(0, 0), "the oldest makes room");
    assert!((1..=kept).all(|address| familiar.knows(address, 0)));
    assert_eq!(familiar.latest_ms(), Some(kept as i64));

    familiar.remember(1, 100);
    familiar.remember(99, 101);
    assert!(familiar.knows(1, 101), "a new success renews it");
    assert!(!familiar.knows(2, 101));
    assert!(familiar.knows(99, 101 + Familiar::LASTS_MS - 1));
    assert!(!familiar.knows(99, 101 + Familiar::LASTS_MS));
}

#[test]
fn sec_n02_variants_of_a_name_are_one_account() {
    let variants: [&[&str]; 8] = [
        &["admin", "ADMIN", " Admin\t", "ａｄｍｉｎ", "ad\u{200b}min", "admin\u{0}", "\u{feff}admin"],
        &["josé", "JOSE\u{301}", "jose\u{301}"],
        &["straße", "STRASSE", "Straẞe"],
        &["οδυσσεύς", "ΟΔΥΣΣΕΎΣ", "οδυσσεύσ"],
        &["mary ann", "Mary  Ann", "mary\u{a0}ann", "mary\u{3000}ann\n"],
        &["file", "ﬁle"],
        &["kelvin", "\u{212a}elvin"],
        &["a@example.com", "A@EXAMPLE.COM", "a＠example.com"],
    ];
    for names in variants {
        for name in names {
            assert_eq!(canonical_account(name), canonical_account(names[0]), "{name:?}");
        }
    }
    for (one, other) in [("admin", "admins"), ("mary ann", "maryann"), ("jose", "josé")] {
        assert_ne!(canonical_account(one), canonical_account(other));
    }
}

#[test]
fn sec_n02_an_address_is_its_network() {
    let rows = [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("2001:db8:1:3::", "2001:db8:1:3::"),
        ("::1", "::"),
    ];
    for (address, expected) in rows {
        assert_eq!(network(address.parse().unwrap()).to_string(), expected);
    }
}

#[test]
fn the_one_spelling_of_every_character_is_its_own() {
    let planes_with_letters = '\0'..='\u{3ffff}';
    for c in planes_with_letters.chain('\u{e0000}'..='\u{e0fff}') {
        let once = canonical_account(&c.to_string());
        assert_eq!(canonical_account(&once), once, "{c:?}");
    }
}

/// What may happen to one key.
#[derive(Clone, Debug)]
enum Event {
    Start,
    Fail,
    Succeed,
    GiveUp,
    Pass(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => Just(Event::Start),
        3 => Just(Event::Fail),
        1 => Just(Event::Succeed),
        1 => Just(Event::GiveUp),
        1 => (0..3_000_i64).prop_map(Event::Pass),
    ]
}

proptest! {
    #[test]
    fn no_interleaving_admits_more_than_waiting_in_turn_would(events in prop::collection::vec(event(), 0..200)) {
        let (mut tally, mut now, mut in_flight) = (Tally::default(), 0, 0_usize);
        let mut failed_at: Vec<i64> = Vec::new();
        for event in events {
            match event {
                Event::Start if tally.standing(&FEW, now) == Standing::Clear => {
                    tally = tally.reserved();
                    in_flight += 1;
                    // Were everything in flight to fail, it would be what is free, or one more
                    // after the wait that the failures so far have earned.
                    let count = u32::try_from(failed_at.len()).unwrap();
                    let waited = failed_at.last().is_some_and(|at| now >= at + FEW.delay_ms(count));
                    let free = (FEW.free as usize).saturating_sub(failed_at.len());
                    let room = if free > 0 { free } else { usize::from(waited) };
                    prop_assert!(in_flight <= room);
                }
                Event::Fail if in_flight > 0 => {
                    tally = tally.failed(&FEW, now).released();
                    in_flight -= 1;
                    failed_at.push(now);
                }
                Event::Succeed | Event::GiveUp if in_flight > 0 => {
                    tally = tally.released();
                    in_flight -= 1;
                }
                Event::Pass(time) => now += time,
                _ => {}
            }
            if failed_at.last().is_some_and(|at| now - at >= FEW.quiet_ms) {
                failed_at.clear();
            }
        }
    }

    #[test]
    fn a_success_or_an_abandoned_attempt_never_adds(count in 0..10_u32, others in 0..5_u32, passed in 0..20_000_i64) {
        let mut before = failures(&FEW, count, 0);
        for _ in 0..others {
            before = before.reserved();
        }
        let after = before.reserved().released();
        prop_assert_eq!(after, before);
        prop_assert!(after.cleared().weight(&FEW, passed) <= before.weight(&FEW, passed));
        prop_assert!(matches!(after.cleared().standing(&FEW, passed), Standing::Clear | Standing::Occupied));
    }

    #[test]
    fn a_further_failure_never_shortens_the_wait(count in 0..100_u32, passed in 0..2_000_000_i64) {
        for axis in Axis::PASSWORD {
            let backoff = axis.backoff();
            let tally = failures(&backoff, count, 0);
            let worse = tally.failed(&backoff, passed);
            prop_assert_eq!(tally.standing(&backoff, passed).and(worse.standing(&backoff, passed)), worse.standing(&backoff, passed));
        }
    }

    #[test]
    fn a_name_has_one_spelling(name in "\\PC{0,24}") {
        let once = canonical_account(&name);
        prop_assert_eq!(&canonical_account(&once), &once);
        prop_assert_eq!(canonical_account(&format!(" {name}\u{200b} ")), once);
    }
}
