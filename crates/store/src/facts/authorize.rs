//! What an answer of the authorization endpoint needs to know.

use keyward_rules::{
    authorize::{Facts, Question},
    model::{epoch::Epoch, id::UserId},
};
use keyward_wire::client_id::ClientId;

use crate::{error::StoreError, store::Store};

/// Reads what the person said before, and whether the consent page was answered before.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, question: &Question) -> Result<Facts, StoreError> {
    let taken = match question.yes.id() {
        Some(id) => store.authorization(id).await?.is_some(),
        None => false,
    };
    let consent = store.consent(question.owner.user().id, &question.accepted.addressed().client().id).await?;
    Ok(Facts { taken, consent })
}

/// Reads the epoch of what this user said about this client.
///
/// # Errors
/// The database cannot be read now.
pub async fn consent_epoch(store: &Store, user: UserId, client: &ClientId) -> Result<Epoch, StoreError> {
    Ok(store.consent(user, client).await?.map_or_else(Epoch::default, |consent| consent.epoch))
}
