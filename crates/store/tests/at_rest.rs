//! Whoever gets hold of the database's files, or of a backup, holds no token, secret or key.

use std::{fs, path::Path};

use aws_lc_rs::rand::SystemRandom;
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    access_token::{AccessToken, Basis, JwtNames},
    client_auth,
    effect::Effect,
    key_ring::{KeyRing, KeyUse},
    model::{
        authorization::Authorization,
        client::{AccessFormat, Client},
        id::TokenId,
        time::{Seconds, Timestamp},
    },
    refresh_token::RefreshToken,
};
use keyward_store::{
    Store, backup, keys,
    root_key::{RootKeySource, RootKeys},
};
use keyward_wire::jwt::Algorithm;
use secrecy::ExposeSecret;

use crate::fixture::*;

const SECRET: &str = "the-client-secret-nobody-may-read";

/// Things to look for, by name.
type Needles = Vec<(String, Vec<u8>)>;

fn bytes_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn access_token(ring: &KeyRing, own: &Authorization, format: AccessFormat, store: &Store) -> String {
    let token = AccessToken {
        id: TokenId::new(NOW, [9; 10]),
        basis: Basis::Authorization { id: own.id, generation: own.generation },
        store_epoch: store.recovery().epoch,
        scope: own.scope.clone(),
        audience: vec![],
        issued_at: NOW.seconds(),
        expires_at: (NOW + Seconds(60)).seconds(),
    };
    let names = JwtNames { issuer: "https://issuer.example", subject: "u-1", client: &own.client, authenticated_at: None };
    token.write(format, names, ring, NOW, [3; 12], &SystemRandom::new()).unwrap()
}

/// A token as text, without its prefix, and decoded as far as it is not known from elsewhere.
fn token_needles(name: &str, text: &str) -> Needles {
    let body = text.get(4..).unwrap();
    let last = body.rsplit('.').next().unwrap();
    let decoded = BASE64URL_NOPAD.decode(last.as_bytes()).unwrap();
    vec![
        (format!("{name} as text"), text.into()),
        (format!("{name} without prefix"), body.into()),
        (format!("{name} decoded"), decoded[decoded.len() - 16..].to_vec()),
    ]
}

/// Issues tokens of every kind, rotates, revokes; returns what must not be found, and what must be.
async fn live(store: &Store, root: &RootKeys) -> (Needles, Needles) {
    let ring = keys::ensure(store, root, &KeyUse::EVERY, NOW, &SystemRandom::new()).await.unwrap().keys;
    let own = Client { secret: client_auth::remember(&SECRET.into(), &ring, NOW), ..client(1) };
    let mac = own.secret.as_ref().unwrap().mac;
    let key = ring.current(KeyUse::RefreshToken, NOW).unwrap().id;
    let mut authorization = Authorization { key, ..authorization(1) };
    commit(store, vec![Effect::AddClient(own), Effect::AddUser(user(1)), Effect::Authorize(authorization.clone())]).await;

    let mut secret = vec![("the client secret".to_owned(), SECRET.into())];
    for generation in 1..4 {
        authorization.generation = generation;
        let token = RefreshToken::derive(&authorization, generation, &ring).unwrap().to_secret();
        secret.extend(token_needles(&format!("refresh token {generation}"), token.expose_secret()));
        for format in [AccessFormat::Opaque].into_iter().chain(Algorithm::EVERY.map(AccessFormat::Jwt)) {
            let token = access_token(&ring, &authorization, format, store);
            secret.extend(token_needles(&format!("access token {format:?}"), &token));
        }
        commit(store, vec![rotate(1, generation)]).await;
    }
    let revoked = TokenId::new(NOW, [9; 10]);
    commit(store, vec![Effect::RevokeToken { id: revoked, client: client_id(1), expires_at: Timestamp(NOW.0 + 9) }, revoke(1)]).await;
    for key in store.keys().await.unwrap() {
        secret.push((format!("key {:?}", key.usage), root.unwrap(&key).unwrap()[..32].to_vec()));
    }
    let stored = vec![
        ("authorization".to_owned(), authorization.id.0.to_vec()),
        ("revoked token's id".to_owned(), revoked.0.to_vec()),
        ("MAC of the client secret".to_owned(), mac.to_vec()),
        ("username".to_owned(), user(1).username.into()),
    ];
    (secret, stored)
}

#[tokio::test]
async fn sec_f13_the_database_its_log_and_its_backup_hold_no_token_secret_or_key_in_clear() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(folder.path()).await;
    let file = outside.path().join("root.key");
    let root = RootKeys::load_or_create(&RootKeySource::File(file.clone()), &[], &SystemRandom::new()).unwrap();
    let (mut secret, stored) = live(&store, &root).await;
    let line = fs::read_to_string(file).unwrap();
    let encoded = line.trim().rsplit(':').next().unwrap();
    secret.push(("root key as text".to_owned(), encoded.into()));
    secret.push(("root key".to_owned(), BASE64URL_NOPAD.decode(encoded.as_bytes()).unwrap()));

    let nothing_in_clear = |files: &[(String, Vec<u8>)]| {
        for (name, needle) in &secret {
            let found = files.iter().find(|(_, bytes)| contains(bytes, needle));
            assert!(found.is_none(), "{name} is in {}", found.unwrap().0);
        }
        for (name, needle) in &stored {
            assert!(files.iter().any(|(_, bytes)| contains(bytes, needle)), "{name} is not found, so this test proves nothing");
        }
    };
    let open_files = bytes_of(folder.path());
    assert!(open_files.iter().any(|(name, bytes)| name.ends_with("-wal") && bytes.len() > 30_000));
    nothing_in_clear(&open_files);
    let copies = tempfile::tempdir().unwrap();
    backup::take(&folder.path().join("keyward.db"), &copies.path().join("copy.db")).unwrap();
    nothing_in_clear(&bytes_of(copies.path()));
    drop(store);
    nothing_in_clear(&bytes_of(folder.path()));
}
