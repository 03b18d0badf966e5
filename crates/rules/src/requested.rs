//! What a client may get of what it asks for: audience (RFC 8707 §2) and scope (RFC 6749 §3.3).

use keyward_wire::{
    audience::Audience,
    error::{Code, Refusal},
    scope::{self, Scope},
    token_request::Wanted,
};

use crate::model::client::{AccessFormat, Registration, ResourceServer};

/// What a new token will be good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Where.
    pub audience: Vec<Audience>,
    /// What for.
    pub scope: Scope,
    /// In which form its resource servers want it.
    pub format: AccessFormat,
}

/// Decides what `client` gets of `wanted`, given the listed resource servers.
///
/// # Errors
/// [`Code::TargetIllegal`], [`Code::ScopeIllegal`], [`Code::ScopeMissing`].
pub fn allow(client: &Registration, wanted: &Wanted, servers: &[ResourceServer]) -> Result<Allowed, Refusal> {
    let audience = audience(client, &wanted.audience, servers)?;
    let of_audience = held_by(client, scopes_of(&audience, servers));
    let ceiling = ceiling(client, &audience, servers);
    let default = client.default_scopes.reduced_to(&ceiling);
    let scope = match &wanted.scope {
        Some(scope) if scope.is_within(&ceiling) => scope.clone(),
        Some(scope) if scope.contains(scope::ALL) => {
            return Err(Refusal::new(Code::ScopeAll, "scope_within_client", "asked for the scope all, which only super clients may have"));
        }
        Some(scope) => {
            let beyond = scope.beyond(&ceiling);
            let reason = format!("asked for {beyond}; the client and its audience have no more than: {ceiling}");
            return Err(Refusal::new(Code::ScopeIllegal { beyond, most: ceiling }, "scope_within_client", reason));
        }
        None if !default.is_empty() => default,
        None if !of_audience.is_empty() => of_audience,
        None => {
            return Err(Refusal::new(Code::ScopeMissing, "scope_present", "no scope was asked for and the client has no default_scopes"));
        }
    };
    Ok(Allowed { format: format(client, &audience, servers), audience, scope })
}

/// The same for tokens without a user: where the client has a set for those, requests are cut down to it.
///
/// # Errors
/// As [`allow`].
pub fn allow_own(client: &Registration, wanted: &Wanted, servers: &[ResourceServer]) -> Result<Allowed, Refusal> {
    let Some(own) = &client.client_credentials_scopes else { return allow(client, wanted, servers) };
    let audience = audience(client, &wanted.audience, servers)?;
    let own = held_by(client, own.clone());
    let scope = wanted.scope.as_ref().map_or_else(|| own.clone(), |scope| scope.reduced_to(&own));
    Ok(Allowed { format: format(client, &audience, servers), audience, scope })
}

/// The most `client` may have at `audience`.
#[must_use]
pub fn ceiling(client: &Registration, audience: &[Audience], servers: &[ResourceServer]) -> Scope {
    held_by(client, client.scopes.union(&scopes_of(audience, servers)))
}

/// Whether tokens of `client` may be for `audience`: where resource servers are listed, only for listed ones of its own.
///
/// # Errors
/// [`Code::TargetIllegal`].
pub fn check_audience(client: &Registration, audience: &[Audience], servers: &[ResourceServer]) -> Result<(), Refusal> {
    let illegal = |step, reason: String| Err(Refusal::new(Code::TargetIllegal, step, reason));
    if servers.is_empty() {
        return Ok(());
    }
    if let Some(unknown) = audience.iter().find(|one| servers.iter().all(|server| server.audience != **one)) {
        return illegal("audience_known", format!("{unknown} is not listed under [[audience]]"));
    }
    match audience.iter().find(|one| !client.audiences.contains(one)) {
        Some(foreign) => illegal("audience_of_client", format!("{foreign} is not among the client's audiences")),
        None => Ok(()),
    }
}

/// The form a token for `audience` takes: that of the first resource server which has a wish, else the client's.
#[must_use]
pub fn format(client: &Registration, audience: &[Audience], servers: &[ResourceServer]) -> AccessFormat {
    listed(audience, servers).find_map(|server| server.access_format).unwrap_or(client.access_format)
}

fn audience(client: &Registration, wanted: &[Audience], servers: &[ResourceServer]) -> Result<Vec<Audience>, Refusal> {
    match (wanted, &*client.audiences) {
        ([], [only]) => Ok(vec![only.clone()]),
        _ => check_audience(client, wanted, servers).map(|()| wanted.to_vec()),
    }
}

/// `scope` as far as `client` may hold it: [`scope::ALL`] is for super clients.
fn held_by(client: &Registration, scope: Scope) -> Scope {
    if client.super_client {
        return scope;
    }
    scope.words().filter(|word| *word != scope::ALL).collect()
}

fn scopes_of(audience: &[Audience], servers: &[ResourceServer]) -> Scope {
    listed(audience, servers).flat_map(|server| server.scopes.words()).collect()
}

fn listed<'a>(audience: &'a [Audience], servers: &'a [ResourceServer]) -> impl Iterator<Item = &'a ResourceServer> {
    audience.iter().filter_map(|one| servers.iter().find(|server| server.audience == *one))
}
