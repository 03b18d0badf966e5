//! What happens at one node, or by a command, holds at all nodes.

use std::collections::BTreeSet;
use std::thread::scope;

use serde_json::Value;

use super::{DATABASE, Shared, in_time};
use crate::client::{Answer, Site};
use crate::fixture::{C1, C2, Credentials, DORY};
use crate::operation::signals::eventually;
use crate::server::Server;

#[test]
fn nodes_that_start_at_once_on_an_empty_database_agree_on_one_set_of_keys() {
    let Some(shared) = Shared::start(&[]) else { return };
    let homes = [shared.home(), shared.home(), shared.home()];
    let nodes: Vec<Server> = scope(|scope| {
        let starts = homes.map(|home| scope.spawn(|| home.start()));
        starts.map(|start| start.join().expect("it starts")).into_iter().collect()
    });
    let agree = || nodes.iter().all(|node| kids(node.standard()) == kids(nodes[0].standard()));
    in_time(|| eventually("agreement", agree));
    assert!(!kids(nodes[0].standard()).is_empty());
    for node in &nodes {
        let (opaque, signed) = (node.standard().login(C1, DORY), node.standard().login(C2, DORY));
        for other in &nodes {
            assert!(other.standard().is_active(C1, &opaque.access) && other.standard().is_active(C2, &signed.access));
        }
    }
}

#[test]
fn nodes_that_run_learn_that_their_store_was_set_back() {
    let Some(shared) = Shared::start(&[]) else { return };
    let nodes = [shared.node(), shared.node()];
    let [one, other] = [nodes[0].standard(), nodes[1].standard()];
    let before = one.login(C1, DORY);
    assert!(other.is_active(C1, &before.access));
    // What a restore writes. Nobody should do that beside nodes that run; who does must not bring dead tokens back.
    shared.postgres.ask(DATABASE, "UPDATE store SET epoch = epoch + 1").unwrap();
    for site in [one, other] {
        in_time(|| eventually("the end of older access tokens", || !site.is_active(C1, &before.access)));
    }
    assert!(other.is_active(C1, &one.login(C1, DORY).access));
}

#[test]
fn what_is_ended_at_one_node_is_over_at_once_at_another() {
    let Some(shared) = Shared::start(&[]) else { return };
    let nodes = [shared.node(), shared.node()];
    let [one, other] = [nodes[0].standard(), nodes[1].standard()];

    // Each token was looked at where it is about to be refused: nothing of that is remembered.
    let [first, second, third] = [one.login(C1, DORY), one.login(C1, DORY), one.login(C1, DORY)];
    assert!([&first, &second, &third].iter().all(|tokens| other.is_active(C1, &tokens.access)));
    assert_eq!(one.revoke(C1, first.refresh()).status, 200);
    assert!(!other.is_active(C1, &first.access));
    other.ask_refresh(C1, first.refresh()).refused(400, "invalid_grant");
    assert_eq!(one.revoke(C1, &second.access).status, 200);
    assert!(!other.is_active(C1, &second.access));
    let refreshed = one.refresh(C1, third.refresh());
    assert!(other.is_active(C1, &refreshed.access));

    nodes[0].keyward(&["user", "disable", DORY.0]).done();
    for site in [one, other] {
        assert!(!site.is_active(C1, &refreshed.access));
        site.ask_refresh(C1, refreshed.refresh()).refused(400, "invalid_grant");
        site.ask_password(C1, DORY).refused(400, "invalid_grant");
    }
    nodes[1].keyward(&["user", "enable", DORY.0]).done();
    one.login(C1, DORY);
    other.login(C1, DORY);
}

#[test]
fn a_client_that_a_command_adds_changes_or_removes_is_so_at_every_node() {
    let Some(shared) = Shared::start(&[]) else { return };
    let nodes = [shared.node(), shared.node()];
    let [one, other] = [nodes[0].standard(), nodes[1].standard()];
    let grants = "client_credentials";
    let add = [
        "client",
        "add",
        "new",
        "--grant",
        grants,
        "--scope",
        "read",
        "--default-scope",
        "read",
        "--client-credentials-scope",
        "read",
        "--json",
    ];
    let secret = secret(&nodes[0].keyward(&add).done());
    one.machine_token(("new", &secret));
    other.machine_token(("new", &secret));

    let fresh = self::secret(&nodes[1].keyward(&["client", "reset-secret", "new", "--json"]).done());
    for site in [one, other] {
        ask_for_itself(site, ("new", &secret)).refused(401, "invalid_client");
        site.machine_token(("new", &fresh));
    }
    nodes[0].keyward(&["client", "remove", "new"]).done();
    for site in [one, other] {
        ask_for_itself(site, ("new", &fresh)).refused(401, "invalid_client");
    }
}

#[test]
fn a_new_key_is_known_to_every_node_before_it_is_used_anywhere() {
    let Some(shared) = Shared::start(&[]) else { return };
    let home = || shared.home().with_client(C2.0, "access_format = 'jwt'").with("[keys]\npublish_before_use = '10s'");
    let nodes = [home().start(), home().start()];
    let [one, other] = [nodes[0].standard(), nodes[1].standard()];
    let (before, opaque, signed) = (kids(one), one.login(C1, DORY), one.login(C2, DORY));
    nodes[0].keyward(&["key", "rotate"]).done();
    for site in [one, other] {
        in_time(|| eventually("the new key", || kids(site).len() > before.len()));
    }
    assert!(other.is_active(C1, &opaque.access) && other.is_active(C2, &signed.access));
    // Until long after it is in use, whatever one node makes is good at the other.
    let is_new = |token: &str| !before.contains(crate::jose::json(token.split('.').next().unwrap()).unwrap()["kid"].as_str().unwrap());
    eventually("the use of the new key", || {
        let (opaque, signed) = (one.login(C1, DORY), one.login(C2, DORY));
        assert!(other.is_active(C1, &opaque.access) && other.is_active(C2, &signed.access));
        other.refresh(C1, opaque.refresh());
        is_new(&signed.access)
    });
}

fn ask_for_itself(site: &Site, client: Credentials<'_>) -> Answer {
    site.post("/oauth/token").basic(client).form(&[("grant_type", "client_credentials")]).send()
}

fn secret(json: &str) -> String {
    let said: Value = serde_json::from_str(json).unwrap();
    said["client_secret"].as_str().expect("a secret").to_owned()
}

/// What the published keys are called.
fn kids(site: &Site) -> BTreeSet<String> {
    let set = site.get("/oauth/jwks").send().json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}
