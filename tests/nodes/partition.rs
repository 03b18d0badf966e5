//! The network between a node and the database is cut.

use std::thread::scope;

use keyward_cluster::Link;

use super::{Shared, in_time, is_ready, is_served, load, url_at};
use crate::client::{Answer, Site};
use crate::fixture::{C1, DORY};
use crate::operation::signals::eventually;

#[test]
fn a_node_cut_off_from_the_database_says_so_in_time_and_comes_back_by_itself() {
    let Some(shared) = Shared::start(&[]) else { return };
    let link = Link::between(shared.postgres.address()).unwrap();
    let nodes = (shared.node(), shared.home_at(&url_at(link.address())).start());
    let (whole, cut) = (nodes.0.standard(), nodes.1.standard());
    let tokens = whole.login(C1, DORY);
    assert!(cut.is_active(C1, &tokens.access) && is_ready(cut));

    link.cut();
    let asks: [&(dyn Fn() -> Answer + Sync); 4] = [
        &|| cut.ask_password(C1, DORY),
        &|| cut.ask_refresh(C1, tokens.refresh()),
        &|| cut.post("/oauth/introspect").basic(C1).form(&[("token", &tokens.access)]).send(),
        &|| cut.revoke(C1, &tokens.access),
    ];
    scope(|scope| {
        for ask in asks {
            scope.spawn(move || assert!(!in_time(|| is_served(&ask())), "it cannot know"));
        }
        scope.spawn(|| assert!(!in_time(|| is_ready(cut))));
    });
    // What needs no database goes on.
    for path in ["/oauth/jwks", "/.well-known/oauth-authorization-server", "/health", "/management/health"] {
        assert_eq!(in_time(|| cut.get(path).send()).status, 200, "{path}");
    }
    assert!(is_ready(whole), "the other node is not concerned");

    eventually("a warning", || nodes.1.log().contains("looking for what other nodes have done failed"));
    assert!(!nodes.1.log().contains("the database answers again"));
    link.mend();
    eventually("readiness", || is_ready(cut));
    assert!(nodes.1.log().contains("the database answers again"));
    let tokens = cut.login(C1, DORY);
    assert!(whole.is_active(C1, &tokens.access));
    cut.refresh(C1, tokens.refresh());
}

#[test]
fn what_was_on_the_way_when_the_network_was_cut_can_be_asked_again_and_is_done_once() {
    let Some(shared) = Shared::start(&[]) else { return };
    let link = Link::between(shared.postgres.address()).unwrap();
    let nodes = [shared.node(), shared.home_at(&url_at(link.address())).start()];
    let [whole, cut] = [nodes[0].standard(), nodes[1].standard()];
    let book = load::during(&[cut], || {
        for _ in 0..2 {
            link.cut();
            eventually("that it is noticed", || !is_ready(cut));
            // What was sent arrives late: its connection was given up.
            link.mend();
            eventually("readiness", || is_ready(cut));
        }
    });
    book.check(whole);
}

#[test]
fn what_is_revoked_elsewhere_is_never_active_at_a_node_that_is_cut_off() {
    let Some(shared) = Shared::start(&[]) else { return };
    let link = Link::between(shared.postgres.address()).unwrap();
    let (whole, cut) = (shared.node(), shared.home_at(&url_at(link.address())).start());
    let (whole, cut) = (whole.standard(), cut.standard());
    let tokens = whole.login(C1, DORY);
    assert!(cut.is_active(C1, &tokens.access) && cut.opens(&tokens.access));

    link.cut();
    assert_eq!(whole.revoke(C1, tokens.refresh()).status, 200);
    assert!(!may_be_used(cut, &tokens.access));
    link.mend();
    eventually("a sure answer", || {
        let answer = ask(cut, &tokens.access);
        let served = is_served(&answer);
        assert!(!served || answer.json()["active"] == false, "{answer:?}");
        served
    });
    assert!(!cut.opens(&tokens.access));
}

fn ask(site: &Site, token: &str) -> Answer {
    in_time(|| site.post("/oauth/introspect").basic(C1).form(&[("token", token)]).send())
}

fn may_be_used(site: &Site, token: &str) -> bool {
    let answer = ask(site, token);
    is_served(&answer) && answer.json()["active"] == true
}
