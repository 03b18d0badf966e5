//! The name of this authorization server (RFC 8414 §2).

use std::net::IpAddr;

use http::Uri;
use keyward_wire::audience::Audience;

use super::{format::parsed, setting::settings};

settings! {
    /// At the top of the file, above the first section.
    pub struct TopSettings in "" {
        /// What every token and the metadata name as their origin: the URL that clients reach this server under
        /// (RFC 8414 §2). `https`, or `http` where the host is this machine. Clients compare it byte by byte, so
        /// it is written in one way only: host in lower case, no slash at the end, no query, no fragment.
        issuer: String, parsed("a URL with https, such as \"https://id.example.com\"", parse), required(), example "https://id.example.com";
    }
}

fn parse(text: &str) -> Result<String, String> {
    if text.contains(['?', '#']) {
        return Err("leave out the query and the fragment".into());
    }
    let no_url = || Err("write scheme and host".to_owned());
    let Ok(url) = text.parse::<Uri>() else { return no_url() };
    let (Some(scheme), Some(authority)) = (url.scheme_str(), url.authority()) else { return no_url() };
    let host = authority.host();
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    match scheme {
        "https" => {}
        "http" if is_this_machine(host) => {}
        _ => return Err("write https; http is for 127.0.0.1, [::1] and localhost".into()),
    }
    if host.is_empty() || Audience::parse(text).is_err() {
        return no_url();
    }
    if authority.as_str().contains('@') {
        return Err("leave out the user name".into());
    }
    if authority.as_str() != host && authority.port_u16().is_none() {
        return Err("a port is a number from 1 to 65535".into());
    }
    if text.ends_with('/') {
        return Err(format!("write it without the slash at the end: {:?}", text.trim_end_matches('/')));
    }
    if authority.as_str().ends_with(default_port) {
        return Err(format!("leave out {default_port}, which {scheme} means anyway"));
    }
    if !text.starts_with(scheme) || host != host.to_ascii_lowercase() {
        return Err("write scheme and host in lower case".into());
    }
    Ok(text.to_owned())
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_issuer_is_https_or_on_this_machine_and_has_one_spelling() {
        for text in [
            "https://id.example.com",
            "https://id.example.com:8443/auth",
            "http://127.0.0.1:9191",
            "http://[::1]:8080",
            "http://localhost:1",
        ] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        let refused = [
            "",
            "id.example.com",
            "https://",
            "http://id.example.com",
            "ftp://127.0.0.1",
            "https://id.example.com/",
            "https://id.example.com/auth/",
            "https://id.example.com?x=1",
            "https://id.example.com#a",
            "https://a:b@id.example.com",
            "https://Id.example.com",
            "HTTPS://id.example.com",
            "https://id.example.com:443",
            "http://127.0.0.1:80",
            "https://id .com",
            "http://127.0.0.1:80801",
            "http://127.0.0.1:",
            "http://[::1",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
        ];
        for text in refused {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
