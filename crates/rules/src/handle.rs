//! Handles: how a list of what people allowed names an authorization, `kwh_` and the base64url of its id.
//!
//! A handle is no secret and opens nothing. Whoever could end the authorization anyway may end it by its handle.

use std::fmt;

use crate::model::id::AuthorizationId;

/// What handles begin with, so that nobody takes one for a token.
pub const PREFIX: &str = "kwh_";

/// Names an authorization to people and programs outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(pub AuthorizationId);

impl Handle {
    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        AuthorizationId::parse(text.strip_prefix(PREFIX)?).map(Handle)
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_reads_back_and_nothing_else_is_one() {
        let handle = Handle(AuthorizationId([7; 16]));
        assert_eq!(Handle::parse(&handle.to_string()), Some(handle));
        for text in ["", "kwh_", "kwh_short", "kwr_BwcHBwcHBwcHBwcHBwcHBw", "BwcHBwcHBwcHBwcHBwcHBw"] {
            assert_eq!(Handle::parse(text), None, "{text}");
        }
    }
}
