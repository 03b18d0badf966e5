#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may stop at the first surprise")]

mod devices;
mod rate;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use keyward_rules::throttle::{Axis, CLIENT_SECRET, canonical_account};
use proptest::prelude::*;

use super::{ACCOUNTS, ADDRESSES, Attempt, PAIRS, Refused, SECRETS, Throttle};

/// A throttle and the hands of its clock.
fn throttle() -> (Throttle, Arc<AtomicI64>) {
    let time = Arc::new(AtomicI64::new(1_000_000));
    let hands = Arc::clone(&time);
    let clock = Arc::new(move || hands.load(Ordering::Relaxed));
    let mut throttle = Throttle::with_clock(true, clock);
    // Far longer than the slowest machine needs for these tests.
    throttle.patience = Duration::from_secs(60);
    (throttle, time)
}

fn pass(time: &AtomicI64, duration: Duration) {
    let milliseconds = i64::try_from(duration.as_millis()).unwrap();
    time.fetch_add(milliseconds, Ordering::Relaxed);
}

fn v4(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number))
}

/// An attempt that is not to wait for others.
fn now<'a>(throttle: &'a Throttle, account: &str, address: IpAddr) -> Result<Attempt<'a>, Refused> {
    let keys = throttle.keys(("account", canonical_account(account)), address);
    let binding = Axis::binding(throttle.acquaintances.know(keys.account, keys.address, throttle.now()));
    let attempt = throttle.try_reserve(keys, Axis::PASSWORD, binding)?;
    attempt.ok_or(Refused::Crowded)
}

fn fails(throttle: &Throttle, account: &str, address: IpAddr) -> Result<(), Refused> {
    now(throttle, account, address).map(Attempt::failed)
}

fn succeeds(throttle: &Throttle, account: &str, address: IpAddr) -> Result<(), Refused> {
    now(throttle, account, address).map(Attempt::succeeded)
}

fn refused_on(axis: Axis, outcome: Result<(), Refused>) -> Duration {
    match outcome {
        Err(Refused::Password { axis: found, retry_after }) if found == axis => retry_after,
        other => panic!("expected a refusal on {axis:?}, found {other:?}"),
    }
}

#[test]
fn sec_n01_one_account_from_one_address_waits_longer_each_time() {
    let (throttle, time) = throttle();
    for _ in 0..5 {
        fails(&throttle, "admin", v4(1)).unwrap();
    }
    for seconds in [1, 2, 4, 8] {
        let wait = refused_on(Axis::Pair, fails(&throttle, "admin", v4(1)));
        assert_eq!(wait, Duration::from_secs(seconds));
        refused_on(Axis::Pair, succeeds(&throttle, "admin", v4(1)));
        pass(&time, wait);
        fails(&throttle, "admin", v4(1)).unwrap();
    }
    // The positive twins: another account, another address, and the right password in time.
    succeeds(&throttle, "dory", v4(1)).unwrap();
    succeeds(&throttle, "admin", v4(2)).unwrap();
    pass(&time, Duration::from_secs(16));
    succeeds(&throttle, "admin", v4(1)).unwrap();
    for _ in 0..5 {
        fails(&throttle, "admin", v4(1)).unwrap();
    }
}

#[test]
fn sec_n01_one_try_at_each_of_ten_thousand_accounts_is_slowed_by_the_address() {
    let (throttle, time) = throttle();
    let tried = (0..10_000).filter(|number| fails(&throttle, &format!("user{number}"), v4(1)).is_ok()).count();
    assert_eq!(tried, 50);
    refused_on(Axis::Address, fails(&throttle, "dory", v4(1)));
    succeeds(&throttle, "dory", v4(2)).unwrap();

    // A success in between does not reset the address.
    pass(&time, Duration::from_secs(1));
    succeeds(&throttle, "mallory", v4(1)).unwrap();
    fails(&throttle, "dory", v4(1)).unwrap();
    assert_eq!(refused_on(Axis::Address, fails(&throttle, "dory", v4(1))), Duration::from_secs(2));
}

#[test]
fn sec_n01_ten_thousand_addresses_at_one_account_are_slowed_by_the_account() {
    let (throttle, time) = throttle();
    succeeds(&throttle, "admin", v4(0)).unwrap();
    let tried = (1..10_000).filter(|&number| fails(&throttle, "admin", v4(number)).is_ok()).count();
    assert_eq!(tried, 20);

    // Nobody is locked out: not where they have logged in before, and elsewhere for a minute at most.
    succeeds(&throttle, "admin", v4(0)).unwrap();
    let mut longest = Duration::ZERO;
    for number in 10_000..10_100 {
        longest = longest.max(refused_on(Axis::Account, fails(&throttle, "admin", v4(number))));
        succeeds(&throttle, "admin", v4(0)).unwrap();
        pass(&time, longest);
        fails(&throttle, "admin", v4(number)).unwrap();
    }
    assert_eq!(longest, Duration::from_secs(60));
    pass(&time, longest);
    succeeds(&throttle, "admin", v4(20_000)).unwrap();
}

#[test]
fn sec_n01_a_familiar_address_is_still_bound_by_its_pair() {
    let (throttle, _time) = throttle();
    succeeds(&throttle, "admin", v4(1)).unwrap();
    for _ in 0..5 {
        fails(&throttle, "admin", v4(1)).unwrap();
    }
    refused_on(Axis::Pair, fails(&throttle, "admin", v4(1)));
}

#[test]
fn sec_n02_variants_of_name_and_address_share_one_count() {
    let (throttle, _time) = throttle();
    let names = ["admin", "ADMIN", " admin ", "ａｄｍｉｎ", "ad\u{200b}min"];
    let network = Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, 0).to_bits();
    for (name, host) in names.into_iter().zip(1..) {
        fails(&throttle, name, Ipv6Addr::from_bits(network + host).into()).unwrap();
    }
    let host = Ipv6Addr::from_bits(network + 0xffff).into();
    refused_on(Axis::Pair, fails(&throttle, "Admin", host));
    let other_network = Ipv6Addr::from_bits(network + (1 << 64)).into();
    succeeds(&throttle, "Admin", other_network).unwrap();
}

#[test]
fn sec_e07_ten_thousand_wrong_secrets_keep_the_real_client_waiting_for_a_second_at_most() {
    let (throttle, time) = throttle();
    let mut checked = 0;
    for _ in 0..10_000 {
        match throttle.secret("SkyVaultapp", v4(1)) {
            Ok(attempt) => {
                attempt.failed();
                checked += 1;
            }
            Err(refused) => {
                assert!(refused.retry_after() > Duration::ZERO);
                assert!(refused.retry_after() <= Duration::from_secs(1));
            }
        }
    }
    assert_eq!(checked, CLIENT_SECRET.free);
    // The real client: elsewhere at once, here after the wait it was told. Others are not concerned.
    assert!(throttle.secret("SkyVaultapp", v4(2)).is_ok());
    assert!(throttle.secret("alfrescoapp", v4(1)).is_ok());
    let refused = throttle.secret("SkyVaultapp", v4(1)).err().unwrap();
    pass(&time, refused.retry_after());
    for _ in 0..1_000 {
        // Its own right secrets, however many, hold it up no more.
        assert!(throttle.secret("SkyVaultapp", v4(1)).is_ok());
    }
    // And still one wrong secret closes the gate again.
    throttle.secret("SkyVaultapp", v4(1)).unwrap().failed();
    assert!(throttle.secret("SkyVaultapp", v4(1)).is_err());
}

#[test]
fn attempts_given_up_leave_no_trace() {
    let (throttle, _time) = throttle();
    for _ in 0..100 {
        drop(now(&throttle, "admin", v4(1)).unwrap());
        succeeds(&throttle, "dory", v4(1)).unwrap();
    }
    assert_eq!(throttle.pairs.len() + throttle.addresses.len() + throttle.accounts.len(), 0);
    for _ in 0..5 {
        fails(&throttle, "admin", v4(1)).unwrap();
    }
}

#[test]
fn a_throttle_that_is_off_refuses_nobody_and_keeps_nothing() {
    let throttle = Throttle::new(false);
    for _ in 0..1_000 {
        fails(&throttle, "admin", v4(1)).unwrap();
        throttle.secret("SkyVaultapp", v4(1)).unwrap().failed();
    }
    assert_eq!(throttle.pairs.len() + throttle.secrets.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_n01_a_burst_of_parallel_guesses_gains_nothing() {
    let (throttle, _time) = throttle();
    let throttle = Arc::new(throttle);
    let guesses: Vec<_> = (0..200)
        .map(|_| {
            let throttle = Arc::clone(&throttle);
            tokio::spawn(async move {
                let attempt = throttle.reserve("admin", v4(1)).await?;
                tokio::task::yield_now().await;
                attempt.failed();
                Ok::<_, Refused>(())
            })
        })
        .collect();
    let mut made = 0;
    for guess in guesses {
        made += u32::from(guess.await.unwrap().is_ok());
    }
    assert_eq!(made, Axis::Pair.backoff().free);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_right_passwords_at_once_is_let_through_in_turn() {
    let (throttle, _time) = throttle();
    let throttle = Arc::new(throttle);
    let logins: Vec<_> = (0..200)
        .map(|_| {
            let throttle = Arc::clone(&throttle);
            tokio::spawn(async move {
                let attempt = throttle.reserve("admin", v4(1)).await?;
                tokio::task::yield_now().await;
                attempt.succeeded();
                Ok::<_, Refused>(())
            })
        })
        .collect();
    for login in logins {
        login.await.unwrap().unwrap();
    }
    assert_eq!(throttle.waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn whoever_has_waited_long_enough_is_told_to_come_back() {
    let (mut throttle, _time) = throttle();
    throttle.patience = Duration::from_millis(1);
    let _held: Vec<_> = (0..5).map(|_| now(&throttle, "admin", v4(1)).unwrap()).collect();
    let refused = throttle.reserve("admin", v4(1)).await.err();
    assert_eq!(refused, Some(Refused::Crowded));
    assert_eq!(throttle.waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn whoever_finds_the_waiting_room_full_is_told_at_once() {
    let (throttle, _time) = throttle();
    let held: Vec<_> = (0..5).map(|_| now(&throttle, "admin", v4(1)).unwrap()).collect();
    let seats: Vec<_> = (0..super::WAITING_ROOM).map(|_| throttle.sit_down().unwrap()).collect();
    assert_eq!(throttle.reserve("admin", v4(1)).await.err(), Some(Refused::Crowded));
    drop((held, seats));
    assert!(throttle.reserve("admin", v4(1)).await.is_ok());
}

#[test]
fn memory_is_bounded_and_junk_does_not_wash_out_a_high_count() {
    let (throttle, time) = throttle();
    let target = v4(0x00ff_ffff);
    for _ in 0..5 {
        fails(&throttle, "admin", target).unwrap();
    }
    for _ in 0..20 {
        throttle.secret("SkyVaultapp", target).unwrap().failed();
    }
    // The junk is younger, and would stay if age alone decided.
    pass(&time, Duration::from_millis(1));
    for number in 0..50_000 {
        fails(&throttle, &format!("user{number}"), v4(number)).unwrap();
        throttle.secret(&format!("client{number}"), v4(number)).unwrap().failed();
    }
    assert!(throttle.pairs.len() <= PAIRS);
    assert!(throttle.addresses.len() <= ADDRESSES);
    assert!(throttle.accounts.len() <= ACCOUNTS);
    assert!(throttle.secrets.len() <= SECRETS);
    refused_on(Axis::Pair, fails(&throttle, "admin", target));
    assert!(throttle.secret("SkyVaultapp", target).is_err());
}

#[test]
fn one_right_password_and_many_addresses_crowd_out_nobody_else() {
    let (throttle, _time) = throttle();
    succeeds(&throttle, "admin", v4(0)).unwrap();
    for number in 1..30_000 {
        succeeds(&throttle, "mallory", v4(number)).unwrap();
    }
    assert_eq!(throttle.acquaintances.len(), 2);
    for number in 0..20 {
        fails(&throttle, "admin", v4(100_000 + number)).unwrap();
    }
    refused_on(Axis::Account, fails(&throttle, "admin", v4(200_000)));
    succeeds(&throttle, "admin", v4(0)).unwrap();
}

#[test]
fn neither_debug_nor_a_refusal_names_anybody() {
    let (throttle, _time) = throttle();
    for _ in 0..5 {
        fails(&throttle, "admin", v4(1)).unwrap();
    }
    let refused = fails(&throttle, "admin", v4(1)).unwrap_err();
    let text = format!("{throttle:?} {refused} {refused:?}");
    assert!(!text.contains("admin") && !text.contains("10.0.0.1"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn sec_n01_failures_elsewhere_never_block_a_known_pair(
        noise in prop::collection::vec((0..4_u32, 1..4_u32, any::<bool>(), 0..5_000_u64), 0..300),
    ) {
        let (throttle, time) = throttle();
        succeeds(&throttle, "user0", v4(0)).unwrap();
        for (user, address, right, passed) in noise {
            // A refused attempt is part of the noise.
            let account = format!("user{user}");
            let _outcome = if right { succeeds(&throttle, &account, v4(address)) } else { fails(&throttle, &account, v4(address)) };
            pass(&time, Duration::from_millis(passed));
            prop_assert!(succeeds(&throttle, "user0", v4(0)).is_ok());
        }
    }
}
