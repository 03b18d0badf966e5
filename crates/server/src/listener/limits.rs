//! What clients may take: sizes, times and places.

use std::time::Duration;

/// The limits of all listeners that share a [`super::Connections`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the opening of a connection to the end of its first request head, TLS handshake included; later from the
    /// first byte of a head to its end.
    pub header_time: Duration,
    /// From the end of a request head to the end of its body, see [`super::Arrival::deadline`].
    pub request_time: Duration,
    /// A connection without a request is closed after this long.
    pub idle_time: Duration,
    /// A connection told to finish is cut off after this long without a request underway.
    pub closing_time: Duration,
    /// Once told to stop, and before the doors close, the server says so for this long at `/health/ready`.
    pub notice_time: Duration,
    /// Once the doors are closed, requests underway have this long.
    pub drain_time: Duration,
    /// Connections open at once, over all listeners. Further ones wait to be accepted.
    pub connections: usize,
    /// When places run out, those idle at least this long are closed, the longest idle first.
    pub idle_when_full: Duration,
    /// Bytes of a request head, or of the header list of an HTTP/2 request; more is answered with 431. At least 8192.
    pub header_bytes: u32,
    /// Requests underway at once on one HTTP/2 connection.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_time: Duration::from_secs(10),
            request_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(75),
            closing_time: Duration::from_secs(2),
            notice_time: Duration::ZERO,
            drain_time: Duration::from_secs(30),
            connections: 10_000,
            idle_when_full: Duration::from_secs(1),
            header_bytes: 32 * 1024,
            streams: 100,
        }
    }
}

impl Limits {
    /// How many connections may be open before idle ones are closed to make room; below the limit, so that a newcomer
    /// rarely waits.
    pub(super) fn comfortable_connections(&self) -> usize {
        self.connections - self.connections / 16
    }

    /// How often connections are looked at: often enough to be late by an eighth of a limit at most.
    pub(super) fn look_every(&self) -> Duration {
        let shortest = self.header_time.min(self.idle_time).min(self.closing_time);
        (shortest / 8).clamp(Duration::from_millis(10), Duration::from_secs(1))
    }
}

/// Descriptors beside those of connections: the store, files, logs.
const OTHER_FILES: u64 = 256;

/// Raises the number of files this process may open to what `connections` need, as far as the system allows it.
pub(super) fn allow_open_files(connections: usize) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let needed = connections as u64 + OTHER_FILES;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    limit.current = Some(limit.maximum.map_or(needed, |maximum| maximum.min(needed)));
    let raised = setrlimit(Resource::Nofile, limit).is_ok();
    if !raised || limit.current.is_some_and(|current| current < needed) {
        tracing::warn!(
            connections,
            files_needed = needed,
            files_allowed = getrlimit(Resource::Nofile).current,
            "fewer connections than configured can be open: raise the limit of open files (`ulimit -n`, LimitNOFILE=)"
        );
    }
}
