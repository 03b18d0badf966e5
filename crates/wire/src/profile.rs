//! Profiles: how the strict wire form and those of older servers differ.
//!
//! A profile is one plain value. Everything it does not name is the same on every listener.

use serde::{Deserialize, Serialize};

/// The names under which configuration and clients refer to profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileName {
    /// RFC 6749 with RFC 9700, strictly.
    Standard,
    /// The forms of a Spring style server: parameters in the query string of a POST.
    Skyvault,
    /// The forms of the KorAP API: its own paths, texts and status codes.
    Korap,
}

/// The differences, as data.
#[derive(Debug)]
pub struct Profile {
    /// Which one this is.
    pub name: ProfileName,
    /// The realm that challenges name (RFC 9110 §11.5).
    pub realm: &'static str,
    /// Whether a POST to the token endpoint may carry its parameters in the query string.
    pub query_parameters: bool,
    /// Whether repeated slashes in a path count as one.
    pub collapses_slashes: bool,
    /// What a `client_id` in the form means next to a Basic header that names another client.
    pub client_id_beside_basic: ClientIdBesideBasic,
    /// Whether the authorization endpoint gives out access tokens (RFC 6749 §4.2).
    pub implicit: bool,
    /// Whether it does so only where a `state` ties the answer to the request.
    pub implicit_needs_state: bool,
    /// Whether public clients need PKCE, whatever they are registered for (RFC 9700 §2.1.1).
    pub public_needs_pkce: bool,
    /// Whether answers of the authorization endpoint name the issuer (RFC 9207).
    pub names_issuer: bool,
    /// Which column of the error table answers (`error.rs`).
    pub wording: Wording,
    /// The body of a successful revocation (RFC 7009 §2.2 leaves it open).
    pub revoked_body: &'static str,
}

/// What a `client_id` in the form means next to a Basic header that names another client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientIdBesideBasic {
    /// They must agree.
    MustAgree,
    /// The header decides, the form is not looked at.
    Ignored,
}

/// A column of the error table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// Status codes of RFC 6749, texts that tell nothing an attacker could use.
    Rfc,
    /// Status codes and texts that clients of the KorAP API compare with.
    Korap,
}

/// RFC 6749 with RFC 9700.
pub static STANDARD: Profile = Profile {
    name: ProfileName::Standard,
    realm: "keyward",
    query_parameters: false,
    collapses_slashes: false,
    client_id_beside_basic: ClientIdBesideBasic::MustAgree,
    implicit: true,
    implicit_needs_state: false,
    public_needs_pkce: true,
    names_issuer: true,
    wording: Wording::Rfc,
    revoked_body: "",
};

/// The standard, with parameters in the query string.
pub static SKYVAULT: Profile = Profile {
    name: ProfileName::Skyvault,
    realm: "keyward",
    query_parameters: true,
    collapses_slashes: true,
    client_id_beside_basic: ClientIdBesideBasic::MustAgree,
    implicit: true,
    implicit_needs_state: true,
    public_needs_pkce: false,
    names_issuer: false,
    wording: Wording::Rfc,
    revoked_body: "",
};

/// The KorAP API.
pub static KORAP: Profile = Profile {
    name: ProfileName::Korap,
    realm: "Kustvakt",
    query_parameters: false,
    collapses_slashes: false,
    client_id_beside_basic: ClientIdBesideBasic::Ignored,
    implicit: false,
    implicit_needs_state: false,
    public_needs_pkce: false,
    names_issuer: false,
    wording: Wording::Korap,
    revoked_body: "SUCCESS",
};

impl ProfileName {
    /// The profile of this name.
    #[must_use]
    pub fn profile(self) -> &'static Profile {
        match self {
            ProfileName::Standard => &STANDARD,
            ProfileName::Skyvault => &SKYVAULT,
            ProfileName::Korap => &KORAP,
        }
    }

    /// The name as configuration writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ProfileName::Standard => "standard",
            ProfileName::Skyvault => "skyvault",
            ProfileName::Korap => "korap",
        }
    }
}
