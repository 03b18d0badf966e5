//! One spelling per account and per network, so that variants share one count.

use std::net::{IpAddr, Ipv6Addr};

use unicode_normalization::UnicodeNormalization;

/// The one spelling of an account name: case, width, compatibility forms, invisible characters and
/// spacing make no difference, as they make none to a directory (RFC 4518 §2).
///
/// Names that differ here may still be different accounts to a store; names that are equal here
/// must not be, or two people share one count: a store of users keeps this form unique.
#[must_use]
pub fn canonical_account(name: &str) -> String {
    // Folding can undo normalisation and the other way round; the second turn settles both.
    let once = fold(name.chars().filter_map(mapped));
    fold(once.chars().filter_map(mapped)).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The network an address stands for: itself for IPv4 (also written as IPv4-mapped IPv6), its /64
/// for IPv6, where one host has all of it at its disposal (RFC 4291 §2.5.4).
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// Case folding by way of upper case, which also joins ß with ss and ς with σ, then NFKC.
fn fold(name: impl Iterator<Item = char>) -> String {
    name.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// The mapping step of RFC 4518 §2.2: white space becomes a space, what cannot be seen goes.
fn mapped(c: char) -> Option<char> {
    match c {
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{1806}' => None,
        '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => None,
        '\u{fff9}'..='\u{fffc}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e01ef}' => None,
        c => Some(c),
    }
}
