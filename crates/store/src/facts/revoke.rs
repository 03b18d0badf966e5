//! What a revocation needs to know.

use keyward_rules::{
    access_token::Basis,
    revoke::{Ended, Facts, Question},
};

use crate::{error::StoreError, store::Store};

/// Reads the authorization behind the token, if it has one.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, question: &Question) -> Result<Facts, StoreError> {
    match &question.token {
        Some(Ended::Refresh(token)) => store.authorization(token.authorization).await,
        Some(Ended::Access(token)) => match &token.basis {
            Basis::Authorization { id, .. } => store.authorization(*id).await,
            Basis::Client { .. } => Ok(None),
        },
        None => Ok(None),
    }
}
