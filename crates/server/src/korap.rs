//! The KorAP API beside its OAuth endpoints, one file per group of endpoints.
//!
//! 1. [`caller`] says who calls: a user, by access token or by password, or a guest.
//! 2. Applications that act for all others prove it in the form ([`super_client`]); mostly they do so for a user ([`through`]).
//!    Administrators may send their own token ([`admin_token`]).
//! 3. What is asked is decided where it is decided for every profile: [`crate::registry`], [`crate::settle`].
//!
//! Refusals that OAuth has no word for have the API's own form ([`keyward_wire::korap`]).

pub mod admin;
pub mod admin_token;
pub mod auth;
pub mod authorize;
pub mod caller;
pub mod client;
pub mod initial;
pub mod plugins;
pub mod revoke;
pub mod scopes;
pub mod super_client;
pub mod through;
pub mod token_list;
pub mod user;

use keyward_rules::throttle::Rate;

/// What an operator decides about the KorAP API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether users may prove who they are by password.
    pub basic_auth: bool,
    /// How often one access token may be used; none: as often as it likes.
    pub rate: Option<Rate>,
    /// How many clients one user may have registered. A few more if they register many at the same moment.
    pub clients_per_user: u32,
}
