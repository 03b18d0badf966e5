//! What taking back an authorization needs to know.

use std::collections::BTreeSet;

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
    let clients = match what {
        Withdrawal::One(id) => {
            facts.authorization = store.authorization(*id).await?.filter(|own| own.user == user);
            facts.authorization.iter().map(|own| own.client.clone()).collect()
        }
        // Of ids that somebody makes up nothing is written down.
        Withdrawal::Client(id) if store.client(id).await?.is_none() && store.consent(user, id).await?.is_none() => BTreeSet::new(),
        Withdrawal::Client(id) => BTreeSet::from([id.clone()]),
        Withdrawal::All => {
            let authorizations = store.authorizations_of(user, now).await?;
            let consents = store.consents_of(user, now).await?;
            let devices = store.devices_approved_by(user, now).await?;
            let clients = authorizations.into_iter().map(|own| own.client).chain(consents.into_iter().map(|own| own.client));
            clients.chain(devices.into_iter().map(|own| own.client)).collect()
        }
    };
    for client in clients {
        let said = store.consent(user, &client).await?;
        facts.clients.push((client, said));
    }
    Ok(facts)
}
