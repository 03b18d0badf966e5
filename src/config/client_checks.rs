//! What has to fit together within one client.

use keyward_rules::model::client::ClientKind;
use keyward_wire::{scope::ALL, token_request::GrantType};

use super::{
    client::{ALL_IS_FOR_SUPER_CLIENTS, ClientSettings},
    section::Section,
    tokens::{Form, TokenSettings},
};

/// Checks one client; what is wrong is recorded.
pub fn check(section: &Section<'_>, client: &ClientSettings, tokens: &TokenSettings) {
    confidential_only(section, client);
    all_is_for_super_clients(section, client);
    algorithm_needs_jwt(section, client, tokens);
    if client.profiles.is_empty() && section.sound(&["profiles"]) {
        section.problem("profiles", "expected at least one profile, found none; remove profiles, or fill it".into());
    }
}

fn confidential_only(section: &Section<'_>, client: &ClientSettings) {
    if client.kind != Some(ClientKind::Public) {
        return;
    }
    if client.super_client {
        section.problem("super", "expected super = true only for confidential clients, found it for a public one; remove it".into());
    }
    if client.grants.contains(&GrantType::ClientCredentials) {
        let message = "expected client_credentials only for confidential clients, found it for a public one; remove it";
        section.problem("grants", message.into());
    }
}

fn all_is_for_super_clients(section: &Section<'_>, client: &ClientSettings) {
    if client.super_client || !section.sound(&["super"]) {
        return;
    }
    let own = client.client_credentials_scopes.as_ref();
    let lists = [("scopes", Some(&client.scopes)), ("default_scopes", Some(&client.default_scopes)), ("client_credentials_scopes", own)];
    for (key, scope) in lists {
        if scope.is_some_and(|scope| scope.contains(ALL)) {
            section.problem(key, ALL_IS_FOR_SUPER_CLIENTS.into());
        }
    }
}

fn algorithm_needs_jwt(section: &Section<'_>, client: &ClientSettings, tokens: &TokenSettings) {
    let form = client.access_format.unwrap_or(tokens.access_format);
    if client.algorithm.is_some() && form == Form::Opaque && section.sound(&["access_format"]) {
        let message = "expected access tokens in the form jwt beside it, found opaque; add access_format = \"jwt\", or remove algorithm";
        section.problem("algorithm", message.into());
    }
}
