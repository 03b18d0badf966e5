//! What is served: the HTTP endpoints, listeners and the directory of users.

pub mod listener;
pub mod metrics;
pub mod request_id;
pub mod shutdown;
