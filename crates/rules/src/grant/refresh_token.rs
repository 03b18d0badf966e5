//! Refresh (RFC 6749 §6) with rotation, reuse detection (RFC 9700 §4.14.2) and answers that may be lost.
//!
//! 1. The token must be genuine and the asking client's; its authorization must be live.
//! 2. Its generation is compared with the one in force ([`standing`]).
//! 3. The one in force rotates. Its predecessor, inside the grace time, gets the same successor again, so
//!    that a lost answer or two refreshes at once cost nobody a login. Anything older was stolen or replayed: the
//!    authorization ends.

use keyward_wire::{
    error::{Code, Refusal},
    token_request::Wanted,
};

use super::{Circumstances, Facts, Issue, PermittedClient, issue, within_grant};
use crate::{
    check,
    effect::{Decision, Effect},
    key_ring::KeyRing,
    model::{
        authorization::{Authorization, Generation},
        client::{Client, Registration},
        time::{Seconds, Timestamp},
    },
    refresh_token::RefreshToken,
};

/// Where no grace is given, a use this soon after the rotation is taken for a lost race, not for a theft.
pub const RACE: Seconds = Seconds(5);

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// By whom.
    pub client: PermittedClient,
    /// With what.
    pub token: RefreshToken,
    /// What for.
    pub wanted: Wanted,
}

/// How a presented generation stands to the one in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the one in force.
    InForce,
    /// It is the one before, its successor unused, within the grace time: the same successor is due.
    Repeated,
    /// It is the one before, and lost a race where no grace is given.
    LostRace,
    /// It was used up long ago.
    Reused,
    /// It is genuine but not known yet: the store was set back, and moves forward again.
    Ahead,
}

/// Compares the generation of a genuine token with its authorization's.
#[must_use]
pub fn standing(
    presented: Generation,
    authorization: &Authorization,
    registration: &Registration,
    recovered_at: Timestamp,
    now: Timestamp,
) -> Standing {
    let since = authorization.rotated_at.max(recovered_at);
    match authorization.generation.checked_sub(presented) {
        None => Standing::Ahead,
        Some(0) => Standing::InForce,
        Some(1) if registration.refresh_grace > Seconds(0) && now <= since + registration.refresh_grace => Standing::Repeated,
        Some(1) if registration.refresh_grace == Seconds(0) && now <= since + RACE => Standing::LostRace,
        Some(_) => Standing::Reused,
    }
}

/// Decides.
#[must_use]
pub fn decide(question: &Question, facts: &Facts, within: &Circumstances<'_>) -> Decision<Issue> {
    let client = question.client.client();
    let authorization = match live(&question.token, client, facts, within.ring, within.now) {
        Ok(authorization) => authorization,
        Err(refusal) => return Decision::refused(refusal),
    };
    let (id, at, presented, in_force) = (authorization.id, within.now, question.token.generation, authorization.generation);
    let (effect, generation) = match standing(presented, authorization, &client.registration, facts.recovered_at, at) {
        Standing::InForce | Standing::Ahead => {
            let to = if client.registration.rotate { presented.saturating_add(1) } else { presented };
            (Effect::Rotate { id, from: in_force, to, at }, to)
        }
        Standing::Repeated => (Effect::Confirm { id, generation: in_force, at }, in_force),
        Standing::LostRace => {
            return Decision::refused(used_up("the token was used a moment ago and the client has no refresh_grace; use its successor"));
        }
        Standing::Reused => {
            let reason = format!("generation {presented} came again while {in_force} is in force: the authorization is revoked");
            return Decision::refused_after(vec![Effect::Revoke { id, at }], used_up(reason));
        }
    };
    let allowed = match within_grant(client, &question.wanted, authorization, within.servers) {
        Ok(allowed) => allowed,
        Err(refusal) => return Decision::refused(refusal),
    };
    let rotated = Authorization { generation, ..authorization.clone() };
    Decision::granted(vec![effect], issue(rotated, Some(generation), client, &allowed, within))
}

/// The authorization, if the token is genuine, the client's, and nothing has ended it.
///
/// # Errors
/// [`Code::RefreshTokenUnknown`], [`Code::RefreshTokenRevoked`], [`Code::RefreshTokenExpired`].
pub fn live<'a>(
    token: &RefreshToken,
    client: &Client,
    facts: &'a Facts,
    ring: &KeyRing,
    now: Timestamp,
) -> Result<&'a Authorization, Refusal> {
    let unknown = |step, reason: &'static str| Refusal::new(Code::RefreshTokenUnknown, step, reason);
    let authorization = facts.authorization.as_deref().ok_or_else(|| unknown("refresh_token_known", "no authorization has this id"))?;
    if !token.is_genuine(authorization, ring) {
        return Err(unknown("refresh_token_genuine", "the token was not made from the authorization it names"));
    }
    if authorization.client != client.id {
        return Err(unknown("refresh_token_of_client", "the token was issued to another client"));
    }
    if let Some(reason) = check::ended(authorization, client, &facts.grounds) {
        return Err(Refusal::new(Code::RefreshTokenRevoked, "authorization_live", reason));
    }
    let idle_end = client.registration.refresh_idle.map(|idle| authorization.rotated_at + idle);
    if authorization.expires_at <= now || idle_end.is_some_and(|end| end <= now) {
        return Err(Refusal::new(
            Code::RefreshTokenExpired,
            "refresh_token_lifetime",
            "the authorization's refresh_lifetime or refresh_idle is over",
        ));
    }
    Ok(authorization)
}

fn used_up(reason: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::RefreshTokenRevoked, "refresh_token_in_force", reason)
}
