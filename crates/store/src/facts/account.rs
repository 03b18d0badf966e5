//! What taking back an authorization needs to know.

use keyward_rules::{
    account::{Facts, Withdrawal},
    model::{id::UserId, time::Timestamp},
};

use crate::{error::StoreError, store::Store};

/// Reads what `what` means for `user`.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, user: UserId, what: &Withdrawal, now: Timestamp) -> Result<Facts, StoreError> {
    let mut facts = Facts::default();
    match what {
        Withdrawal::One(id) => {
            facts.authorization = store.authorization(*id).await?.filter(|own| own.user == user);
            if let Some(own) = &facts.authorization {
                facts.said.extend(store.consent(user, &own.client).await?.as_deref().cloned());
            }
        }
        Withdrawal::Client(id) => {
            facts.said.extend(store.consent(user, id).await?.as_deref().cloned());
            // Of ids that somebody makes up nothing is written down.
            let known = !facts.said.is_empty() || store.client(id).await?.is_some();
            facts.client = known.then(|| id.clone());
        }
        Withdrawal::All => {
            facts.user = store.user(user).await?;
            facts.said = store.consents_of(user, now).await?;
        }
    }
    Ok(facts)
}
