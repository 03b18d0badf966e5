use std::sync::Arc;

use keyward_rules::{
    client_auth::{authenticate, remember},
    key_ring::{KeyRing, KeyUse},
    model::{client::Client, time::Timestamp},
};
use keyward_wire::{
    error::{Code, Refusal},
    presented::{Presented, PresentedSecret},
    profile::{KORAP, STANDARD},
};
use proptest::prelude::*;

use crate::fixture::{NOW, SECRET, SECRET_KEY, client, key, presented, public_client, refused, ring};

fn accepts(sent: &Presented, client: Option<Client>) -> Result<(), Refusal> {
    authenticate(&STANDARD, sent, client.map(Arc::new), ring()).map(|_| ())
}

fn id_alone(id: &str) -> Presented {
    Presented::Public(id.to_owned())
}

fn secretless(id: &str) -> Client {
    Client { secret: None, ..client(id) }
}

#[test]
fn sec_e01_a_confidential_client_needs_its_own_secret() {
    assert_eq!(accepts(&presented("app", SECRET), Some(client("app"))), Ok(()));
    let table = [
        ("client_known", Code::ClientUnknown("app".to_owned()), presented("app", SECRET), None),
        ("client_secret_present", Code::SecretMissing, id_alone("app"), Some(client("app"))),
        ("client_secret_matches", Code::SecretWrong, presented("app", "wrong"), Some(client("app"))),
        ("client_secret_matches", Code::SecretWrong, presented("app", ""), Some(client("app"))),
        ("client_secret_matches", Code::SecretWrong, presented("app", SECRET), Some(secretless("app"))),
        ("client_secret_matches", Code::SecretWrong, presented("app", ""), Some(secretless("app"))),
    ];
    for (step, code, sent, client) in table {
        let refusal = refused(accepts(&sent, client));
        assert_eq!((refusal.step, refusal.code), (step, code));
    }
}

#[test]
fn req_t08_a_public_client_is_taken_at_its_word_and_a_secret_it_sends_is_not_looked_at() {
    assert_eq!(accepts(&id_alone("app"), Some(public_client("app"))), Ok(()));
    assert_eq!(accepts(&presented("app", "anything"), Some(public_client("app"))), Ok(()));
}

#[test]
fn req_t05_a_secret_is_accepted_in_either_spelling_of_a_basic_header() {
    let spelt = |decoded: &str, undecoded: &str| {
        let sent = PresentedSecret { client_id: "app".to_owned(), secret: decoded.into(), undecoded: Some(undecoded.into()) };
        accepts(&Presented::Secret(sent), Some(client("app"))).map_err(|refusal| refusal.code)
    };
    assert_eq!(spelt(SECRET, "something else"), Ok(()));
    assert_eq!(spelt("something else", SECRET), Ok(()));
    assert_eq!(spelt("something else", "another"), Err(Code::SecretWrong));
}

#[test]
fn a_client_of_another_profile_is_as_unknown_as_one_that_is_not_there() {
    let of_standard = Some(Arc::new(client("app")));
    let refusal = refused(authenticate(&KORAP, &presented("app", SECRET), of_standard, ring()));
    assert_eq!((refusal.step, refusal.code), ("client_profile", Code::ClientUnknown("app".to_owned())));
}

#[test]
fn a_missing_key_is_our_defect_and_not_the_clients() {
    let of_other_use = KeyRing::new(vec![key(SECRET_KEY, KeyUse::RefreshToken, &[3; 32])]);
    for ring in [KeyRing::default(), of_other_use] {
        let refusal = refused(authenticate(&STANDARD, &presented("app", SECRET), Some(Arc::new(client("app"))), &ring));
        assert_eq!((refusal.step, refusal.code), ("client_secret_key", Code::Defect));
    }
}

#[test]
fn a_secret_remembered_under_an_older_key_is_still_recognised() {
    let mut newer = key(9, KeyUse::ClientSecret, &[9; 32]);
    newer.use_from = NOW;
    let ring = KeyRing::new(vec![key(SECRET_KEY, KeyUse::ClientSecret, &[3; 32]), newer]);
    assert_eq!(remember(&SECRET.into(), &ring, NOW).unwrap().key, 9);
    assert_eq!(remember(&SECRET.into(), &ring, Timestamp(NOW.0 - 1)).unwrap().key, SECRET_KEY);
    let remembered_before = Some(Arc::new(client("app")));
    assert!(authenticate(&STANDARD, &presented("app", SECRET), remembered_before, &ring).is_ok());
    assert_eq!(remember(&SECRET.into(), &KeyRing::default(), NOW), None);
}

#[test]
fn sec_e06_what_is_kept_of_a_secret_does_not_show_and_is_not_the_secret() {
    let client = client("app");
    let kept = client.secret.clone().unwrap();
    assert!(!kept.mac.windows(4).any(|bytes| SECRET.as_bytes().windows(4).any(|own| own == bytes)));
    let shown = format!("{client:?} {:?} {:?}", kept, presented("app", SECRET));
    assert!(shown.contains("SecretMac(..)"), "{shown}");
    assert!(!shown.contains(SECRET) && !shown.contains(&format!("{:?}", kept.mac)), "{shown}");
}

proptest! {
    #[test]
    fn sec_e01_no_other_text_is_taken_for_the_secret(own in "[ -~]{1,40}", other in "[ -~]{0,40}") {
        let client = Client { secret: remember(&own.as_str().into(), ring(), NOW), ..client("app") };
        prop_assert_eq!(accepts(&presented("app", &own), Some(client.clone())), Ok(()));
        prop_assert_eq!(accepts(&presented("app", &other), Some(client)).is_ok(), own == other);
    }
}
