//! Who sent a request: the peer of the connection, or the client a trusted proxy names.
//!
//! 1. The peer is not in `trusted_proxies`: the peer is the client, whatever the headers say.
//! 2. It is: `X-Forwarded-For` is read from the right, each trusted entry is skipped, the first other one is the client.
//!    Everything left of that entry was written by somebody we do not know.
//! 3. `X-Forwarded-Proto` of a trusted peer says whether the client spoke https; of several values the right-most, which
//!    the nearest proxy wrote.
//!
//! `Forwarded` (RFC 7239) is not read: a proxy that sets one of the two rarely strips the other, so reading both would
//! let a client choose. Names with underscores (`x_forwarded_for`) are other headers and mean nothing here. No forwarded
//! header ever changes the issuer or a link.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The networks whose forwarding headers are believed. Empty: nobody's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl From<Vec<IpNet>> for TrustedProxies {
    fn from(networks: Vec<IpNet>) -> Self {
        TrustedProxies(networks)
    }
}

impl TrustedProxies {
    /// Whether nobody is believed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `address` is one of the proxies. IPv4 addresses inside IPv6 count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a request that came from `peer`.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        if !self.contains(nearest) {
            return nearest;
        }
        let lines: Vec<_> = headers.get_all(&X_FORWARDED_FOR).iter().collect();
        for line in lines.into_iter().rev() {
            // What cannot be read hides everything to its left; the proxy that passed it on is the best answer left.
            let Ok(line) = line.to_str() else { return nearest };
            for entry in line.rsplit(',') {
                let Some(address) = address_of(entry) else { return nearest };
                nearest = address;
                if !self.contains(nearest) {
                    return nearest;
                }
            }
        }
        nearest
    }

    /// Whether the client of a request that came from `peer` spoke https, when the connection itself is not TLS.
    pub fn client_spoke_https(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let stated = || {
            let line = headers.get_all(&X_FORWARDED_PROTO).iter().next_back()?;
            Some(line.to_str().ok()?.rsplit(',').next()?.trim().eq_ignore_ascii_case("https"))
        };
        self.contains(peer) && stated().unwrap_or(false)
    }
}

/// An entry of `X-Forwarded-For`: an address, which some proxies follow with a port.
fn address_of(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || Some(entry.parse::<SocketAddr>().ok()?.ip());
    let address: Option<IpAddr> = entry.parse().ok().or_else(with_port).or_else(bracketed);
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const PROXY: &str = "10.0.0.1";

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        map
    }

    fn proxies(networks: &[&str]) -> TrustedProxies {
        networks.iter().map(|network| network.parse().unwrap()).collect::<Vec<_>>().into()
    }

    fn client(peer: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies = proxies(&["10.0.0.0/8", "fd00::/8", "192.0.2.7/32"]);
        proxies.client_address(peer.parse().unwrap(), &headers(lines)).to_string()
    }

    #[test]
    fn sec_p08_a_peer_that_is_no_proxy_cannot_choose_its_address() {
        for name in ["x-forwarded-for", "x_forwarded_for", "forwarded", "x-real-ip"] {
            assert_eq!(client("203.0.113.5", &[(name, "198.51.100.1")]), "203.0.113.5", "{name}");
        }
        // The twin: the same header from a proxy is believed.
        assert_eq!(client(PROXY, &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
    }

    #[test]
    fn sec_p08_only_one_header_name_is_read_even_from_a_proxy() {
        for name in ["x_forwarded_for", "forwarded", "x-real-ip", "x-client-ip", "true-client-ip"] {
            assert_eq!(client(PROXY, &[(name, "198.51.100.1")]), PROXY, "{name}");
        }
    }

    #[test]
    fn the_client_is_the_right_most_entry_that_is_no_proxy() {
        let table: &[(&[&str], &str)] = &[
            (&[], PROXY),
            (&["198.51.100.1"], "198.51.100.1"),
            (&["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            (&["198.51.100.1, 10.2.3.4"], "198.51.100.1"),
            (&["198.51.100.1, 10.2.3.4, 192.0.2.7"], "198.51.100.1"),
            (&["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
            (&["198.51.100.1", "10.9.9.9"], "198.51.100.1"),
            (&["10.9.9.9, 10.8.8.8"], "10.9.9.9"),
            (&["198.51.100.1:4711"], "198.51.100.1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["2001:db8::1,fd00::9"], "2001:db8::1"),
            (&["::ffff:198.51.100.1"], "198.51.100.1"),
            (&["198.51.100.1, ::ffff:10.0.0.9"], "198.51.100.1"),
            (&["198.51.100.1, unknown"], PROXY),
            (&["198.51.100.1, ,10.9.9.9"], "10.9.9.9"),
            (&["198.51.100.1, \u{e4}"], PROXY),
            (&[""], PROXY),
        ];
        for (lines, expected) in table {
            let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
            assert_eq!(&client(PROXY, &lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn an_ipv4_proxy_is_recognised_on_a_dual_stack_socket() {
        assert_eq!(client("::ffff:10.0.0.1", &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
        assert_eq!(client("::ffff:203.0.113.5", &[("x-forwarded-for", "198.51.100.1")]), "203.0.113.5");
    }

    #[test]
    fn sec_p08_https_is_believed_from_a_proxy_only_and_the_nearest_one_decides() {
        let proxies = proxies(&["10.0.0.0/8"]);
        let https = |peer: &str, lines: &[(&'static str, &str)]| proxies.client_spoke_https(peer.parse().unwrap(), &headers(lines));
        let proto = "x-forwarded-proto";
        assert!(https(PROXY, &[(proto, "https")]));
        assert!(https(PROXY, &[(proto, "http, HTTPS")]));
        assert!(https(PROXY, &[(proto, "http"), (proto, "https")]));
        assert!(!https(PROXY, &[(proto, "https, http")]));
        assert!(!https(PROXY, &[(proto, "https"), (proto, "http")]));
        assert!(!https(PROXY, &[("x_forwarded_proto", "https")]));
        assert!(!https(PROXY, &[]));
        assert!(!https("203.0.113.5", &[(proto, "https")]));
    }

    #[test]
    fn without_networks_nobody_is_a_proxy() {
        assert!(!TrustedProxies::default().contains("127.0.0.1".parse().unwrap()));
    }
}
