//! What presenting a code or a refresh token needs to know.

use keyward_rules::{check::Grounds, grant::Facts, model::id::AuthorizationId};

use super::grounds::grounded;
use crate::{error::StoreError, store::Store};

/// Reads the authorization of this id, and what it stands on.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, id: AuthorizationId) -> Result<Facts, StoreError> {
    let (authorization, grounds) = match grounded(store, id, None).await? {
        Some(found) => (Some(found.authorization), found.grounds),
        None => (None, Grounds::default()),
    };
    Ok(Facts { authorization, grounds, recovered_at: store.recovery().recovered_at })
}
