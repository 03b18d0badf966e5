use keyward_rules::model::{
    epoch::Epoch,
    time::{Seconds, Timestamp},
};
use proptest::prelude::*;

#[test]
fn times_stop_at_the_end_of_all_time() {
    let (first, last) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    assert_eq!((last + Seconds(u32::MAX), first - Seconds(u32::MAX)), (last, first));
    assert_eq!(Timestamp(1_500) + Seconds(2), Timestamp(3_500));
    assert_eq!(Timestamp(1_500) - Seconds(2), Timestamp(-500));
}

#[test]
fn seconds_are_whole_and_never_round_up() {
    let table = [(0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2)];
    for (millis, seconds) in table {
        assert_eq!(Timestamp(millis).seconds(), seconds);
    }
}

proptest! {
    #[test]
    fn an_epoch_begins_where_it_can_be_raised_for_ever(random: [u8; 8]) {
        let first = Epoch::first(random);
        prop_assert!((0..=i64::MAX / 2).contains(&first.0));
        prop_assert_eq!(first.next(), Epoch(first.0 + 1));
    }

    #[test]
    fn epochs_begin_at_random(one: [u8; 8], other: [u8; 8]) {
        let shared = one[0] & 0x3F == other[0] & 0x3F && one[1..] == other[1..];
        prop_assert_eq!(Epoch::first(one) == Epoch::first(other), shared);
    }
}
