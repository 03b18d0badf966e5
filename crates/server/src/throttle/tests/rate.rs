//! How often an access token may be used.

use keyward_rules::throttle::Rate;

use super::*;
use crate::throttle::TOKENS;

fn rate(per_minute: u32) -> Rate {
    Rate::per_minute(per_minute).unwrap()
}

#[test]
fn req_z04_a_token_is_used_as_often_as_its_rate_says_and_is_told_how_long_to_wait() {
    let (throttle, time) = throttle();
    for _ in 0..60 {
        throttle.bearer("one", rate(60)).unwrap();
    }
    let refused = throttle.bearer("one", rate(60)).unwrap_err();
    assert_eq!(refused.retry_after(), Duration::from_secs(1));
    throttle.bearer("other", rate(60)).unwrap();
    pass(&time, Duration::from_secs(1));
    throttle.bearer("one", rate(60)).unwrap();
    assert!(throttle.bearer("one", rate(60)).is_err());
    // Another rate holds from the next request on.
    pass(&time, Duration::from_millis(100));
    assert!(throttle.bearer("one", rate(60)).is_err());
    throttle.bearer("one", rate(600)).unwrap();
}

#[test]
fn many_tokens_take_no_more_memory_than_is_set_aside() {
    let (throttle, _time) = throttle();
    for _ in 0..5 {
        throttle.bearer("busy", rate(5)).unwrap();
    }
    for number in 0..60_000 {
        throttle.bearer(&format!("token{number}"), rate(5)).unwrap();
    }
    assert!(throttle.rates.len() <= TOKENS);
    assert!(throttle.bearer("busy", rate(5)).is_err(), "who used most is forgotten last");
}

#[test]
fn a_throttle_that_is_off_counts_no_requests() {
    let throttle = Throttle::new(false);
    for _ in 0..100 {
        throttle.bearer("one", rate(1)).unwrap();
    }
    assert_eq!(throttle.rates.len(), 0);
}
