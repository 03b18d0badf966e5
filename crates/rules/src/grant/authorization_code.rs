//! Redeeming an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6).
//!
//! 1. The code must be genuine. From here on every failure ends the authorization: who fails with a genuine code has stolen it,
//!    or lost it.
//! 2. A code that was redeemed before is a theft: what the first redemption gave ends, too (§4.1.2).
//! 3. Client, time, redirect URI and verifier must be those the code was made for.
//! 4. It is redeemed, and the tokens are made. Of many at once one succeeds.

use std::sync::Arc;

use keyward_wire::{
    error::{Code, Refusal},
    token_request::{GrantType, Wanted},
};
use secrecy::{ExposeSecret, SecretString};

use super::{Circumstances, Facts, Issue, PermittedClient, issue, within_grant};
use crate::{
    authorization_code::AuthorizationCode,
    check,
    effect::{Decision, Effect},
    key_ring::KeyRing,
    model::{
        authorization::{Authorization, CodeTerms},
        client::Client,
        time::Timestamp,
    },
};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// By whom.
    pub client: PermittedClient,
    /// With what.
    pub code: AuthorizationCode,
    /// `redirect_uri`, if it was sent.
    pub redirect_uri: Option<String>,
    /// `code_verifier`, if it was sent.
    pub verifier: Option<SecretString>,
    /// What for.
    pub wanted: Wanted,
}

/// Decides.
#[must_use]
pub fn decide(question: &Question, facts: &Facts, within: &Circumstances<'_>) -> Decision<Issue> {
    let (authorization, terms) = match genuine(&question.code, facts, within.ring) {
        Ok(genuine) => genuine,
        Err(refusal) => return Decision::refused(refusal),
    };
    let burnt = |refusal| Decision::refused_after(vec![Effect::Revoke { id: authorization.id, at: within.now }], refusal);
    let client = question.client.client();
    if let Err(refusal) = live(authorization, terms, client, facts, within.now).and_then(|()| bound(question, terms)) {
        return burnt(refusal);
    }
    let allowed = match within_grant(client, &question.wanted, authorization, within.servers) {
        Ok(allowed) => allowed,
        Err(refusal) => return burnt(refusal),
    };
    let registration = &client.registration;
    let refreshes = registration.may_use(GrantType::RefreshToken);
    let lifetime = registration.authorization_lifetime(GrantType::AuthorizationCode);
    let (at, expires_at) = (within.now, within.now + lifetime);
    let redeemed = Authorization {
        expires_at,
        rotated_at: at,
        code: Some(CodeTerms { redeemed_at: Some(at), ..terms.clone() }),
        ..Authorization::clone(authorization)
    };
    let generation = refreshes.then_some(redeemed.generation);
    let effects = vec![Effect::Redeem { id: redeemed.id, at, expires_at }];
    Decision::granted(effects, issue(redeemed, generation, client, &allowed, within))
}

/// What becomes of a code that came with a request which failed before it was looked at: it ends as well.
#[must_use]
pub fn burn(code: &AuthorizationCode, facts: &Facts, ring: &KeyRing, now: Timestamp) -> Decision<()> {
    let effects = match genuine(code, facts, ring) {
        Ok((authorization, _)) => vec![Effect::Revoke { id: authorization.id, at: now }],
        Err(_) => vec![],
    };
    Decision::granted(effects, ())
}

fn genuine<'a>(code: &AuthorizationCode, facts: &'a Facts, ring: &KeyRing) -> Result<(&'a Arc<Authorization>, &'a CodeTerms), Refusal> {
    let unknown = |step, reason: &'static str| Refusal::new(Code::CodeInvalid, step, reason);
    let authorization = facts.authorization.as_ref().ok_or_else(|| unknown("code_known", "no authorization has this id"))?;
    match &authorization.code {
        Some(terms) if code.is_genuine(authorization, ring) => Ok((authorization, terms)),
        _ => Err(unknown("code_genuine", "the code was not made from the authorization it names")),
    }
}

fn live(authorization: &Authorization, terms: &CodeTerms, client: &Client, facts: &Facts, now: Timestamp) -> Result<(), Refusal> {
    let refuse = |step, reason: &'static str| Err(Refusal::new(Code::CodeInvalid, step, reason));
    if terms.redeemed_at.is_some() {
        return refuse("code_unused", "the code was redeemed before: the authorization is revoked, and with it every token made from it");
    }
    if authorization.client != client.id {
        return refuse("code_of_client", "the code was made for another client");
    }
    if authorization.created_at <= facts.recovered_at {
        return refuse("code_since_recovery", "the store was restored from a backup since the code was made");
    }
    if let Some(reason) = check::ended(authorization, client, &facts.grounds) {
        return refuse("authorization_live", reason);
    }
    if authorization.expires_at <= now {
        return Err(Refusal::new(Code::CodeExpired, "code_lifetime", "the client's code_lifetime is over"));
    }
    Ok(())
}

/// Whether the code was asked for by who redeems it.
fn bound(question: &Question, terms: &CodeTerms) -> Result<(), Refusal> {
    let unproved = |reason: &'static str| Err(Refusal::new(Code::CodeVerifierWrong, "code_verifier", reason));
    match (&terms.redirect_uri, &question.redirect_uri) {
        (Some(_), None) => {
            let reason = "the authorization request named a redirect_uri, so the token request must name it, too";
            return Err(Refusal::new(Code::CodeWithoutRedirectUri, "redirect_uri_repeated", reason));
        }
        (own, sent) if own != sent => {
            let reason = "the redirect_uri is not that of the authorization request, byte by byte";
            return Err(Refusal::new(Code::CodeRedirectUriWrong, "redirect_uri_repeated", reason));
        }
        _ => {}
    }
    match (&terms.challenge, &question.verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier.expose_secret()) => Ok(()),
        (Some(_), Some(_)) => unproved("the code_verifier does not meet the code_challenge"),
        (Some(_), None) => unproved("the authorization request had a code_challenge, so a code_verifier is needed"),
        (None, Some(_)) => unproved("there is a code_verifier, but the authorization request had no code_challenge"),
    }
}
