//! Whether a post came from a page of this server (RFC 9700 §4.7), going by what browsers say of it.
//!
//! A browser that says nothing is not refused: the form's ticket decides. `Origin: null` says nothing, since pages that
//! send no referrer send it for their own forms as well.

use http::{HeaderMap, header};
use keyward_wire::error::{Code, Refusal};

/// Refuses what a browser says another site sent.
///
/// # Errors
/// [`Code::FormStale`].
pub fn check(headers: &HeaderMap, issuer: &str) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let refuse = |reason: String| Err(Refusal::new(Code::FormStale, "same_site", reason));
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return refuse(format!("the browser says that the form was sent from elsewhere: Sec-Fetch-Site is {site:?}"));
    }
    match text(header::ORIGIN.as_str()) {
        None | Some("null") => Ok(()),
        Some(origin) if origin == own(issuer) => Ok(()),
        Some(origin) if origin.split_once("://").map(|(_, authority)| authority) == text(header::HOST.as_str()) => Ok(()),
        Some(origin) => refuse(format!("the browser says that the form was sent from {origin:?}, not from this server")),
    }
}

/// The origin of the issuer: its scheme, host and port.
fn own(issuer: &str) -> &str {
    let path = issuer.match_indices('/').nth(2).map_or(issuer.len(), |(place, _)| place);
    issuer.get(..path).unwrap_or(issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_own(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", "127.0.0.1:9191".parse().unwrap());
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        check(&headers, "https://as.example/tenant").is_ok()
    }

    #[test]
    fn sec_d04_what_another_site_sent_is_refused() {
        assert!(is_own(&[]));
        assert!(is_own(&[("origin", "http://127.0.0.1:9191"), ("sec-fetch-site", "same-origin")]));
        assert!(is_own(&[("origin", "https://as.example")]));
        assert!(is_own(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        for foreign in ["cross-site", "same-site", "SAME-ORIGIN", ""] {
            assert!(!is_own(&[("sec-fetch-site", foreign)]), "{foreign}");
        }
        for foreign in ["https://evil.example", "https://as.example.evil", "http://127.0.0.1:9292", "https://as.example/tenant", ""] {
            assert!(!is_own(&[("origin", foreign)]), "{foreign}");
        }
    }
}
