use keyward_rules::{
    grant::refresh_token::{
        Standing::{self, Ahead, InForce, LostRace, Repeated, Reused},
        standing,
    },
    model::{
        authorization::{Authorization, Generation},
        time::{Seconds, Timestamp},
    },
};
use proptest::prelude::*;

use crate::fixture::{NOW, authorization, client, user, with};

fn stands(presented: Generation, grace: u32, rotated_at: i64, recovered_at: i64, now: i64) -> Standing {
    let client = with(client("app"), |registration| registration.refresh_grace = Seconds(grace));
    let own = Authorization { rotated_at: Timestamp(NOW.0 + rotated_at), ..authorization(&client, &user("dory")) };
    standing(presented, &own, &client.registration, Timestamp(NOW.0 + recovered_at), Timestamp(NOW.0 + now))
}

const LONG_AGO: i64 = -1_000_000_000;

#[test]
fn a_generation_stands_to_the_third_one_as_age_and_grace_say() {
    let table = [
        // presented, grace in s; in ms beside NOW: rotated, recovered, now
        (3, 30, 0, LONG_AGO, 0, InForce),
        (3, 0, 0, LONG_AGO, 900_000, InForce),
        (4, 30, 0, LONG_AGO, 0, Ahead),
        (9, 0, 0, LONG_AGO, 900_000, Ahead),
        (2, 30, 0, LONG_AGO, 0, Repeated),
        (2, 30, 0, LONG_AGO, 30_000, Repeated),
        (2, 30, 0, LONG_AGO, 30_001, Reused),
        (2, 1, 0, LONG_AGO, 4_000, Reused),
        (2, 0, 0, LONG_AGO, 0, LostRace),
        (2, 0, 0, LONG_AGO, 5_000, LostRace),
        (2, 0, 0, LONG_AGO, 5_001, Reused),
        (1, 30, 0, LONG_AGO, 0, Reused),
        (1, 0, 0, LONG_AGO, 0, Reused),
        (0, 30, 0, LONG_AGO, 0, Reused),
    ];
    for (presented, grace, rotated, recovered, now, expected) in table {
        assert_eq!(stands(presented, grace, rotated, recovered, now), expected, "{presented} after {now} ms, grace {grace} s");
    }
}

#[test]
fn sec_f01_grace_counts_from_the_stores_recovery_where_that_was_later() {
    assert_eq!(stands(2, 30, 0, 60_000, 90_000), Repeated);
    assert_eq!(stands(2, 30, 0, 60_000, 90_001), Reused);
    assert_eq!(stands(2, 30, 60_000, 0, 90_000), Repeated);
    assert_eq!(stands(2, 30, 60_000, 0, 90_001), Reused);
    assert_eq!(stands(2, 0, 0, 60_000, 65_000), LostRace);
    assert_eq!(stands(2, 0, 0, 60_000, 65_001), Reused);
}

proptest! {
    #[test]
    fn only_the_direct_predecessor_is_ever_forgiven(presented: Generation, grace in 0_u32..100, now in 0_i64..200_000) {
        let standing = stands(presented, grace, 0, LONG_AGO, now);
        prop_assert_eq!(matches!(standing, InForce | Ahead), presented >= 3);
        prop_assert!(!matches!(standing, Repeated | LostRace) || presented == 2);
        prop_assert!(standing != Repeated || grace > 0 && now <= i64::from(grace) * 1000);
        prop_assert!(standing != LostRace || grace == 0 && now <= 5000);
    }
}
