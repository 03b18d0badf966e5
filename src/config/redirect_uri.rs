//! Where browsers may be sent (RFC 6749 §3.1.2).

use keyward_wire::audience::Audience;

use super::format::{Parsed, parsed};

/// Schemes that run what they carry, or show what they should not.
const DANGEROUS: [&str; 6] = ["javascript", "data", "vbscript", "file", "blob", "about"];

/// A redirect URI.
pub const REDIRECT_URI: Parsed<String> = parsed("an absolute URI without a fragment, such as \"https://app.example.com/callback\"", parse);

fn parse(text: &str) -> Result<String, String> {
    // The characters are those of an audience, which is an absolute URI without a fragment as well.
    if Audience::parse(text).is_err() {
        return Err(String::new());
    }
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let authority = rest.strip_prefix("//").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    match authority {
        _ if text.contains('*') => Err("redirect URIs are compared byte by byte: list each".into()),
        _ if DANGEROUS.iter().any(|dangerous| scheme.eq_ignore_ascii_case(dangerous)) => Err(format!("{scheme}: is not safe to go to")),
        None | Some("") if web => Err("add the host".into()),
        Some(authority) if authority.contains('@') => Err("leave out the user name".into()),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sec_a04_wildcards_cannot_be_registered() {
        assert!(parse("https://app.example.com/cb").is_ok());
        assert!(parse("https://app.example.com*").is_err());
        assert!(parse("https://*.example.com/cb").is_err());
    }

    #[test]
    fn sec_a06_schemes_that_run_what_they_carry_cannot_be_registered() {
        for text in ["http://127.0.0.1/cb", "http://localhost:1410", "com.example.app:/callback"] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        for scheme in ["javascript", "JavaScript", "data", "vbscript", "file", "FILE", "blob"] {
            assert!(parse(&format!("{scheme}:alert(1)")).is_err(), "{scheme}");
            assert!(parse(&format!(" {scheme}:alert(1)")).is_err(), "{scheme}");
        }
    }

    #[test]
    fn what_has_no_host_a_fragment_or_a_user_name_is_refused() {
        for text in ["", "/cb", "https:", "https://", "https:///cb", "https:cb", "https://a/cb#x", "https://good@evil/cb", "https://a\\b"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
