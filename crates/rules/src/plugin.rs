//! Plugins: clients that people add to the application of a super client (KorAP).
//!
//! 1. Whatever client an administrator permits may be installed, once by each person in each application.
//! 2. Who uninstalls one takes back what it was allowed, in the same commit ([`crate::account`]).

use std::sync::Arc;

use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
    korap::{ApiError, NO_RESOURCE_FOUND, PLUGIN_HAS_BEEN_INSTALLED, PLUGIN_NOT_PERMITTED},
    profile::ProfileName,
};

use crate::{
    account::{self, Withdrawal, withdraw},
    effect::{Decision, Effect},
    model::{client::Client, plugin::InstalledPlugin},
};

/// What the store knows of it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The client.
    pub client: Option<Arc<Client>>,
    /// Since when it is installed, if it is.
    pub installed: Option<InstalledPlugin>,
    /// What ends with it.
    pub withdrawal: account::Facts,
}

/// Decides whether `plugin` may be installed.
///
/// A client of other profiles might as well not exist ([`Code::ClientUnknown`]); others are refused in the words of the KorAP API.
#[must_use]
pub fn install(plugin: &InstalledPlugin, facts: &Facts) -> Decision<Arc<Client>> {
    let id = &plugin.client;
    let client = match known(id, facts.client.as_ref()) {
        Ok(client) => client,
        Err(refusal) => return Decision::refused(refusal),
    };
    let refuse = |code, message: &'static str, step, reason: &'static str| {
        Decision::refused(Refusal::new(ApiError::about(code, message, id.as_str()).into(), step, reason))
    };
    if !client.registration.permitted {
        let reason = "people may not install the client; an administrator may let them, at admin/oauth2/client/permit";
        return refuse(PLUGIN_NOT_PERMITTED, "Plugin is not permitted", "plugin_permitted", reason);
    }
    if facts.installed.is_some() {
        let reason = "the user has installed it in this super client's application before";
        return refuse(PLUGIN_HAS_BEEN_INSTALLED, "Plugin has been installed", "plugin_installed", reason);
    }
    let install = Effect::InstallPlugin { plugin: plugin.clone(), seen: client.revision };
    Decision::granted(vec![install], client.clone())
}

/// Decides whether it may be uninstalled: if it is installed.
#[must_use]
pub fn uninstall(plugin: &InstalledPlugin, facts: &Facts) -> Decision<()> {
    let InstalledPlugin { user, client, super_client, installed_at: now } = plugin.clone();
    if facts.installed.is_none() {
        let error = ApiError::about(NO_RESOURCE_FOUND, "Plugin is not installed", client.as_str());
        return Decision::refused(Refusal::new(error.into(), "plugin_installed", "the user has not installed it here"));
    }
    let mut effects = withdraw(user, &Withdrawal::Client(client.clone()), &facts.withdrawal, now).effects;
    effects.push(Effect::UninstallPlugin { user, client, super_client });
    Decision::granted(effects, ())
}

/// The client, if the KorAP API knows it.
///
/// # Errors
/// [`Code::ClientUnknown`].
pub fn known<'a>(id: &ClientId, client: Option<&'a Arc<Client>>) -> Result<&'a Arc<Client>, Refusal> {
    client.filter(|client| client.registration.profiles.contains(&ProfileName::Korap)).ok_or_else(|| {
        let reason = "no client of the profile korap is registered under this id";
        Refusal::new(Code::ClientUnknown(id.to_string()), "client_known", reason)
    })
}
