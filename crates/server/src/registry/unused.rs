//! Clients that registered themselves and are used no more.

use keyward_rules::{
    model::client::Client,
    provision::removed,
    self_registration::{is_newly_used, is_unused},
};
use keyward_store::{Outcome, StoreError};
use tracing::{info, warn};

use super::{RegistryError, replace};
use crate::app::App;

/// Remembers that a client got a token: once a day of those that registered themselves, and of no others. The token does not
/// depend on it.
pub async fn mark_used(app: &App, client: &Client) {
    let now = app.now();
    if !is_newly_used(client, now) {
        return;
    }
    let marked = replace::<RegistryError>(app, &client.id, |client| match is_newly_used(client, now) {
        true => Ok(Client { used_at: Some(now), ..client.clone() }),
        false => Ok(client.clone()),
    });
    if let Err(error) = marked.await {
        warn!(%error, client_id = %client.id, "the use of a client was not written down; its next one will be");
    }
}

/// Removes the clients that registered themselves and have been unused for too long. One that is used meanwhile stays.
///
/// # Errors
/// The store does not work now; the next round goes on.
pub async fn remove_unused(app: &App) -> Result<(), StoreError> {
    let (unused_for, now) = (app.settings.load().registration.unused_for, app.store.now().await?);
    let old = app.store.clients_registered_themselves(now - unused_for).await?;
    for client in old.iter().filter(|client| is_unused(client, unused_for, now)) {
        if app.store.commit(removed(client).into()).await? == Outcome::Committed {
            info!(client_id = %client.id, "removed a client that had registered itself and was not used");
        }
    }
    Ok(())
}
