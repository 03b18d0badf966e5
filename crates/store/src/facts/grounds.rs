//! An authorization and all it stands on.
//!
//! On a shared database that is one statement; else it is put together from the caches.

use std::sync::Arc;

use keyward_rules::{
    check::Grounds,
    model::{
        authorization::Authorization,
        client::Client,
        epoch::Epoch,
        id::{AuthorizationId, TokenId},
        session::Session,
        user::User,
    },
};

use super::authorize::consent_epoch;
use crate::{
    error::StoreError,
    row::FromRow,
    statement::GROUNDED,
    store::Store,
    value::{Columns, Value},
};

/// An authorization, and what it stands on at the same moment.
pub struct Grounded {
    /// The authorization.
    pub authorization: Arc<Authorization>,
    /// What it stands on, beside its client.
    pub grounds: Grounds,
    /// Its client.
    pub client: Option<Arc<Client>>,
    /// Whether the access token asked about was revoked by itself.
    pub revoked: bool,
}

/// Reads the authorization of this id, and whether `token` was revoked by itself.
///
/// # Errors
/// The database cannot be read now.
pub async fn grounded(store: &Store, id: AuthorizationId, token: Option<TokenId>) -> Result<Option<Grounded>, StoreError> {
    if store.is_shared() {
        let token = token.map_or(Value::Null, |token| token.0.as_slice().into());
        return store.one(&GROUNDED, vec![id.0.as_slice().into(), token]).await;
    }
    let Some(authorization) = store.authorization(id).await? else { return Ok(None) };
    let revoked = match token {
        Some(token) => store.is_revoked(token).await?,
        None => false,
    };
    let client = store.client(&authorization.client).await?;
    let grounds = grounds(store, &authorization).await?;
    Ok(Some(Grounded { authorization, grounds, client, revoked }))
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

impl FromRow for Grounded {
    const WIDTH: usize = Authorization::WIDTH + 1 + User::WIDTH + Session::WIDTH + 1 + Client::WIDTH;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        let authorization = Authorization::from_row(row)?;
        let revoked = row.optional_bytes()?.is_some();
        let user = row.joined()?.map(Arc::new);
        let session = row.joined()?.map(Arc::new).filter(|_| authorization.bound_to().is_some());
        let consent_epoch = row.optional_integer()?.map(Epoch).unwrap_or_default();
        let client = row.joined()?.map(Arc::new);
        Ok(Grounded { authorization: Arc::new(authorization), grounds: Grounds { user, session, consent_epoch }, client, revoked })
    }
}
