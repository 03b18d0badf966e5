//! What a revocation needs to know.

use keyward_rules::{
    account::Withdrawal,
    model::{id::UserId, time::Timestamp},
    revoke::{Ended, Facts, OfUser, Question},
};

use crate::{error::StoreError, store::Store};

/// Reads the authorization behind the token, if it has one.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, question: &Question) -> Result<Facts, StoreError> {
    match question.token.as_ref().and_then(Ended::authorization) {
        Some(id) => store.authorization(id).await,
        None => Ok(None),
    }
}

/// The same where `user` asks: only of what is theirs, with what they said about its client.
///
/// # Errors
/// The database cannot be read now.
pub async fn load_of_user(store: &Store, user: UserId, token: Option<&Ended>, now: Timestamp) -> Result<OfUser, StoreError> {
    let Some(id) = token.and_then(Ended::authorization) else { return Ok(OfUser::default()) };
    let withdrawal = super::account::load(store, user, &Withdrawal::One(id), now).await?;
    let client = match &withdrawal.authorization {
        Some(own) => store.client(&own.client).await?,
        None => None,
    };
    Ok(OfUser { withdrawal, client })
}
