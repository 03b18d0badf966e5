//! What has to fit together within one client, beside what any registration must be.

use keyward_rules::registration::Misfit;

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
