//! The addresses that clients name: which are safe to send people to.

use super::{Sent, excerpt, illegal};
use crate::{error::Refusal, redirect_uri::RedirectUri};

/// Members that hold the address of a web page or endpoint (RFC 7591 §2; OpenID Connect Registration §2, Back-Channel and
/// Front-Channel Logout §2.2).
const PAGES: [&str; 8] = [
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "initiate_login_uri",
    "sector_identifier_uri",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
];
/// The longest address of a page, in bytes.
const LONGEST: usize = 1024;
/// The hosts that only the person's own machine answers under.
const OWN_MACHINE: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Looks at every address that is sent, kept or not.
pub(super) fn check(sent: &Sent) -> Result<(), Refusal> {
    for name in PAGES {
        if let Some(address) = sent.text(name)? {
            page(address).map_err(|expected| illegal(format!("{name}: {expected}")))?;
        }
    }
    for address in sent.list("request_uris")?.unwrap_or_default() {
        page(address).map_err(|expected| illegal(format!("request_uris: {expected}")))?;
    }
    for address in sent.list("post_logout_redirect_uris")?.unwrap_or_default() {
        redirect_uri(address).map_err(|expected| illegal(format!("post_logout_redirect_uris: {expected}")))?;
    }
    for name in ["jwks_uri", "jwks"] {
        if sent.member(name).is_some() {
            return Err(illegal(format!(
                "{name}: expected no keys, since clients prove themselves with a secret, found some; leave it out"
            )));
        }
    }
    Ok(())
}

/// Where a client that nobody vouches for may have people sent: by `https`, to their own machine (RFC 8252 §7.3), or to an
/// application by a scheme that its maker has by a domain name (RFC 8252 §7.1, §8.4).
pub(super) fn redirect_uri(text: &str) -> Result<RedirectUri, String> {
    let uri = RedirectUri::parse(text).map_err(|illegal| format!("{illegal}; found {}", excerpt(text)))?;
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    let own = scheme.eq_ignore_ascii_case("http") && OWN_MACHINE.contains(&host(rest));
    if scheme.eq_ignore_ascii_case("https") || own || (scheme.contains('.') && !scheme.eq_ignore_ascii_case("http")) {
        return Ok(uri);
    }
    Err(format!("expected https, http to 127.0.0.1, [::1] or localhost, or a scheme like com.example.app, found {}", excerpt(text)))
}

/// The address of a page.
fn page(text: &str) -> Result<(), String> {
    let found = || format!("expected the address of a page, such as https://app.example.com/about, found {}", excerpt(text));
    let (scheme, rest) = text.split_once(':').ok_or_else(found)?;
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let legal = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\'));
    if web && legal && !host(rest).is_empty() && !authority(rest).contains('@') { Ok(()) } else { Err(found()) }
}

fn authority(rest: &str) -> &str {
    rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default()
}

/// The host, without its port.
fn host(rest: &str) -> &str {
    let authority = authority(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}
