//! The grants: one file each, with the same names in every one.
//!
//! `Question` is what is asked, made of proofs and of what the request wants; `Facts` is what the store knows of it;
//! `decide` answers. What all grants share is here.

pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod password;
pub mod refresh_token;

use std::sync::Arc;

use keyward_wire::{
    error::{Code, Refusal},
    scope::Scope,
    token_request::{GrantType, Wanted},
};

use crate::{
    access_token::{AccessToken, Basis},
    check::Grounds,
    client_auth::AuthenticatedClient,
    entropy::Entropy,
    key_ring::{KeyRing, KeyUse},
    model::{
        authorization::{Authorization, Generation, KeyId},
        client::{AccessFormat, Client, ClientKind, ResourceServer},
        epoch::Epoch,
        id::TokenId,
        time::{Seconds, Timestamp},
    },
    requested::{self, Allowed},
};

/// What every decision is made within; the same for all of one request, but the entropy is drawn anew for each attempt.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// The clock, looked at once for all attempts.
    pub now: Timestamp,
    /// What tokens name as their origin.
    pub issuer: &'a str,
    /// Random bits, never used twice.
    pub entropy: &'a Entropy,
    /// The keys.
    pub ring: &'a KeyRing,
    /// The listed resource servers.
    pub servers: &'a [ResourceServer],
    /// The store's epoch.
    pub store_epoch: Epoch,
}

impl Circumstances<'_> {
    /// The id of the key in use for `usage`. That there is none is the server's mistake, which the log has under `step`.
    fn key(&self, usage: KeyUse, step: &'static str) -> Result<KeyId, Refusal> {
        let missing = || Refusal::new(Code::Defect, step, format!("there is no key for {} in the key ring", usage.as_str()));
        self.ring.current(usage, self.now).map(|key| key.id).ok_or_else(missing)
    }

    /// The key that a new authorization's refresh tokens are authenticated with.
    pub(crate) fn refresh_token_key(&self) -> Result<KeyId, Refusal> {
        self.key(KeyUse::RefreshToken, "refresh_token_key")
    }

    /// The key that a new code is authenticated with.
    pub(crate) fn code_key(&self) -> Result<KeyId, Refusal> {
        self.key(KeyUse::AuthorizationCode, "authorization_code_key")
    }
}

/// A client that may use a grant. Only [`permit`] makes one.
#[derive(Clone, Debug)]
pub struct PermittedClient(AuthenticatedClient);

impl PermittedClient {
    /// Who.
    #[must_use]
    pub fn client(&self) -> &Arc<Client> {
        self.0.client()
    }
}

/// Accepts `client` for `grant`, if it is registered for it. Client credentials are for confidential clients only.
///
/// # Errors
/// [`Code::GrantTypeUnauthorized`], [`Code::PasswordGrantUnauthorized`], [`Code::ClientPublic`].
pub fn permit(client: AuthenticatedClient, grant: GrantType) -> Result<PermittedClient, Refusal> {
    let registration = &client.client().registration;
    if grant == GrantType::ClientCredentials && registration.kind == ClientKind::Public {
        let reason = "only a confidential client gets tokens of its own (RFC 6749 section 4.4); give it a secret and the type confidential";
        return Err(Refusal::new(Code::ClientPublic, "client_confidential", reason));
    }
    if registration.may_use(grant) {
        return Ok(PermittedClient(client));
    }
    let code = match grant {
        GrantType::Password => Code::PasswordGrantUnauthorized,
        _ => Code::GrantTypeUnauthorized(grant.as_str()),
    };
    Err(Refusal::new(code, "grant_registered", format!("the client is not registered for {}; add it to its grants", grant.as_str())))
}

/// What the store knows of an authorization that is presented.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The authorization that code or token names.
    pub authorization: Option<Arc<Authorization>>,
    /// What it stands on.
    pub grounds: Grounds,
    /// When this store last came back from a backup or a failover.
    pub recovered_at: Timestamp,
}

/// Tokens to be made once the decision is on disk.
#[derive(Debug)]
pub struct Issue {
    /// What the access token says.
    pub access: AccessToken,
    /// Its form.
    pub format: AccessFormat,
    /// Whom it is made for.
    pub client: Arc<Client>,
    /// What it stands on, if it speaks for a user; and which refresh token goes with it, if one does.
    pub authorization: Option<(Authorization, Option<Generation>)>,
    /// How long it lives.
    pub lifetime: Seconds,
}

/// The tokens that stand on `authorization`, as it is once the decision is on disk; `refresh` is the refresh token that goes
/// with them.
pub(crate) fn issue(
    authorization: Authorization,
    refresh: Option<Generation>,
    client: &Arc<Client>,
    allowed: &Allowed,
    within: &Circumstances<'_>,
) -> Issue {
    let end = (within.now + client.registration.access_lifetime(authorization.grant)).min(authorization.expires_at);
    let basis = Basis::Authorization { id: authorization.id, generation: authorization.generation };
    let (access, lifetime) = access(basis, end, allowed, within);
    Issue { access, format: allowed.format, client: client.clone(), authorization: Some((authorization, refresh)), lifetime }
}

fn access(basis: Basis, end: Timestamp, allowed: &Allowed, within: &Circumstances<'_>) -> (AccessToken, Seconds) {
    let (issued_at, expires_at) = (within.now.seconds(), end.seconds());
    let token = AccessToken {
        id: TokenId::new(within.now, within.entropy.token),
        basis,
        store_epoch: within.store_epoch,
        scope: allowed.scope.clone(),
        audience: allowed.audience.clone(),
        issued_at,
        expires_at,
    };
    (token, Seconds(u32::try_from(expires_at.saturating_sub(issued_at)).unwrap_or(0)))
}

/// What a new access token is good for: at most what was granted, and of that what the client may still have.
///
/// # Errors
/// [`Code::TargetIllegal`], [`Code::ScopeIllegal`].
fn within_grant(client: &Client, wanted: &Wanted, authorization: &Authorization, servers: &[ResourceServer]) -> Result<Allowed, Refusal> {
    let registration = &client.registration;
    let audience = match &*wanted.audience {
        [] => authorization.audience.clone(),
        wanted if wanted.iter().all(|one| authorization.audience.contains(one)) => wanted.to_vec(),
        _ => return Err(Refusal::new(Code::TargetIllegal, "audience_within_grant", "asked for an audience beyond what was granted")),
    };
    requested::check_audience(registration, &audience, servers)?;
    let ceiling = requested::ceiling(registration, &authorization.audience, servers);
    let scope = narrowed(wanted.scope.as_ref(), &authorization.scope.reduced_to(&ceiling))?;
    let format = requested::format(registration, &audience, servers);
    Ok(Allowed { audience, scope, format })
}

/// Whether a scope the request names is within what was granted before.
fn narrowed(wanted: Option<&Scope>, granted: &Scope) -> Result<Scope, Refusal> {
    match wanted {
        None => Ok(granted.clone()),
        Some(scope) if scope.is_within(granted) => Ok(scope.clone()),
        Some(scope) => {
            let beyond = scope.beyond(granted);
            let reason = format!("asked for {beyond}; no more was granted than: {granted}");
            Err(Refusal::new(Code::ScopeIllegal { beyond, most: granted.clone() }, "scope_within_grant", reason))
        }
    }
}
