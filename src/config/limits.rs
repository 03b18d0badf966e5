//! How much one client may ask of the server.

use std::time::Duration;

use keyward_rules::model::time::Seconds;
use keyward_server::listener::Limits;

use super::{
    format::{HOUR, duration, number},
    setting::settings,
};

settings! {
    /// How much anyone may ask of the server, on each listener.
    pub struct LimitSettings in "[limits]" {
        /// The largest request body, in bytes; larger ones are refused with 413.
        body: usize, number(1024, 16 * 1024 * 1024), default(65_536), example 16384;
        /// How long the head of a request may take to arrive, for the first one of a connection its TLS handshake
        /// included; then the connection is closed.
        header_time: Seconds, duration(Seconds(1), HOUR), default(Seconds(10)), example "5s";
        /// How long the body of a request may take to arrive after its head; then the answer is 408.
        request_time: Seconds, duration(Seconds(1), HOUR), default(Seconds(30)), example "1m";
        /// How long a stop is announced: for so long after SIGTERM `/health/ready` answers 503 and all else is answered as before, so
        /// that a load balancer sends requests elsewhere before the connections close. A second SIGTERM ends it.
        notice_time: Seconds, duration(Seconds(0), HOUR), default(Seconds(0)), example "5s";
        /// How many connections may be open at a time, on all listeners together; further ones wait.
        connections: usize, number(1, 1_000_000), default(10_000), example 2000;
    }
}

/// The limits of the listeners; the size of bodies is a limit of the endpoints.
pub fn resolve(settings: &LimitSettings) -> Limits {
    let length = |Seconds(seconds)| Duration::from_secs(u64::from(seconds));
    Limits {
        header_time: length(settings.header_time),
        request_time: length(settings.request_time),
        notice_time: length(settings.notice_time),
        connections: settings.connections,
        ..Limits::default()
    }
}
