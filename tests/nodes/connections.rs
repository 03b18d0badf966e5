//! More nodes than the database has connections for.

use std::thread::scope;

use super::{DATABASE, Shared, in_time, is_ready, is_served, load};
use crate::fixture::{C1, DORY};
use crate::operation::signals::eventually;

/// What the database says to those it has no connection for.
const TOO_MANY: &str = "too many clients";

#[test]
fn a_database_without_connections_to_spare_refuses_some_in_time_and_hangs_nobody() {
    // Each of the nodes would like more than all of them together can have.
    let Some(shared) = Shared::start(&[("max_connections", "8"), ("superuser_reserved_connections", "0")]) else { return };
    let nodes = [shared.node(), shared.node(), shared.node()];
    let sites = nodes.each_ref().map(|node| node.standard());
    let before = sites[0].login(C1, DORY);
    scope(|scope| {
        for site in sites.iter().cycle().take(60) {
            let before = &before;
            scope.spawn(move || {
                for _ in 0..5 {
                    in_time(|| is_served(&site.ask_password(C1, DORY)));
                    let asked = in_time(|| site.post("/oauth/introspect").basic(C1).form(&[("token", &before.access)]).send());
                    assert!(!is_served(&asked) || asked.json()["active"] == true, "{asked:?}");
                }
            });
        }
    });
    eventually("readiness", || sites.iter().all(|site| is_ready(site)));
    assert!(shared.postgres.log().contains(TOO_MANY), "there were too few connections");
}

#[test]
fn nodes_go_on_when_others_let_go_of_the_connections() {
    let Some(shared) = Shared::start(&[("max_connections", "8"), ("superuser_reserved_connections", "0")]) else { return };
    let nodes = [shared.node(), shared.node()];
    let sites = nodes.each_ref().map(|node| node.standard());
    let book = load::during(&sites, || {
        // Those of the nodes are ended while others wait for them.
        let hold = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name <> 'psql'; SELECT pg_sleep(7)";
        scope(|scope| {
            for _ in 0..8 {
                // There may be none left for it.
                scope.spawn(|| shared.postgres.ask(DATABASE, hold).is_ok());
            }
        });
        eventually("readiness", || sites.iter().all(|site| is_ready(site)));
    });
    assert!(shared.postgres.log().contains(TOO_MANY), "there were too few connections");
    book.check(sites[0]);
}
