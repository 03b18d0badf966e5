//! Where browsers may be sent (RFC 6749 §3.1.2).

use keyward_wire::redirect_uri::RedirectUri;

use super::format::{Parsed, parsed};

/// A redirect URI.
pub const REDIRECT_URI: Parsed<RedirectUri> =
    parsed("an absolute URI without a fragment, such as \"https://app.example.com/callback\"", |text| {
        RedirectUri::parse(text).map_err(|illegal| illegal.0)
    });
