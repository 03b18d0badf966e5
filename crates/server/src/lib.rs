//! What is served.
//!
//! 1. [`listener`] takes connections and names each request ([`request_id`]), [`routes`] shows every path there is, [`cors`] says
//!    which web pages may call.
//! 2. [`oauth`] has one file per endpoint. Each reads its request with `keyward_wire`, gathers proofs
//!    ([`authenticate`]), and lets [`settle`] load facts, decide and commit.
//!    [`korap`] has what the KorAP API has beside them.
//! 3. [`account`] and [`device`] are what people do: sign in and out, look after their account, let devices in. [`browser`] says who
//!    sits there and shows a page; [`pages`] renders it. [`authorizations`] says what they have let applications do, [`directory`] asks
//!    another directory of users, where one is configured.
//! 4. [`refused`] is the one way a refusal goes out to a program and into the log; people get it as a page
//!    ([`browser::trouble`]).
//! 5. [`hashing`] hashes passwords, [`throttle`] knows who tries too often, [`metrics`] counts, [`random`] draws random bits,
//!    [`app`] holds what all requests share.
//! 6. [`provision`] brings the store in line with the configuration; [`control`] does what commands ask; [`registry`] is where
//!    clients are registered and changed, whoever asks.
//! 7. [`secure`] is a resource to try tokens on, [`health`] says whether the server works, [`shutdown`] stops it.

pub mod account;
pub mod app;
pub mod authenticate;
pub mod authorizations;
pub mod browser;
pub mod client_secret;
pub mod control;
pub mod cors;
pub mod device;
pub mod directory;
pub mod hashing;
pub mod health;
pub mod json;
pub mod korap;
pub mod listener;
pub mod metrics;
pub mod node;
pub mod oauth;
pub mod pages;
pub mod provision;
pub mod random;
pub mod refused;
pub mod registry;
pub mod request_id;
pub mod routes;
pub mod secure;
pub mod settle;
pub mod shutdown;
pub mod throttle;
