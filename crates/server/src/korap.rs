//! The KorAP API beside its OAuth endpoints, one file per group of endpoints.
//!
//! 1. [`caller`] says who calls: a user, by access token or by password, or a guest.
//! 2. Applications that act for all others prove it in the form ([`super_client`]).
//! 3. What is asked is decided where it is decided for every profile: [`crate::registry`], [`crate::settle`].
//!
//! Refusals that OAuth has no word for have the API's own form ([`keyward_wire::korap`]).

pub mod caller;
pub mod super_client;
pub mod user;
