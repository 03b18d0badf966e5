//! What a device that asks for its tokens needs to know.

use keyward_rules::{
    check::Grounds,
    grant::device_code::Facts,
    model::{device::Progress, id::AuthorizationId},
};

use super::authorize::consent_epoch;
use crate::{error::StoreError, store::Store};

/// Reads the device of this id, and what somebody's yes stands on.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, id: AuthorizationId) -> Result<Facts, StoreError> {
    let mut facts = Facts { device: store.device(id).await?, grounds: Grounds::default(), recovered_at: store.recovery().recovered_at };
    if let Some(device) = &facts.device
        && let Progress::Approved(approval) = &device.progress
    {
        facts.grounds.user = store.user(approval.user).await?;
        facts.grounds.consent_epoch = consent_epoch(store, approval.user, &device.client).await?;
    }
    Ok(facts)
}
