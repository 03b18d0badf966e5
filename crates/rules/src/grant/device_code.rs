//! A device asks for its tokens (RFC 8628 §3.4), again and again until somebody has said something.
//!
//! 1. The code must be genuine and the asking client's. Who asks with another's code learns nothing and spoils nothing.
//! 2. A code that was redeemed or denied stays so; then its time is looked at.
//! 3. While nobody has said anything nothing is written: the device is told to ask again, at a [`Pace`].
//! 4. Once somebody has said yes, the authorization is made with the epochs they had then. What ended since, be it the user's
//!    standing, their consent or the client, makes it dead at birth, and is refused. Of many at once one succeeds.

use std::sync::Arc;

use keyward_wire::{
    error::{Code, Refusal},
    token_request::{GrantType, Wanted},
};

use super::{Circumstances, Issue, PermittedClient, issue, within_grant};
use crate::{
    check::{self, Grounds},
    device_code::DeviceCode,
    effect::{Decision, Effect},
    model::{
        authorization::{Authorization, AuthorizationSecret},
        client::Client,
        device::{Approval, Device, Progress},
        time::{Seconds, Timestamp},
    },
};

/// How long a device waits from one question to the next.
pub const INTERVAL: Seconds = Seconds(5);

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// By whom.
    pub client: PermittedClient,
    /// With what.
    pub code: DeviceCode,
    /// What for.
    pub wanted: Wanted,
}

/// What the store knows of it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The device that the code names.
    pub device: Option<Arc<Device>>,
    /// What somebody's yes stands on.
    pub grounds: Grounds,
    /// When this store last came back from a backup or a failover.
    pub recovered_at: Timestamp,
}

/// Decides. [`Code::AuthorizationPending`] is only the answer to who keeps to the [`Pace`].
#[must_use]
pub fn decide(question: &Question, facts: &Facts, within: &Circumstances<'_>) -> Decision<Issue> {
    let client = question.client.client();
    let approved = genuine(&question.code, client, facts).and_then(|device| Ok((device, approved(device, within.now)?)));
    let (device, approval) = match approved {
        Ok(approved) => approved,
        Err(refusal) => return Decision::refused(refusal),
    };
    let authorization = match authorize(device, approval, client, facts, within) {
        Ok(authorization) => authorization,
        Err(refusal) => return Decision::refused(refusal),
    };
    let allowed = match within_grant(client, &question.wanted, &authorization, within.servers) {
        Ok(allowed) => allowed,
        Err(refusal) => return Decision::refused(refusal),
    };
    let refresh = client.registration.may_use(GrantType::RefreshToken).then_some(authorization.generation);
    let effects = vec![Effect::RedeemDevice { id: device.id, at: within.now }, Effect::Authorize(authorization.clone())];
    Decision::granted(effects, issue(authorization, refresh, client, &allowed, within))
}

fn genuine<'a>(code: &DeviceCode, client: &Client, facts: &'a Facts) -> Result<&'a Device, Refusal> {
    let refuse = |step, reason: &'static str| Err(Refusal::new(Code::DeviceCodeInvalid, step, reason));
    let Some(device) = facts.device.as_deref() else { return refuse("device_code_known", "no device has this id") };
    if !code.is_genuine(device) {
        return refuse("device_code_genuine", "the code was not made for the device it names");
    }
    if device.client != client.id {
        return refuse("device_code_of_client", "the code was made for another client");
    }
    if device.client_epoch != client.epoch {
        return refuse("client_epoch", "the client was changed since the device asked");
    }
    if device.created_at <= facts.recovered_at {
        return refuse("device_code_since_recovery", "the store was restored from a backup since the device asked");
    }
    Ok(device)
}

fn approved(device: &Device, now: Timestamp) -> Result<&Approval, Refusal> {
    let refuse = |code, step, reason: &'static str| Err(Refusal::new(code, step, reason));
    let expired = device.expires_at <= now;
    match &device.progress {
        Progress::Redeemed => {
            refuse(Code::DeviceCodeInvalid, "device_code_unused", "the device has its tokens; it refreshes them, or asks anew")
        }
        Progress::Denied => refuse(Code::AccessDenied, "device_allowed", "somebody said no"),
        _ if expired => refuse(Code::DeviceCodeExpired, "device_code_lifetime", "the code's ten minutes are over"),
        Progress::Waiting => refuse(Code::AuthorizationPending, "device_decided", "nobody has said anything yet"),
        Progress::Approved(approval) => Ok(approval),
    }
}

fn authorize(
    device: &Device,
    approval: &Approval,
    client: &Client,
    facts: &Facts,
    within: &Circumstances<'_>,
) -> Result<Authorization, Refusal> {
    let authorization = Authorization {
        id: device.id,
        client: client.id.clone(),
        user: approval.user,
        grant: GrantType::DeviceCode,
        scope: device.scope.clone(),
        audience: device.audience.clone(),
        created_at: within.now,
        authenticated_at: approval.authenticated_at,
        expires_at: within.now + client.registration.authorization_lifetime(GrantType::DeviceCode),
        generation: 1,
        rotated_at: within.now,
        key: within.refresh_token_key()?,
        secret: AuthorizationSecret(within.entropy.secret),
        client_epoch: device.client_epoch,
        user_epoch: approval.user_epoch,
        consent_epoch: approval.consent_epoch,
        session: Some(approval.session),
        code: None,
        revoked_at: None,
    };
    match check::ended(&authorization, client, &facts.grounds) {
        Some(reason) => Err(Refusal::new(Code::DeviceCodeInvalid, "authorization_live", reason)),
        None => Ok(authorization),
    }
}

/// How often a device that waits may ask (RFC 8628 §3.5). Times are in milliseconds of any clock that does not jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    last_ms: i64,
    interval: Seconds,
}

impl Pace {
    /// Of a device that asks for the first time.
    #[must_use]
    pub fn begun(now: i64) -> Self {
        Pace { last_ms: now, interval: INTERVAL }
    }

    /// It asks again: whether it has waited. If not, it waits 5 seconds longer from now on.
    pub fn asked(&mut self, now: i64) -> bool {
        let waited = now.saturating_sub(self.last_ms) >= self.interval.millis();
        if !waited {
            self.interval = Seconds(self.interval.0.saturating_add(INTERVAL.0));
        }
        self.last_ms = self.last_ms.max(now);
        waited
    }

    /// When it asked last.
    #[must_use]
    pub fn last_ms(self) -> i64 {
        self.last_ms
    }
}
