//! The property spelling of older servers: `authentication.oauth.…` as dotted keys at the top of the file.

use keyward_rules::model::time::Seconds;

use super::{
    format::{FLAG, Faults, Format, YEAR, number},
    section::Section,
    setting::settings,
};

settings! {
    /// Three settings in the spelling of Spring style property files. They may also be written as dotted keys at
    /// the top of the file: `authentication.oauth.jwt = true`. Where the file has the other spelling too, both
    /// have to say the same.
    pub struct OAuthProperties in "[authentication.oauth]" {
        /// `true` is `tokens.access_format = "jwt"`, `false` is `"opaque"`.
        jwt: bool, FLAG, optional("as `tokens.access_format`"), example true;
        /// Another spelling of `cors.enabled`.
        cors_filter as "corsFilter": bool, FLAG, optional("as `cors.enabled`"), example true;
        /// Another spelling of `tokens.access_lifetime`, in seconds.
        token_validity as "tokenValidityInSeconds": Seconds, InSeconds, optional("as `tokens.access_lifetime`"), example 604800;
    }
}

/// A length of time as a bare number of seconds.
struct InSeconds;

impl Format for InSeconds {
    type Value = Seconds;

    fn expected(&self) -> String {
        number(1, YEAR.0).expected()
    }

    fn read(&self, value: &toml::de::DeValue<'_>) -> Result<Seconds, Faults> {
        number(1, YEAR.0).read(value).map(Seconds)
    }
}

/// Records where the two spellings of a setting contradict each other.
pub fn agree<T: PartialEq>(
    own: &Section<'_>,
    (own_key, own_value): (&'static str, &T),
    properties: &Section<'_>,
    (key, value): (&'static str, &T),
) {
    if own.has(own_key) && own.sound(&[own_key]) && own_value != value {
        let message =
            format!("expected the same as {} in line {}, found another value; remove one of the two", own.path(own_key), own.line(own_key));
        properties.problem(key, message);
    }
}
