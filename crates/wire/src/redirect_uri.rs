//! Redirect URIs: where browsers are sent with an answer (RFC 6749 §3.1.2).
//!
//! They are compared byte by byte (RFC 9700 §2.1) and parsed only when they are registered. One exception:
//! a native application cannot know which port it will get, so of a loopback address the port may differ
//! (RFC 8252 §7.3).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::audience::Audience;

/// Schemes that run what they carry, or show what they should not.
const DANGEROUS: [&str; 6] = ["javascript", "data", "vbscript", "file", "blob", "about"];
/// The loopback addresses whose port may differ. `localhost` is a name, which may lead elsewhere (RFC 8252 §8.3).
const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// A registered redirect URI: absolute, without a fragment, safe to go to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(Arc<str>);

/// Why a text cannot be registered as redirect URI, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllegalRedirectUri(pub String);

impl fmt::Display for IllegalRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an absolute URI without a fragment")?;
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

impl std::error::Error for IllegalRedirectUri {}

impl RedirectUri {
    /// Takes `text` as a URI to register.
    ///
    /// # Errors
    /// Relative, with a fragment, a wildcard or a user name, without a host, or of a scheme that is not safe to go to.
    pub fn parse(text: &str) -> Result<Self, IllegalRedirectUri> {
        let illegal = |mend: &str| Err(IllegalRedirectUri(mend.to_owned()));
        // The characters are those of an audience, which is an absolute URI without a fragment as well.
        if Audience::parse(text).is_err() {
            return illegal("");
        }
        let (scheme, rest) = text.split_once(':').unwrap_or_default();
        let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        let authority = rest.strip_prefix("//").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
        match authority {
            _ if text.contains('*') => illegal("redirect URIs are compared byte by byte: list each"),
            _ if DANGEROUS.iter().any(|dangerous| scheme.eq_ignore_ascii_case(dangerous)) => {
                illegal(&format!("{scheme}: is not safe to go to"))
            }
            None | Some("") if web => illegal("add the host"),
            Some(authority) if authority.contains('@') => illegal("leave out the user name"),
            _ => Ok(RedirectUri(text.into())),
        }
    }

    /// The URI, byte for byte as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request may name `asked` where this URI is registered. `native` applications may be found on any port of a
    /// loopback address.
    #[must_use]
    pub fn admits(&self, asked: &str, native: bool) -> bool {
        *asked == *self.0 || (native && portless(&self.0).is_some_and(|own| portless(asked) == Some(own)))
    }

    /// The origin of an `http` or `https` URI, the scheme with its colon of any other: what a content security policy names to
    /// let a form lead there.
    #[must_use]
    pub fn source(uri: &str) -> &str {
        let (scheme, rest) = uri.split_once(':').unwrap_or((uri, ""));
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return uri.get(..=scheme.len()).unwrap_or(uri);
        }
        let host = rest.strip_prefix("//").unwrap_or(rest);
        let end = host.find(['/', '?']).unwrap_or(host.len());
        uri.get(..uri.len() - host.len() + end).unwrap_or(uri)
    }
}

/// A loopback URI in two parts, without its port; `None` for any other.
fn portless(uri: &str) -> Option<(&'static str, &str)> {
    let (address, rest) = LOOPBACK.iter().find_map(|address| Some((*address, uri.strip_prefix(address)?)))?;
    let path = match rest.strip_prefix(':') {
        None => rest,
        Some(port) => {
            let digits = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
            let (port, path) = port.split_at_checked(digits)?;
            port.parse::<u16>().ok()?;
            path
        }
    };
    (path.is_empty() || path.starts_with(['/', '?'])).then_some((address, path))
}

impl PartialEq<&str> for RedirectUri {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = IllegalRedirectUri;
    fn try_from(text: String) -> Result<Self, IllegalRedirectUri> {
        RedirectUri::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> String {
        uri.as_str().to_owned()
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedirectUri({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn sec_a04_wildcards_cannot_be_registered() {
        assert!(RedirectUri::parse("https://app.example.com/cb").is_ok());
        assert!(RedirectUri::parse("https://app.example.com*").is_err());
        assert!(RedirectUri::parse("https://*.example.com/cb").is_err());
    }

    #[test]
    fn sec_a06_schemes_that_run_what_they_carry_cannot_be_registered() {
        for text in ["http://127.0.0.1/cb", "http://localhost:1410", "com.example.app:/callback"] {
            assert_eq!(registered(text).as_str(), text);
        }
        for scheme in ["javascript", "JavaScript", "data", "vbscript", "file", "FILE", "blob"] {
            assert!(RedirectUri::parse(&format!("{scheme}:alert(1)")).is_err(), "{scheme}");
            assert!(RedirectUri::parse(&format!(" {scheme}:alert(1)")).is_err(), "{scheme}");
        }
    }

    #[test]
    fn what_has_no_host_a_fragment_or_a_user_name_is_refused() {
        for text in ["", "/cb", "https:", "https://", "https:///cb", "https:cb", "https://a/cb#x", "https://good@evil/cb", "https://a\\b"] {
            assert!(RedirectUri::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn sec_a05_only_the_port_of_a_loopback_address_may_differ_and_only_for_native_applications() {
        for own in ["http://127.0.0.1/cb", "http://127.0.0.1:8000/cb", "http://[::1]/cb"] {
            let uri = registered(own);
            let other =
                own.replacen("127.0.0.1", "127.0.0.1:51004", 1).replacen("51004:8000", "51004", 1).replacen("[::1]", "[::1]:51004", 1);
            assert!(uri.admits(own, true) && uri.admits(own, false), "{own}");
            assert!(uri.admits(&other, true), "{own} and {other}");
            assert!(!uri.admits(&other, false), "{own} and {other}");
        }
        let uri = registered("http://127.0.0.1/cb");
        for other in [
            "https://127.0.0.1:5/cb",
            "http://localhost/cb",
            "http://localhost:5/cb",
            "http://[::1]:5/cb",
            "http://127.0.0.1:5/cb/",
            "http://127.0.0.1:5",
            "http://127.0.0.1:5/cb?x",
            "http://127.0.0.1:5/CB",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:5@evil/cb",
            "http://127.0.0.1.evil/cb",
            "http://127.0.0.1:5.evil/cb",
            "http://127.0.0.2:5/cb",
            "http://x@127.0.0.1:5/cb",
            "http://127.0.0.1:+5/cb",
            "http://127.0.0.1:5/cb#x",
            "HTTP://127.0.0.1:5/cb",
            "http://2130706433:5/cb",
            "http://127.1:5/cb",
        ] {
            assert!(!uri.admits(other, true), "{other}");
        }
        assert!(!registered("https://127.0.0.1/cb").admits("https://127.0.0.1:5/cb", true));
        assert!(!registered("https://app.example/cb").admits("https://app.example:5/cb", true));
    }

    #[test]
    fn a_policy_names_the_origin_of_a_web_address_and_the_scheme_of_any_other() {
        for (uri, source) in [
            ("https://app.example/cb?x=1", "https://app.example"),
            ("http://127.0.0.1:9191?x", "http://127.0.0.1:9191"),
            ("https://app.example", "https://app.example"),
            ("com.example.app:/cb", "com.example.app:"),
        ] {
            assert_eq!(RedirectUri::source(uri), source);
        }
    }
}
