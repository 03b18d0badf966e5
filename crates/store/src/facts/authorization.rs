//! What presenting a code or a refresh token needs to know.

use keyward_rules::{
    check::Grounds,
    grant::Facts,
    model::{authorization::Authorization, id::AuthorizationId},
};

use super::authorize::consent_epoch;
use crate::{error::StoreError, store::Store};

/// Reads the authorization of this id, and what it stands on.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, id: AuthorizationId) -> Result<Facts, StoreError> {
    let authorization = store.authorization(id).await?;
    let grounds = match &authorization {
        Some(authorization) => grounds(store, authorization).await?,
        None => Grounds::default(),
    };
    Ok(Facts { authorization, grounds, recovered_at: store.recovery().recovered_at })
}

/// Reads what `authorization` stands on, beside its client.
///
/// # Errors
/// The database cannot be read now.
pub async fn grounds(store: &Store, authorization: &Authorization) -> Result<Grounds, StoreError> {
    let user = store.user(authorization.user).await?;
    let session = match authorization.bound_to() {
        Some(id) => store.session(id).await?,
        None => None,
    };
    let consent_epoch = consent_epoch(store, authorization.user, &authorization.client).await?;
    Ok(Grounds { user, session, consent_epoch })
}
