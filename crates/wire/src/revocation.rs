//! The revocation request (RFC 7009 §2.1).

use secrecy::SecretString;

use crate::{error::Refusal, form::Form};

/// What is asked of the revocation endpoint. A hint about the token's type, `token_type_hint` or as the KorAP API calls it
/// `token_type`, is not needed: it shows.
#[derive(Debug)]
pub struct RevocationRequest {
    /// The access or refresh token to end, or the handle of what they are made from.
    pub token: SecretString,
}

impl RevocationRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`crate::error::Code::ParameterMissing`].
    pub fn parse(form: &Form<'_>) -> Result<Self, Refusal> {
        Ok(RevocationRequest { token: form.require("token")?.into() })
    }
}
