//! Where Prometheus reads.

use std::net::SocketAddr;

use super::{listener::ADDRESS, setting::settings};

settings! {
    /// The metrics, in the text form Prometheus reads, at the path `/metrics` of a listener of their own.
    pub struct MetricsSettings in "[metrics]" {
        /// Where to listen. Anyone who reaches it may read them.
        address: SocketAddr, ADDRESS, optional("no metrics"), example "127.0.0.1:9464";
    }
}
