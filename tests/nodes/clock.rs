//! A node whose clock is wrong.

use std::process::Command;

use super::{Shared, is_ready};
use crate::command::KEYWARD;
use crate::operation::signals::eventually;
use crate::server::Server;

/// Debian's libfaketime: what the wrapper `faketime` preloads. The wrapper itself would stand between us and the node.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketime.so.1";

#[test]
fn a_node_whose_clock_is_not_the_databases_is_not_ready() {
    let Some(shared) = Shared::start(&[]) else { return };
    let right = shared.node();
    for (offset, ready) in [("-1s", true), ("-10s", false), ("+10s", false)] {
        let node = with_clock(&shared, offset);
        eventually("the answer", || is_ready(node.standard()) == ready);
        assert!(is_ready(right.standard()));
    }
}

/// A node whose clock is off by that much; what it waits for comes in time all the same.
fn with_clock(shared: &Shared, offset: &str) -> Server {
    let mut program = Command::new(KEYWARD);
    shared.home().start_as(program.env("LD_PRELOAD", LIBRARY).env("FAKETIME", offset).env("FAKETIME_DONT_FAKE_MONOTONIC", "1"))
}
