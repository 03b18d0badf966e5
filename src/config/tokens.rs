//! What tokens look like and how long they live, unless a client says otherwise.

use keyward_rules::model::{client::AccessFormat, time::Seconds};
use keyward_wire::jwt::Algorithm;

use super::{
    format::{Choice, DAY, Duration, HOUR, YEAR, choice, duration},
    oauth_properties::{OAuthProperties, agree},
    section::Section,
    setting::settings,
};

/// How long any token may live.
pub const LIFETIME: Duration = duration(Seconds(1), YEAR);
/// How long a used refresh token may still get its successor.
pub const GRACE: Duration = duration(Seconds(0), Seconds(60));
/// The forms of access tokens.
pub const ACCESS_FORMAT: Choice<Form> = choice(&[("opaque", Form::Opaque), ("jwt", Form::Jwt)]);

/// The form of an access token, before its algorithm is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Sealed.
    Opaque,
    /// Signed.
    Jwt,
}

impl Form {
    /// With the algorithm that signs, if anything does.
    pub fn with(self, algorithm: Algorithm) -> AccessFormat {
        match self {
            Form::Opaque => AccessFormat::Opaque,
            Form::Jwt => AccessFormat::Jwt(algorithm),
        }
    }
}

settings! {
    /// What tokens look like and how long they live, unless a client says otherwise.
    pub struct TokenSettings in "[tokens]" {
        /// `opaque`: only Keyward can read them, and revoking one works at once everywhere. `jwt`: resource
        /// servers read them on their own (RFC 9068), and one that was revoked is accepted there until it expires.
        access_format: Form, ACCESS_FORMAT, default(Form::Opaque), example "jwt";
        /// How long an access token lives.
        access_lifetime: Seconds, LIFETIME, default(HOUR), example "15m";
        /// How long an authorization lives, however often its tokens are refreshed.
        refresh_lifetime: Seconds, LIFETIME, default(Seconds(30 * DAY.0)), example "90d";
        /// How long a refresh token that was replaced still gets its successor, so that a lost answer or two
        /// refreshes at once cost nobody a login. `0s`: never.
        refresh_grace: Seconds, GRACE, default(Seconds(30)), example "10s";
    }
}

/// Takes over what the property spelling says (`authentication.oauth.…`).
pub fn merge(section: &Section<'_>, tokens: &mut TokenSettings, properties: &Section<'_>, oauth: &OAuthProperties) {
    if let Some(jwt) = oauth.jwt {
        let form = if jwt { Form::Jwt } else { Form::Opaque };
        agree(section, ("access_format", &tokens.access_format), properties, ("jwt", &form));
        tokens.access_format = form;
    }
    if let Some(lifetime) = oauth.token_validity {
        agree(section, ("access_lifetime", &tokens.access_lifetime), properties, ("tokenValidityInSeconds", &lifetime));
        tokens.access_lifetime = lifetime;
    }
}
