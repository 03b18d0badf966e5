//! Codes that devices show, devices that ask, and clients that register themselves.

use keyward_rules::{
    device::LIFETIME,
    model::id::{AuthorizationId, UserId},
};

use super::*;

const CODES: f64 = 25_600_000_000.0;

fn user(n: u8) -> UserId {
    UserId([n; 16])
}

/// A user enters a wrong code.
async fn wrong(throttle: &Throttle, n: u8, address: IpAddr) -> Result<(), Refused> {
    throttle.user_code(user(n), address).await.map(Attempt::failed)
}

#[tokio::test]
async fn sec_k01_while_a_code_lives_one_person_guesses_it_with_a_chance_below_two_to_the_minus_32() {
    let (throttle, time) = throttle();
    let mut heard = 0;
    // As often as they like, from as many addresses, for as long as a code lives.
    for n in 0..1000 {
        heard += u32::from(wrong(&throttle, 1, v4(n)).await.is_ok());
        pass(&time, Duration::from_millis(u64::from(LIFETIME.0)));
    }
    assert_eq!(heard, 5);
    assert!(f64::from(heard) / CODES < 2_f64.powi(-32));
    let refused = wrong(&throttle, 1, v4(1)).await.unwrap_err();
    assert!(matches!(refused, Refused::UserCode { axis: Axis::CodesOfUser, .. }), "{refused:?}");
    pass(&time, refused.retry_after());
    assert!(wrong(&throttle, 1, v4(1)).await.is_ok());
}

#[tokio::test]
async fn sec_k01_one_address_is_held_back_whoever_signs_in_there_and_others_are_not_concerned() {
    let (throttle, _time) = throttle();
    let mut heard = 0;
    for n in 0..200 {
        heard += u32::from(wrong(&throttle, n, v4(1)).await.is_ok());
    }
    assert_eq!(heard, 20);
    let refused = wrong(&throttle, 201, v4(1)).await.unwrap_err();
    assert!(matches!(refused, Refused::UserCode { axis: Axis::CodesOfAddress, .. }), "{refused:?}");
    assert!(wrong(&throttle, 202, v4(2)).await.is_ok());
}

#[tokio::test]
async fn sec_k01_guesses_side_by_side_gain_nothing_and_right_codes_never_count() {
    let (throttle, _time) = throttle();
    for _ in 0..100 {
        drop(throttle.user_code(user(1), v4(1)).await.unwrap());
    }
    let mut in_flight = Vec::new();
    while let Ok(Some(attempt)) = throttle.try_reserve(throttle.keys(("user", user(1)), v4(1)), Axis::USER_CODE, Axis::USER_CODE) {
        in_flight.push(attempt);
    }
    assert_eq!(in_flight.len(), 5);
}

#[tokio::test]
async fn an_address_or_a_client_asks_for_so_many_codes_and_then_one_at_a_time() {
    let (throttle, time) = throttle();
    let mut heard = 0;
    while throttle.device("tv", v4(1), true).await.is_ok() {
        heard += 1;
    }
    assert_eq!(heard, 60);
    let refused = throttle.device("tv", v4(1), true).await.unwrap_err();
    assert!(matches!(refused, Refused::Device { axis: Axis::DevicesOfAddress, .. }), "{refused:?}");
    // Elsewhere nobody notices, nor does a client that proves who it is.
    assert!(throttle.device("tv", v4(2), true).await.is_ok());
    assert!(throttle.device("hub", v4(1), false).await.is_ok());
    pass(&time, refused.retry_after());
    assert!(throttle.device("tv", v4(1), true).await.is_ok());
    assert!(throttle.device("tv", v4(1), true).await.is_err());

    let heard = {
        let mut heard = 0;
        while throttle.device("fleet", v4(3), false).await.is_ok() {
            heard += 1;
        }
        heard
    };
    assert_eq!(heard, 6_000);
    let refused = throttle.device("fleet", v4(4), false).await.unwrap_err();
    assert!(matches!(refused, Refused::Device { axis: Axis::DevicesOfClient, .. }), "{refused:?}");
}

#[test]
fn each_device_has_a_pace_of_its_own_and_only_so_many_are_remembered() {
    let (throttle, time) = throttle();
    let device = |n: u32| AuthorizationId(u128::from(n).to_be_bytes());
    assert!(throttle.paced(device(1)), "the first question");
    assert!(throttle.paced(device(2)));
    assert!(!throttle.paced(device(1)));
    pass(&time, Duration::from_millis(9_999));
    assert!(!throttle.paced(device(1)), "10 seconds by now");
    assert!(throttle.paced(device(2)));
    pass(&time, Duration::from_secs(15));
    assert!(throttle.paced(device(1)));
    for n in 3..60_000 {
        assert!(throttle.paced(device(n)));
    }
    assert!(throttle.paces.len() <= 10_240);
    let off = Throttle::new(false);
    assert!(off.paced(device(1)) && off.paced(device(1)));
}

#[tokio::test]
async fn sec_m01_an_address_registers_twenty_clients_and_then_one_a_minute_and_others_are_not_concerned() {
    let (throttle, time) = throttle();
    let mut registered = 0;
    for _ in 0..100 {
        registered += u32::from(throttle.registration(v4(1)).await.is_ok());
    }
    assert_eq!(registered, 20);
    let refused = throttle.registration(v4(1)).await.unwrap_err();
    assert_eq!(refused.retry_after(), Duration::from_secs(60), "{refused:?}");
    assert!(throttle.registration(v4(2)).await.is_ok());
    pass(&time, refused.retry_after());
    assert!(throttle.registration(v4(1)).await.is_ok());
    assert!(throttle.registration(v4(1)).await.is_err());
    for n in 0..20_000 {
        let _ = throttle.registration(v4(n)).await;
    }
    assert!(throttle.registrations_of_addresses.len() <= crate::throttle::REGISTRATIONS + 64);
}
