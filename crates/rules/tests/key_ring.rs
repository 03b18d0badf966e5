use keyward_rules::{
    key_ring::{Key, KeyRing, KeyUse},
    model::time::{Seconds, Timestamp},
};
use keyward_wire::jwt::Algorithm;

use crate::fixture::{NOW, every_key};

/// Every key, with those that sign kept until `keep_until`.
fn ring(keep_until: Option<Timestamp>) -> KeyRing {
    let kept = |key: Key| match key.material.usage() {
        KeyUse::Signing(_) => Key { keep_until, ..key },
        _ => key,
    };
    KeyRing::new(every_key().into_iter().map(kept).collect())
}

fn published(ring: &KeyRing) -> Vec<Algorithm> {
    ring.published(NOW).keys.iter().map(|key| key.alg).collect()
}

#[test]
fn sec_o02_a_key_is_published_until_the_last_token_made_with_it_has_ended() {
    let both = [Algorithm::EdDSA, Algorithm::ES256];
    assert_eq!(published(&ring(None)), both);
    assert_eq!(published(&ring(Some(Timestamp(NOW.0 + 1)))), both);
    assert_eq!(published(&ring(Some(NOW))), []);
}

#[test]
fn sec_o02_a_key_is_published_before_it_is_used() {
    let mut keys = every_key();
    keys.iter_mut().for_each(|key| key.use_from = NOW + Seconds(600));
    let ring = KeyRing::new(keys);
    assert_eq!(published(&ring).len(), 2);
    assert!(ring.current(KeyUse::Signing(Algorithm::EdDSA), NOW).is_none());
}

#[test]
fn sec_o01_only_signing_keys_are_published() {
    let ring = ring(None);
    assert_eq!((ring.keys().len(), ring.published(NOW).keys.len()), (7, 2));
}

#[test]
fn uses_are_found_by_the_name_they_are_kept_under() {
    for usage in KeyUse::EVERY {
        assert_eq!(KeyUse::parse(usage.as_str()), Some(usage));
    }
    assert_eq!(KeyUse::parse("HS256"), None);
}
