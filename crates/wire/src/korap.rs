//! The KorAP API beside its OAuth endpoints: its errors, `{"errors":[[code,"message","entity"]]}`, its scopes, its registrations.
//!
//! The numbers and texts are those that clients of Kustvakt compare with.

pub mod registration;
pub mod scopes;

use std::borrow::Cow;

use http::StatusCode;
use serde::{Serialize, Serializer, ser::SerializeTuple};

/// One error: a number of Kustvakt's list, what it says, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The number.
    pub code: u16,
    /// What it says.
    pub message: Cow<'static, str>,
    /// What it is about, where that is known.
    pub entity: Option<String>,
}

impl ApiError {
    /// An error about `entity`.
    pub fn about(code: u16, message: impl Into<Cow<'static, str>>, entity: impl Into<String>) -> Self {
        ApiError { code, message: message.into(), entity: Some(entity.into()) }
    }

    /// An error about nothing in particular.
    pub fn plain(code: u16, message: impl Into<Cow<'static, str>>) -> Self {
        ApiError { code, message: message.into(), entity: None }
    }

    /// The user may not do this: 2010. Who is not known is called `guest`.
    #[must_use]
    pub fn unauthorized(username: &str) -> Self {
        ApiError::about(AUTHORIZATION_FAILED, format!("Unauthorized operation for user: {username}"), username)
    }

    /// The token lacks a scope: 2010.
    #[must_use]
    pub fn scope(scope: &str) -> Self {
        ApiError::about(AUTHORIZATION_FAILED, format!("Scope {scope} is not authorized"), scope)
    }

    /// The status it goes out with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.code {
            NO_RESOURCE_FOUND => StatusCode::NOT_FOUND,
            2001.. => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl Serialize for ApiError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2 + usize::from(self.entity.is_some()))?;
        tuple.serialize_element(&self.code)?;
        tuple.serialize_element(&self.message)?;
        if let Some(entity) = &self.entity {
            tuple.serialize_element(entity)?;
        }
        tuple.end()
    }
}

/// A parameter is missing.
pub const MISSING_PARAMETER: u16 = 105;
/// A parameter has a value it cannot have.
pub const INVALID_ARGUMENT: u16 = 107;
/// That cannot be.
pub const NOT_ALLOWED: u16 = 109;
/// There is no such thing.
pub const NO_RESOURCE_FOUND: u16 = 114;
/// The endpoint is of the past.
pub const DEPRECATED: u16 = 115;
/// The JSON is not what was expected.
pub const DESERIALIZATION_FAILED: u16 = 201;
/// A parameter has a value that is not known.
pub const UNSUPPORTED_VALUE: u16 = 204;
/// The client is not what it has to be.
pub const CLIENT_AUTHENTICATION_FAILED: u16 = 1803;
/// The plugin may not be installed.
pub const PLUGIN_NOT_PERMITTED: u16 = 1850;
/// The plugin is installed already.
pub const PLUGIN_HAS_BEEN_INSTALLED: u16 = 1851;
/// The way to authenticate is not taken.
pub const AUTHENTICATION_FAILED: u16 = 2001;
/// The access token is expired.
pub const EXPIRED: u16 = 2003;
/// Name or password is wrong.
pub const BAD_CREDENTIALS: u16 = 2004;
/// The user may not do this.
pub const AUTHORIZATION_FAILED: u16 = 2010;
/// The access token is none, or no longer.
pub const INVALID_ACCESS_TOKEN: u16 = 2011;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_a_list_of_number_text_and_what_it_is_about() {
        let text = |error| serde_json::to_string(&error).unwrap();
        assert_eq!(text(ApiError::scope("search")), r#"[2010,"Scope search is not authorized","search"]"#);
        assert_eq!(text(ApiError::plain(DEPRECATED, "gone")), r#"[115,"gone"]"#);
    }

    #[test]
    fn the_number_says_the_status() {
        for (code, status) in [(105, 400), (114, 404), (1851, 400), (2001, 401), (2010, 401), (2120, 401)] {
            assert_eq!(ApiError::plain(code, "").status().as_u16(), status, "{code}");
        }
    }
}
