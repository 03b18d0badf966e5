//! Letting a device in that cannot show pages itself (RFC 8628), as far as people have to do with it.
//!
//! 1. [`begin`]: an application on a device asks, and is given two codes: one to ask the token endpoint with, one to show.
//! 2. Somebody who is signed in enters the one that is shown. [`waiting`] says whether a device waits with it; entering it
//!    approves nothing.
//! 3. They say yes or no: [`decide`]. Whoever sent them the code may not be who they think, so they are always asked.
//! 4. Meanwhile the device asks for its tokens: [`crate::grant::device_code`].

use std::sync::Arc;

use keyward_wire::{
    error::{Code, Refusal},
    token_request::{GrantType, Wanted},
    user_code::UserCode,
};

use crate::{
    device_code::DeviceCode,
    effect::{Decision, Effect},
    grant::{Circumstances, PermittedClient},
    model::{
        client::Client,
        device::{Approval, Device, Progress},
        epoch::Epoch,
        id::UserId,
        time::{Seconds, Timestamp},
    },
    requested,
    session::SignedIn,
};

/// How long both codes live (RFC 8628 §6.1 leaves it to the server): time to find a phone, sign in and type.
pub const LIFETIME: Seconds = Seconds(600);

/// A device's two codes.
#[derive(Debug)]
pub struct Codes {
    /// The one to ask with.
    pub device_code: DeviceCode,
    /// The one to show.
    pub user_code: UserCode,
}

/// Gives an application the codes for what it asks for.
#[must_use]
pub fn begin(client: &PermittedClient, wanted: &Wanted, within: &Circumstances<'_>) -> Decision<Codes> {
    let client = client.client();
    let allowed = match requested::allow(&client.registration, wanted, within.servers) {
        Ok(allowed) => allowed,
        Err(refusal) => return Decision::refused(refusal),
    };
    let device_code = DeviceCode::new(within.now, within.entropy);
    let user_code = UserCode::from_random(within.entropy.token);
    let device = Device {
        id: device_code.device,
        digest: device_code.digest(),
        user_code: user_code.clone(),
        client: client.id.clone(),
        client_epoch: client.epoch,
        scope: allowed.scope,
        audience: allowed.audience,
        created_at: within.now,
        expires_at: within.now + LIFETIME,
        progress: Progress::Waiting,
    };
    Decision::granted(vec![Effect::NewDeviceCode(device)], Codes { device_code, user_code })
}

/// What the store knows of a device that somebody names.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The device.
    pub device: Option<Arc<Device>>,
    /// The application on it.
    pub client: Option<Arc<Client>>,
    /// When this store last came back from a backup or a failover.
    pub recovered_at: Timestamp,
}

/// A device that waits for somebody's word. Only [`waiting`] makes one.
#[derive(Clone, Debug)]
pub struct Waiting {
    device: Arc<Device>,
    client: Arc<Client>,
}

impl Waiting {
    /// Which.
    #[must_use]
    pub fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// The application on it.
    #[must_use]
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// How long what it is allowed lasts.
    #[must_use]
    pub fn lifetime(&self) -> Seconds {
        self.client.registration.authorization_lifetime(GrantType::DeviceCode)
    }
}

/// Accepts a device if it waits for somebody's word now.
///
/// # Errors
/// [`Code::UserCodeUnknown`], whatever the reason; the log tells it.
pub fn waiting(facts: &Facts, now: Timestamp) -> Result<Waiting, Refusal> {
    let refuse = |step, reason: &'static str| Err(Refusal::new(Code::UserCodeUnknown, step, reason));
    let Some(device) = &facts.device else { return refuse("user_code_known", "no device has shown this code lately") };
    if device.progress != Progress::Waiting {
        return refuse("device_undecided", "somebody has allowed or denied the device before");
    }
    if device.expires_at <= now {
        return refuse("user_code_lifetime", "the code is expired; the device can show a new one");
    }
    if device.created_at <= facts.recovered_at {
        return refuse("user_code_since_recovery", "the store was restored from a backup since the device asked");
    }
    match &facts.client {
        Some(client) if client.epoch == device.client_epoch => Ok(Waiting { device: device.clone(), client: client.clone() }),
        Some(_) => refuse("client_epoch", "the client was changed since the device asked"),
        None => refuse("client_known", "the device's client is no longer registered"),
    }
}

/// What somebody said of a device.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who.
    pub who: SignedIn,
    /// Whether it was yes.
    pub allow: bool,
}

impl Question {
    /// Who says it.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.who.user().id
    }
}

/// Decides, given the epoch of what they said about the application otherwise.
#[must_use]
pub fn decide(question: &Question, facts: &Facts, consent_epoch: Epoch, now: Timestamp) -> Decision<()> {
    let device = match waiting(facts, now) {
        Ok(waiting) => waiting.device,
        Err(refusal) => return Decision::refused(refusal),
    };
    let session = question.who.session();
    let effect = if question.allow {
        let approval = Approval {
            user: question.user(),
            user_epoch: question.who.user().epoch,
            consent_epoch,
            session: session.id,
            authenticated_at: session.authenticated_at,
        };
        Effect::ApproveDevice { id: device.id, approval, at: now }
    } else {
        Effect::DenyDevice { id: device.id, at: now }
    };
    Decision::granted(vec![effect], ())
}
