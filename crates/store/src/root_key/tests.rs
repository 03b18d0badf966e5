//! The root key's file, and what is encrypted with it.

use super::*;
use aws_lc_rs::rand::SystemRandom;
use keyward_rules::model::time::Timestamp;
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
};

fn wrapped(root: &RootKeys, bytes: &[u8]) -> WrappedKey {
    let mut key = WrappedKey {
        id: 7,
        usage: KeyUse::RefreshToken,
        wrapped: vec![],
        root_key: 0,
        created_at: Timestamp(0),
        use_from: Timestamp(0),
        keep_until: None,
    };
    root.wrap(&mut key, bytes, &SystemRandom::new()).unwrap();
    key
}

fn file(folder: &tempfile::TempDir) -> RootKeySource {
    RootKeySource::File(folder.path().join("root.key"))
}

#[test]
fn a_first_start_makes_a_file_that_only_its_owner_reads() {
    let folder = tempfile::tempdir().unwrap();
    let made = RootKeys::load_or_create(&file(&folder), &[], &SystemRandom::new()).unwrap();
    let key = wrapped(&made, b"key bytes");
    let mode = fs::metadata(folder.path().join("root.key")).unwrap().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let again = RootKeys::load_or_create(&file(&folder), std::slice::from_ref(&key), &SystemRandom::new()).unwrap();
    assert_eq!(again.unwrap(&key).unwrap().as_slice(), b"key bytes");
}

#[test]
fn a_key_that_is_missing_wrong_exposed_or_malformed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    let random = SystemRandom::new();
    let key = wrapped(&RootKeys::load_or_create(&file(&folder), &[], &random).unwrap(), b"x");
    let stored = std::slice::from_ref(&key);
    let load = || RootKeys::load_or_create(&file(&folder), stored, &random).map(drop);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(load(), Err(RootKeyError::Exposed(_, 0o644))));
    fs::remove_file(&path).unwrap();
    assert!(matches!(load(), Err(RootKeyError::Missing(_))));
    RootKeys::load_or_create(&file(&folder), &[], &random).unwrap();
    assert!(matches!(load(), Err(RootKeyError::Wrong(_))));
    fs::write(&path, "keyward-root-key-1:short\n").unwrap();
    assert!(matches!(load(), Err(RootKeyError::Malformed(_))));
}

#[test]
fn while_it_is_replaced_both_root_keys_open_what_they_wrapped() {
    let folder = tempfile::tempdir().unwrap();
    let random = SystemRandom::new();
    let mut root = RootKeys::load_or_create(&file(&folder), &[], &random).unwrap();
    let old = wrapped(&root, b"old");
    root.renew(&random).unwrap();
    let new = wrapped(&root, b"new");
    assert_ne!(old.root_key, new.root_key);
    let reread = RootKeys::load_or_create(&file(&folder), &[old.clone(), new.clone()], &random).unwrap();
    assert_eq!(reread.unwrap(&old).unwrap().as_slice(), b"old");
    root.forget_old().unwrap();
    assert!(root.unwrap(&old).is_none());
    assert_eq!(root.unwrap(&new).unwrap().as_slice(), b"new");
}

#[test]
fn a_root_key_that_could_not_be_written_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let random = SystemRandom::new();
    let mut root = RootKeys::load_or_create(&file(&folder), &[], &random).unwrap();
    let before = wrapped(&root, b"x").root_key;
    folder.close().unwrap();
    assert!(matches!(root.renew(&random), Err(RootKeyError::Io(..))));
    assert_eq!(wrapped(&root, b"x").root_key, before);
}

#[test]
fn a_root_key_in_a_variable_is_not_replaced_and_stays_in_use() {
    let random = SystemRandom::new();
    let source = RootKeySource::Variable("KEYWARD_ROOT_KEY".to_owned());
    let mut root = RootKeys { source, keys: vec![RootKey::generate(&random).unwrap()] };
    let before = wrapped(&root, b"x");
    assert!(matches!(root.renew(&random), Err(RootKeyError::NotAFile(_))));
    assert_eq!(wrapped(&root, b"x").root_key, before.root_key);
}

#[test]
fn a_wrapped_key_opens_only_in_its_own_row() {
    let folder = tempfile::tempdir().unwrap();
    let root = RootKeys::load_or_create(&file(&folder), &[], &SystemRandom::new()).unwrap();
    let key = wrapped(&root, b"x");
    assert!(root.unwrap(&WrappedKey { id: 8, ..key.clone() }).is_none());
    assert!(root.unwrap(&WrappedKey { usage: KeyUse::ClientSecret, ..key }).is_none());
}
