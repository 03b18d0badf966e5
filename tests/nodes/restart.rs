//! The database restarts under the nodes, in order or not.

use keyward_cluster::Postgres;

use super::{Shared, is_ready, load};
use crate::operation::signals::eventually;

#[test]
fn a_restart_of_the_database_is_got_over_by_itself() {
    got_over(|postgres| postgres.stop().unwrap());
}

#[test]
fn a_crash_of_the_database_is_got_over_by_itself_and_loses_nothing_acknowledged() {
    got_over(|postgres| postgres.kill().unwrap());
}

fn got_over(end: fn(&mut Postgres)) {
    let Some(mut shared) = Shared::start(&[]) else { return };
    let nodes = [shared.node(), shared.node()];
    let [one, other] = [nodes[0].standard(), nodes[1].standard()];
    let book = load::during(&[one, other], || {
        for _ in 0..3 {
            end(&mut shared.postgres);
            eventually("that it is noticed", || !is_ready(one) && !is_ready(other));
            shared.postgres.start_again().unwrap();
            eventually("readiness", || is_ready(one) && is_ready(other));
        }
    });
    book.check(one);
}
