//! What checking an access token needs to know.

use keyward_rules::{
    access_token::{AccessToken, Basis},
    check::{Facts, Grounds},
};

use super::grounds::{Grounded, grounded};
use crate::{error::StoreError, store::Store};

/// Reads what the token stands on.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, token: &AccessToken) -> Result<Facts, StoreError> {
    let store_epoch = store.recovery().epoch;
    let mut facts = Facts { authorization: None, grounds: Grounds::default(), client: None, revoked: false, store_epoch };
    match &token.basis {
        Basis::Client { id, .. } => {
            facts.revoked = store.is_revoked(token.id).await?;
            facts.client = store.client(id).await?;
        }
        Basis::Authorization { id, .. } => {
            if let Some(found) = grounded(store, *id, Some(token.id)).await? {
                let Grounded { authorization, grounds, client, revoked } = found;
                facts = Facts { authorization: Some(authorization), grounds, client, revoked, store_epoch };
            }
        }
    }
    Ok(facts)
}
