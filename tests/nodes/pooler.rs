//! A pooler between nodes and database, which gives each transaction another connection.

use keyward_cluster::PgBouncer;

use super::{DATABASE, Shared, load};
use crate::asking::Ask;
use crate::fixture::{C1, DORY, WEB};
use crate::person::Person;

#[test]
fn nodes_share_connections_through_pgbouncer_in_transaction_mode() {
    let Some(shared) = Shared::start(&[]) else { return };
    let pgbouncer = PgBouncer::start(&shared.folder.path().join("pgbouncer"), &shared.postgres).unwrap();
    let home = || shared.home_at(&pgbouncer.url(DATABASE)).with_issuer_of("standard");
    let nodes = [home().start(), home().start()];
    let [one, other] = [nodes[0].standard(), nodes[1].standard()];

    let tokens = one.login(C1, DORY);
    assert!(other.is_active(C1, &tokens.access));
    let refreshed = other.refresh(C1, tokens.refresh());
    assert!(one.is_active(C1, &refreshed.access));
    assert_eq!(one.revoke(C1, refreshed.refresh()).status, 200);
    assert!(!other.is_active(C1, &refreshed.access));
    other.ask_refresh(C1, refreshed.refresh()).refused(400, "invalid_grant");

    // Somebody signs in and allows at one node; the code is redeemed at the other, once.
    let code = Person::new(one, DORY).code(&Ask::code(WEB));
    let tokens = other.redeem(WEB, &code);
    one.assert_alive(WEB, &tokens);
    one.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    other.assert_dead(WEB, &tokens);

    load::during(&[one, other], || std::thread::sleep(std::time::Duration::from_secs(3))).check(other);
}

#[test]
fn named_statements_are_refused_where_connections_are_shared() {
    let Some(shared) = Shared::start(&[]) else { return };
    let pgbouncer = PgBouncer::start(&shared.folder.path().join("pgbouncer"), &shared.postgres).unwrap();
    let (_, said) = shared.home_at(&format!("{}?statements=named", pgbouncer.url(DATABASE))).refuse();
    assert!(said.contains("leave statements=named out"), "{said}");

    let direct = shared.home_at(&format!("{}?statements=named", shared.postgres.url(DATABASE))).with_issuer_of("standard").start();
    let tokens = direct.standard().login(C1, DORY);
    assert!(direct.standard().is_active(C1, &tokens.access));
}
