//! What somebody's word on a device needs to know.

use keyward_rules::{
    device::Facts,
    model::{device::Device, id::AuthorizationId},
};
use keyward_wire::user_code::UserCode;
use std::sync::Arc;

use crate::{error::StoreError, store::Store};

/// Reads the device that shows `code`.
///
/// # Errors
/// The database cannot be read now.
pub async fn showing(store: &Store, code: &UserCode) -> Result<Facts, StoreError> {
    with_client(store, store.device_showing(code).await?).await
}

/// Reads the device of this id.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, id: AuthorizationId) -> Result<Facts, StoreError> {
    with_client(store, store.device(id).await?).await
}

async fn with_client(store: &Store, device: Option<Arc<Device>>) -> Result<Facts, StoreError> {
    let client = match &device {
        Some(device) => store.client(&device.client).await?,
        None => None,
    };
    Ok(Facts { device, client, recovered_at: store.recovery().recovered_at })
}
