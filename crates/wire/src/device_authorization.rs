//! The device authorization request and its answer (RFC 8628 §3.1, §3.2).

use serde::Serialize;

use crate::{error::Refusal, form::Form, token_request::Wanted};

/// What a device asks for, beside who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorizationRequest {
    /// What its tokens should be good for.
    pub wanted: Wanted,
}

impl DeviceAuthorizationRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`crate::error::Code::ScopeIllegal`], [`crate::error::Code::TargetIllegal`].
    pub fn parse(form: &Form<'_>) -> Result<Self, Refusal> {
        Ok(DeviceAuthorizationRequest { wanted: Wanted::parse(form)? })
    }
}

/// What a device shows, and what it asks with until somebody has said something. Holds a live code, so it has no `Debug`.
#[derive(Serialize)]
pub struct DeviceAuthorizationResponse {
    /// What the device asks the token endpoint with.
    pub device_code: String,
    /// What it shows.
    pub user_code: String,
    /// Where that is to be entered.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: String,
    /// How long both codes live from now, in seconds.
    pub expires_in: u32,
    /// How long the device waits from one question to the next, in seconds.
    pub interval: u32,
}
