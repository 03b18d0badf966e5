//! What administrators of the KorAP API change in a client: whether it acts for all others, whether people may install it.
//!
//! Whatever is taken from a client ends what it holds ([`Client::replaced`]).

use keyward_wire::{
    error::Refusal,
    korap::{ApiError, NOT_ALLOWED},
    scope::{ALL, Scope},
    token_request::GrantType,
};

use crate::model::client::{Client, ClientKind, Registration};

/// The scope that tokens of administrators need, beside [`ALL`].
pub const ADMIN: &str = "admin";

/// The client as a super client ([`super_client`]). What it holds stays as it is.
///
/// # Errors
/// It is public: [`keyward_wire::error::Code::Api`] with 109.
pub fn upgraded(client: &Client) -> Result<Client, Refusal> {
    let own = &client.registration;
    if own.kind == ClientKind::Public {
        let error = ApiError::plain(NOT_ALLOWED, "Only confidential clients are allowed to be super clients.");
        return Err(Refusal::new(error.into(), "client_confidential", "the client is public: anybody could claim to be it"));
    }
    if own.super_client {
        return Ok(client.clone());
    }
    Ok(client.replaced(client.secret.clone(), super_client(own.clone())))
}

/// What a super client may do: ask for every scope, and get all of them if it asks for none; and be told passwords.
#[must_use]
pub fn super_client(own: Registration) -> Registration {
    let mut grants = own.grants.clone();
    if !own.may_use(GrantType::Password) {
        grants.push(GrantType::Password);
    }
    let scopes = own.scopes.union(&[ALL, ADMIN].into_iter().collect());
    Registration { super_client: true, grants, scopes, default_scopes: [ALL].into_iter().collect(), ..own }
}

/// The client as one of many: without what only super clients have. Everything it holds ends.
#[must_use]
pub fn degraded(client: &Client) -> Client {
    let own = &client.registration;
    if !own.super_client {
        return client.clone();
    }
    let reserved: Scope = [ALL, ADMIN].into_iter().collect();
    let registration = Registration {
        super_client: false,
        grants: own.grants.iter().copied().filter(|grant| *grant != GrantType::Password).collect(),
        scopes: own.scopes.beyond(&reserved),
        default_scopes: own.default_scopes.beyond(&reserved),
        client_credentials_scopes: own.client_credentials_scopes.as_ref().map(|cut| cut.beyond(&reserved)),
        ..own.clone()
    };
    client.replaced(client.secret.clone(), registration)
}

/// The client as people may install it, or may not. Once they may not, everything it holds ends as well.
#[must_use]
pub fn permitted(client: &Client, permitted: bool) -> Client {
    client.replaced(client.secret.clone(), Registration { permitted, ..client.registration.clone() })
}
