//! Invitations: tokens with which clients register themselves.

use jiff::Timestamp as Instant;
use keyward_rules::{
    effect::Effect,
    model::{invitation::Invitation, time::Seconds},
    self_registration::{INITIAL_ACCESS_TOKEN, Mode, token},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Answer, ControlError, exposed, instant, random};
use crate::app::App;

/// An invitation to make.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewInvitation {
    /// How many clients may register with it.
    pub uses: u32,
    /// How long it may be used.
    pub lifetime: Seconds,
}

/// An invitation, which the store keeps only as a digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MadeInvitation {
    /// What a client registers with.
    #[serde(serialize_with = "exposed")]
    pub initial_access_token: SecretString,
    /// How many clients may.
    pub uses: u32,
    /// Until when.
    pub expires_at: Instant,
}

pub(super) async fn make(app: &App, new: NewInvitation) -> Result<Answer, ControlError> {
    if app.settings.load().registration.mode != Mode::Token {
        return Err(ControlError::NoInvitations);
    }
    let (digest, initial_access_token) = token(&INITIAL_ACCESS_TOKEN, &random()?);
    let (uses, created_at) = (new.uses, app.now());
    let expires_at = created_at + new.lifetime;
    app.store.commit(vec![Effect::Invite(Invitation { digest, uses, created_at, expires_at })]).await?;
    Ok(Answer::Invitation(MadeInvitation { initial_access_token, uses, expires_at: instant(expires_at) }))
}
