//! `keyward key …`: rotation of every key, the root key included, without a restart.

use std::fs;

use serde_json::Value;

use crate::fixture::{C1, C2, DORY};
use crate::postgres;
use crate::server::{Home, Server};

fn server() -> Server {
    let home = Home::demo().with("[keys]\npublish_before_use = '0s'").with_client(C2.0, "access_format = 'jwt'");
    home.start()
}

#[test]
fn keys_are_listed_with_their_states_and_without_their_secrets() {
    let server = server();
    server.standard().machine_token(C2);
    let table = server.keyward(&["key", "list"]).done();
    let listed: Value = serde_json::from_str(&server.keyward(&["key", "list", "--json"]).done()).unwrap();
    let keys = listed.as_array().expect("a list");
    assert!(!keys.is_empty());
    for key in keys {
        let id = key["id"].as_str().expect("an id");
        assert!(table.contains(id), "{id} is in the table: {table}");
        assert!(key["state"].is_string(), "{key}");
    }
}

#[test]
fn every_token_outlives_a_rotation_of_every_key() {
    let server = server();
    let site = server.standard();
    let (opaque, signed) = (site.login(C1, DORY), site.login(C2, DORY));
    for _ in 0..3 {
        server.keyward(&["key", "rotate"]).done();
    }
    assert!(site.is_active(C1, &opaque.access) && site.is_active(C2, &signed.access));
    let opaque = site.refresh(C1, opaque.refresh());
    site.refresh(C2, signed.refresh());
    let server = server.kill().start();
    assert!(server.standard().is_active(C1, &opaque.access));
    server.standard().refresh(C1, opaque.refresh());
}

#[test]
fn the_root_key_rotates_without_a_restart_and_the_old_one_opens_nothing_any_more() {
    let server = server();
    let tokens = server.standard().login(C1, DORY);
    let old = fs::read(server.home().root_key()).unwrap();
    server.keyward(&["key", "rotate-root"]).done();
    let new = fs::read(server.home().root_key()).unwrap();
    assert_ne!(old, new);
    let tokens = server.standard().refresh(C1, tokens.refresh());
    let server = server.kill().start();
    let tokens = server.standard().refresh(C1, tokens.refresh());
    let home = server.stop();
    fs::write(home.root_key(), &old).unwrap();
    let (home, said) = home.refuse();
    assert!(said.contains("root key"), "{said}");
    fs::write(home.root_key(), &new).unwrap();
    home.start().standard().refresh(C1, tokens.refresh());
}

#[test]
fn the_root_key_rotates_where_no_server_runs() {
    let home = Server::start().stop();
    let old = fs::read(home.root_key()).unwrap();
    home.keyward(&["key", "rotate-root"]).done();
    assert_ne!(fs::read(home.root_key()).unwrap(), old);
    home.start().standard().login(C1, DORY);
}

#[test]
fn a_removed_key_ends_what_was_made_with_it() {
    if postgres::is_the_store() {
        return;
    }
    let server = server();
    let site = server.standard();
    let signed = site.machine_token(C2).access;
    let kid = crate::jose::json(signed.split('.').next().unwrap()).unwrap()["kid"].as_str().unwrap().to_owned();
    assert!(site.is_active(C2, &signed));
    server.keyward(&["key", "rotate"]).done();
    assert!(site.is_active(C2, &signed));
    server.keyward(&["key", "remove", &kid]).done();
    assert!(!site.is_active(C2, &signed));
    assert!(!site.get("/oauth/jwks").send().body.contains(&kid));
    assert!(site.is_active(C2, &site.machine_token(C2).access));
    let complaint = server.keyward(&["key", "remove", "no-such-key"]).failed();
    assert!(complaint.contains("no-such-key"), "{complaint}");
}
