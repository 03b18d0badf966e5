use bolero::{TypeGenerator, check};
use keyward_wire::redirect_uri::RedirectUri;
use url::Url;

use crate::pieces::{Change, Piece, changed, text};

const REGISTERED: &[&str] = &[
    "https://app.example/cb",
    "https://app.example:8443/cb?x=1",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:9191/cb?x=1",
    "http://[::1]:9191",
    "http://localhost:1410",
    "http://127.0.0.1.app.example/cb",
    "com.example.app:/callback",
];
const WORDS: &[&str] = &[
    "http://",
    "https://",
    "127.0.0.1",
    "[::1]",
    "localhost",
    "app.example",
    "evil.example",
    ":5",
    ":65535",
    ":65536",
    ":0",
    "/cb",
    "?x=1",
    "#",
    "@",
    "\\",
    "%2F",
    "com.example.app:",
    "javascript:",
];

/// A text that a request may name.
#[derive(Clone, Debug, TypeGenerator)]
enum Asked {
    Text(Vec<Piece>),
    /// The registered URI, changed.
    Changed(Vec<Change>),
    /// The same with something put where a port stands.
    Port(Vec<Piece>),
    /// The same with a port put anywhere.
    Inserted(u8, u16),
    /// The same with a number put where a port stands.
    Number(u32),
}

impl Asked {
    fn text(&self, own: &str) -> String {
        match self {
            Asked::Text(pieces) => text(pieces, WORDS),
            Asked::Changed(changes) => changed(own, changes, REGISTERED),
            Asked::Port(pieces) => with_port(own, &text(pieces, &["5", "0", "65535", "9"])),
            Asked::Inserted(at, port) => {
                let (before, after) = own.split_at(usize::from(*at) % own.len());
                format!("{before}:{port}{after}")
            }
            Asked::Number(port) => with_port(own, &(port % 100_000).to_string()),
        }
    }
}

/// `own` with another port, or with its first.
fn with_port(own: &str, port: &str) -> String {
    let host = own.find("//").map_or(0, |at| at + 2);
    let end = host + own[host..].find(['/', '?']).unwrap_or(own.len() - host);
    let digits = own[host..end].rfind(':').filter(|at| own[host..end][*at + 1..].parse::<u16>().is_ok());
    format!("{}:{port}{}", &own[..digits.map_or(end, |at| host + at)], &own[end..])
}

/// What is left of a URL once its port is taken away, as browsers read it.
fn without_port(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_port(None).unwrap();
    url
}

#[test]
fn what_is_admitted_is_the_registered_uri_or_differs_in_the_port_of_a_loopback_address_alone() {
    check!().with_type::<(u8, Asked, bool)>().for_each(|(number, asked, native)| {
        let own = REGISTERED[usize::from(*number) % REGISTERED.len()];
        let asked = asked.text(own);
        let uri = RedirectUri::parse(own).unwrap();
        assert!(uri.admits(own, *native));
        let admitted = uri.admits(&asked, *native);
        if !admitted || asked == own {
            return assert_eq!(admitted, asked == own, "{asked:?}");
        }
        assert!(native, "another port for an application that is not native: {asked:?}");
        let (registered, named) = (Url::parse(own).unwrap(), Url::parse(&asked).unwrap_or_else(|_| panic!("no URL: {asked:?}")));
        assert!(named.scheme() == "http" && matches!(named.host_str(), Some("127.0.0.1" | "[::1]")), "{asked:?}");
        assert_eq!(without_port(&registered), without_port(&named), "{asked:?}");
        assert!((named.username(), named.password(), named.fragment()) == ("", None, None), "{asked:?}");
    });
}

#[test]
fn what_can_be_registered_is_an_address_that_a_browser_reads_the_same() {
    check!().with_type::<(u8, Vec<Change>, Vec<Piece>)>().for_each(|(number, changes, pieces)| {
        let own = REGISTERED[usize::from(*number) % REGISTERED.len()];
        for text in [changed(own, changes, REGISTERED), text(pieces, WORDS)] {
            let Ok(uri) = RedirectUri::parse(&text) else { continue };
            assert_eq!(uri.as_str(), text);
            assert!(text.is_ascii() && !text.contains(['#', '*', '\\', ' ', '\t', '\n', '\0']), "{text:?}");
            let Ok(read) = Url::parse(&text) else { continue };
            assert_eq!((read.username(), read.password(), read.fragment()), ("", None, None), "{text:?}");
            assert!(!["javascript", "data", "vbscript", "file", "blob", "about"].contains(&read.scheme()), "{text:?}");
            let source = RedirectUri::source(&text);
            assert!(text.starts_with(source));
            if let ("http" | "https", Ok(origin)) = (read.scheme(), Url::parse(source)) {
                assert_eq!(origin.origin(), read.origin(), "{text:?}");
            }
        }
    });
}
