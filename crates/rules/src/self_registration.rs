//! Clients that register themselves (RFC 7591, RFC 7592): which may, as what, and when they are forgotten.
//!
//! 1. [`admit`]: whether one more may, by the [`Mode`] and the invitation it brings. Both are looked at again when it is written, so
//!    that of many at once no more get in than may.
//! 2. [`registration`]: what it becomes, out of what it says and the most that the operator lets such clients be. What the
//!    operator did not let them be is not asked for anywhere.
//! 3. [`manages`]: whether a registration access token is this client's.
//! 4. [`is_unused`]: whether it has been idle for so long that nothing it was ever given can still be good.

use keyward_wire::{
    client_metadata::{AuthMethod, ClientMetadata},
    error::{Code, Refusal},
};

use crate::{
    effect::Effect,
    model::{
        client::{About, Client, ClientKind, Registration, ResourceServer},
        digest::SecretDigest,
        invitation::Invitation,
        time::{Seconds, Timestamp},
    },
    requested::ceiling,
};

mod token;

pub use token::{INITIAL_ACCESS_TOKEN, REGISTRATION_ACCESS_TOKEN, TokenForm};

/// How exactly [`Client::used_at`] is kept: less often written than clients are used.
pub const USED_TO_WITHIN: Seconds = Seconds::DAY;
/// How long a client should wait when no more may register, in seconds.
const FULL_PAUSE: u32 = 3600;

/// Which clients may register themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// None.
    Off,
    /// Who brings an invitation.
    Token,
    /// Any.
    Open,
}

/// What the operator lets clients do that register themselves.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which may.
    pub mode: Mode,
    /// The most that each may be. Its name, kind and redirect URIs are not looked at.
    pub most: Registration,
    /// How many there may be.
    pub count: u32,
    /// How long one may be unused before it is removed.
    pub unused_for: Seconds,
}

/// Lets one more client register, if `invitation` or the mode lets it and fewer than may have `registered` themselves.
///
/// # Errors
/// [`Code::InitialTokenInvalid`], [`Code::RegistryFull`]; [`Code::NotFound`] where none may.
pub fn admit(terms: &Terms, invitation: Option<&Invitation>, registered: u32, now: Timestamp) -> Result<Vec<Effect>, Refusal> {
    let mut effects = vec![Effect::LeaveRoom { registered_themselves: terms.count }];
    match terms.mode {
        Mode::Off => return Err(Refusal::new(Code::NotFound, "registration_mode", "registration.mode is off")),
        Mode::Open => {}
        Mode::Token => {
            let reason = "no invitation is known by this token, or it was used up, or is over; make one: keyward client invite";
            let invitation = invitation.filter(|own| own.uses > 0 && now < own.expires_at);
            let invitation = invitation.ok_or_else(|| Refusal::new(Code::InitialTokenInvalid, "initial_access_token", reason))?;
            effects.push(Effect::UseInvitation { digest: invitation.digest.clone(), at: now });
        }
    }
    if registered >= terms.count {
        let reason = format!("{registered} clients have registered themselves, and registration.most is {}", terms.count);
        return Err(Refusal::new(Code::RegistryFull(FULL_PAUSE), "registration_room", reason));
    }
    Ok(effects)
}

/// What becomes of what a client says, under these terms.
///
/// # Errors
/// [`Code::RegistrationIllegal`]: it wants more than such clients may have.
pub fn registration(said: &ClientMetadata, terms: &Terms, servers: &[ResourceServer]) -> Result<Registration, Refusal> {
    let most = &terms.most;
    let illegal = |reason: String| Refusal::new(Code::RegistrationIllegal(reason.clone()), "registration_terms", reason);
    if let Some(grant) = said.grants.iter().find(|grant| !most.may_use(**grant)) {
        let may: Vec<_> = most.grants.iter().map(|grant| grant.as_str()).collect();
        return Err(illegal(format!("grant_types: expected some of {}, found {}", may.join(", "), grant.as_str())));
    }
    let scopes = match &said.scope {
        None => most.scopes.clone(),
        Some(scope) if scope.is_within(&most.scopes) => scope.clone(),
        Some(scope) => {
            let beyond = scope.beyond(&most.scopes);
            return Err(illegal(format!("scope: expected some of: {}, found {beyond}", most.scopes)));
        }
    };
    let own = Registration {
        name: said.client_name.clone().unwrap_or_default(),
        about: About { url: said.client_uri.clone(), ..About::default() },
        kind: match said.auth_method {
            AuthMethod::ClientSecretBasic => ClientKind::Confidential,
            AuthMethod::None => ClientKind::Public,
        },
        grants: said.grants.clone(),
        redirect_uris: said.redirect_uris.clone(),
        scopes,
        ..most.clone()
    };
    let default_scopes = own.default_scopes.reduced_to(&ceiling(&own, &own.audiences, servers));
    Ok(Registration { default_scopes, ..own })
}

/// Accepts a registration access token as that of `client`.
///
/// # Errors
/// [`Code::RegistrationTokenInvalid`], also for clients that did not register themselves.
pub fn manages(client: &Client, presented: &[u8; 32]) -> Result<(), Refusal> {
    match &client.registration_token {
        Some(own) if own.is_of(presented) => Ok(()),
        _ => Err(stranger("the token is not this client's")),
    }
}

/// The refusal of who may not manage a registration: the same whether there is such a client or not (RFC 7592 §2).
#[must_use]
pub fn stranger(reason: &'static str) -> Refusal {
    Refusal::new(Code::RegistrationTokenInvalid, "registration_access_token", reason)
}

/// How a fresh token is recognised, and its text.
#[must_use]
pub fn token(form: &TokenForm, secret: &[u8; 32]) -> (SecretDigest, secrecy::SecretString) {
    (SecretDigest::of(secret), form.text(secret))
}

/// Whether the use of a client at `now` is to be written down.
#[must_use]
pub fn is_newly_used(client: &Client, now: Timestamp) -> bool {
    client.registered_itself() && client.used_at.is_none_or(|last| last + USED_TO_WITHIN <= now)
}

/// Whether a client registered itself and has been unused for `unused_for`, and for so long that whatever it was given then is
/// over by now.
#[must_use]
pub fn is_unused(client: &Client, unused_for: Seconds, now: Timestamp) -> bool {
    let own = &client.registration;
    let holds = own.grants.iter().map(|grant| own.authorization_lifetime(*grant).max(own.access_lifetime(*grant))).max();
    let used_until = client.used_at.unwrap_or(client.created_at) + USED_TO_WITHIN;
    let end = (used_until + unused_for).max(used_until + holds.unwrap_or_default());
    client.registered_itself() && end < now
}
