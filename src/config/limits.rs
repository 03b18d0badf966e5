//! How much one client may ask of the server.

use keyward_rules::model::time::Seconds;

use super::{
    format::{HOUR, duration, number},
    setting::settings,
};

settings! {
    /// How much anyone may ask of the server, on each listener.
    pub struct LimitSettings in "[limits]" {
        /// The largest request body, in bytes; larger ones are refused with 413.
        body: usize, number(1024, 16 * 1024 * 1024), default(65_536), example 16384;
        /// How long the head of a request may take to arrive; then the connection is closed.
        header_time: Seconds, duration(Seconds(1), HOUR), default(Seconds(10)), example "5s";
        /// How long a request may take as a whole, from its head to the last byte of the answer.
        request_time: Seconds, duration(Seconds(1), HOUR), default(Seconds(30)), example "1m";
        /// How many connections may be open at a time, on all listeners together.
        connections: usize, number(1, 1_000_000), default(10_000), example 2000;
    }
}
