//! What has to fit together within one client, beside what any registration must be.

use keyward_rules::registration::Misfit;
use keyward_wire::token_request::GrantType;

use super::{
    client::ClientSettings,
    section::Section,
    tokens::{Form, TokenSettings},
};

/// Records what does not fit together, as far as it was read rightly.
pub fn record(section: &Section<'_>, misfits: Vec<Misfit>) {
    for misfit in misfits {
        if section.sound(misfit.against) {
            section.problem(misfit.setting, misfit.message);
        }
    }
}

/// Records an algorithm where nothing is signed.
pub fn algorithm_needs_jwt(section: &Section<'_>, client: &ClientSettings, tokens: &TokenSettings) {
    let form = client.access_format.unwrap_or(tokens.access_format);
    if client.algorithm.is_some() && form == Form::Opaque && section.sound(&["access_format"]) {
        let message = "expected access tokens in the form jwt beside it, found opaque; add access_format = \"jwt\", or remove algorithm";
        section.problem("algorithm", message.into());
    }
}

/// Records a grant that sends answers nowhere.
pub fn code_needs_redirect_uri(section: &Section<'_>, client: &ClientSettings) {
    let sends = |grant: &GrantType| matches!(grant, GrantType::AuthorizationCode | GrantType::Implicit);
    if let Some(grant) = client.grants.iter().find(|grant| sends(grant))
        && client.redirect_uris.is_empty()
        && section.sound(&["redirect_uris"])
    {
        let grant = grant.as_str();
        section
            .problem("grants", format!("expected redirect_uris beside {grant}, found none; add where its answers go, or remove {grant}"));
    }
}
