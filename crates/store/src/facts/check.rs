//! What checking an access token needs to know.

use keyward_rules::{
    access_token::{AccessToken, Basis},
    check::{Facts, Grounds},
};

use super::authorization::grounds;
use crate::{error::StoreError, store::Store};

/// Reads what the token stands on.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, token: &AccessToken) -> Result<Facts, StoreError> {
    let revoked = store.is_revoked(token.id).await?;
    let store_epoch = store.recovery().epoch;
    let mut facts = Facts { authorization: None, grounds: Grounds::default(), client: None, revoked, store_epoch };
    match &token.basis {
        Basis::Client { id, .. } => facts.client = store.client(id).await?,
        Basis::Authorization { id, .. } => {
            if let Some(authorization) = store.authorization(*id).await? {
                facts.client = store.client(&authorization.client).await?;
                facts.grounds = grounds(store, &authorization).await?;
                facts.authorization = Some(authorization);
            }
        }
    }
    Ok(facts)
}
