//! Resource owner password credentials (RFC 6749 §4.3): for clients trusted with their users' passwords.
//!
//! 1. The client may use the grant, and the directory has found the password right: both come as proofs.
//! 2. What it gets of what it wants is decided.
//! 3. An authorization is made; the answer's tokens are derived from it. It records the epochs of client and
//!    user as they were when the proofs were made, so one of them changed meanwhile makes it dead at birth.

use keyward_wire::{
    error::Refusal,
    token_request::{GrantType, Wanted},
};

use super::{Circumstances, Issue, PermittedClient, issue};
use crate::{
    effect::{Decision, Effect},
    model::{
        authorization::{Authorization, AuthorizationSecret},
        epoch::Epoch,
        id::AuthorizationId,
    },
    requested::{self, Allowed},
    user_auth::AuthenticatedUser,
};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// By whom.
    pub client: PermittedClient,
    /// For whom.
    pub user: AuthenticatedUser,
    /// What for.
    pub wanted: Wanted,
}

/// What the store knows of it: the consent's epoch, if the user has given or withdrawn one for this client.
pub type Facts = Epoch;

/// Decides.
#[must_use]
pub fn decide(question: &Question, facts: &Facts, within: &Circumstances<'_>) -> Decision<Issue> {
    let client = question.client.client();
    let allowed = match requested::allow(&client.registration, &question.wanted, within.servers) {
        Ok(allowed) => allowed,
        Err(refusal) => return Decision::refused(refusal),
    };
    let authorization = match authorize(question, *facts, &allowed, within) {
        Ok(authorization) => authorization,
        Err(refusal) => return Decision::refused(refusal),
    };
    let refresh = client.registration.may_use(GrantType::RefreshToken).then_some(authorization.generation);
    let effects = vec![Effect::Authorize(authorization.clone())];
    Decision::granted(effects, issue(authorization, refresh, client, &allowed, within))
}

fn authorize(question: &Question, consent_epoch: Epoch, allowed: &Allowed, within: &Circumstances<'_>) -> Result<Authorization, Refusal> {
    let client = question.client.client();
    let registration = &client.registration;
    let lifetime = registration.authorization_lifetime(GrantType::Password);
    Ok(Authorization {
        id: AuthorizationId::new(within.now, within.entropy.authorization),
        client: client.id.clone(),
        user: question.user.id(),
        grant: GrantType::Password,
        scope: allowed.scope.clone(),
        audience: allowed.audience.clone(),
        created_at: within.now,
        authenticated_at: question.user.at(),
        expires_at: within.now + lifetime,
        generation: 1,
        rotated_at: within.now,
        key: within.refresh_token_key()?,
        secret: AuthorizationSecret(within.entropy.secret),
        client_epoch: client.epoch,
        user_epoch: question.user.epoch(),
        consent_epoch,
        session: None,
        code: None,
        revoked_at: None,
    })
}
