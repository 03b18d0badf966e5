//! Ports nobody listens on.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// How many ports are tried in turn, from 10000 on: below the range outgoing connections take theirs from.
const RANGE: u16 = 20_000;

/// A loopback address nobody listens on. Each call gives another one, until all have had their turn.
#[must_use]
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two test runs at once begin in different places.
    let first = u16::try_from(std::process::id() * 61 % u32::from(RANGE)).unwrap_or_default();
    loop {
        let port = 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed) % RANGE) % RANGE;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
