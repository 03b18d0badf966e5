//! What a refresh needs to know.

use keyward_rules::{grant::refresh_token::Facts, refresh_token::RefreshToken};

use crate::{error::StoreError, store::Store};

/// Reads the authorization that `token` names, and its user.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, token: &RefreshToken) -> Result<Facts, StoreError> {
    let authorization = store.authorization(token.authorization).await?;
    let user = match &authorization {
        Some(authorization) => store.user(authorization.user).await?,
        None => None,
    };
    Ok(Facts { authorization, user, recovered_at: store.recovery().recovered_at })
}
