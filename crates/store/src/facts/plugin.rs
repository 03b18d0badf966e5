//! What installing and uninstalling a plugin need to know.

use keyward_rules::{account::Withdrawal, model::plugin::InstalledPlugin, plugin::Facts};

use crate::{error::StoreError, store::Store};

/// Reads what is known of `plugin`, and what ends with it.
///
/// # Errors
/// The database cannot be read now.
pub async fn load(store: &Store, plugin: &InstalledPlugin) -> Result<Facts, StoreError> {
    let client = store.client(&plugin.client).await?;
    let of_user = store.plugins_of(plugin.user, &plugin.super_client).await?;
    let installed = of_user.into_iter().find(|own| own.client == plugin.client);
    let ends = Withdrawal::Client(plugin.client.clone());
    let withdrawal = super::account::load(store, plugin.user, &ends, plugin.installed_at).await?;
    Ok(Facts { client, installed, withdrawal })
}
