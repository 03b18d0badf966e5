//! A node whose clock is not the database's.

use super::{DATABASE, Shared, is_ready};
use crate::fixture::{C1, DORY};
use crate::operation::signals::eventually;

/// A user of the database to whom its clock shows another time: what is found first under the clock's name is not the clock.
/// It is as if that user's node were the one with a wrong clock.
const ELSEWHERE: &str = "
    CREATE TABLE ahead (seconds INT NOT NULL);
    INSERT INTO ahead VALUES (0);
    CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS
        'SELECT pg_catalog.clock_timestamp() + make_interval(secs => (SELECT seconds FROM public.ahead))';
    CREATE ROLE elsewhere LOGIN SUPERUSER;
    ALTER ROLE elsewhere SET search_path = public, pg_catalog";

#[test]
fn a_node_is_not_ready_while_its_clock_is_not_the_databases() {
    let Some(shared) = Shared::start(&[]) else { return };
    let right = shared.node();
    shared.postgres.ask(DATABASE, ELSEWHERE).unwrap();
    let wrong = shared.home_at(&shared.postgres.url(DATABASE).replace("postgres@", "elsewhere@")).start();
    for (seconds, ready) in [(0, true), (10, false), (1, true), (-10, false), (-1, true)] {
        shared.postgres.ask(DATABASE, &format!("UPDATE ahead SET seconds = {seconds}")).unwrap();
        eventually("that it is noticed", || is_ready(wrong.standard()) == ready);
        assert!(is_ready(right.standard()), "the other node is not concerned");
    }
    assert!(right.standard().is_active(C1, &wrong.standard().login(C1, DORY).access));
}
