//! The addresses that are listened on.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use ipnet::IpNet;
use keyward_server::listener::{CertificateFiles, ListenerSettings, TrustedProxies};
use keyward_wire::profile::ProfileName;

use super::{
    format::{Choice, PATH, Parsed, choice, list, parsed},
    section::Section,
    setting::settings,
};

/// An address with a port.
pub const ADDRESS: Parsed<SocketAddr> = parsed("an address and a port, such as \"127.0.0.1:8080\"", parse_address);
const NETWORK: Parsed<IpNet> = parsed("an address or a network, such as \"10.0.0.0/8\"", parse_network);
/// The profiles.
pub const PROFILE: Choice<ProfileName> =
    choice(&[("standard", ProfileName::Standard), ("skyvault", ProfileName::Skyvault), ("korap", ProfileName::Korap)]);

settings! {
    /// An address to listen on; one such section for each, at least one.
    pub struct ListenerFileSettings in "[[listener]]" {
        /// Where to listen. `0.0.0.0` or `[::]` is every address of the machine, port 0 any free port.
        address: SocketAddr, ADDRESS, required(), example "127.0.0.1:8080";
        /// How it speaks. `standard`: RFC 6749 with RFC 9700, strictly. `skyvault`: also parameters in the query
        /// string of a POST. `korap`: also the paths, texts and status codes of the KorAP API. A client is served
        /// where its `profiles` name the listener's.
        profile: ProfileName, PROFILE, default(ProfileName::Standard), example "skyvault";
        /// The certificate and its intermediates, for TLS (PEM). It is read again when it changes.
        certificate_file: PathBuf, PATH, optional("no TLS"), example "tls/certificate.pem";
        /// The private key of that certificate (PEM).
        private_key_file: PathBuf, PATH, optional("no TLS"), example "tls/key.pem";
        /// The addresses or networks of the proxies in front of this listener. Their `X-Forwarded-For` and
        /// `X-Forwarded-Proto` are believed, nobody else's.
        trusted_proxies: Vec<IpNet>, list(NETWORK), default(Vec::new()), example ["10.0.0.0/8"];
    }
}

/// A listener, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredListener {
    /// How it speaks.
    pub profile: ProfileName,
    /// Where it listens, its TLS files, and whose forwarding headers are believed.
    pub settings: ListenerSettings,
}

/// A listener from its section; none where it cannot be made of what was read.
pub fn resolve(section: &Section<'_>, settings: ListenerFileSettings) -> Option<ConfiguredListener> {
    let certificate = certificate(section, &settings);
    let address = settings.address?;
    let exposed = !address.ip().to_canonical().is_loopback();
    if exposed
        && certificate.is_none()
        && settings.trusted_proxies.is_empty()
        && section.sound(&["certificate_file", "private_key_file", "trusted_proxies"])
    {
        let message = format!(
            "{address} can be reached from other machines without TLS; add certificate_file and private_key_file, or name the proxy in front of it in trusted_proxies"
        );
        section.warning("address", message);
    }
    let trusted_proxies = TrustedProxies::from(settings.trusted_proxies);
    Some(ConfiguredListener { profile: settings.profile, settings: ListenerSettings { address, certificate, trusted_proxies } })
}

/// Points out that nobody can reach an https issuer by https: no listener has TLS, or says who has it in front of it.
pub fn warn_of_no_https(top: &Section<'_>, issuer: Option<&str>, listeners: Option<&[ConfiguredListener]>) {
    let (Some(issuer), Some(listeners)) = (issuer, listeners) else { return };
    let plain = |listener: &ConfiguredListener| listener.settings.certificate.is_none() && listener.settings.trusted_proxies.is_empty();
    if issuer.starts_with("https:") && listeners.iter().all(plain) {
        let message = format!(
            "{issuer} is https, and no listener has TLS; add certificate_file and private_key_file to one, or name the proxy in front of it in its trusted_proxies: over plain http nobody can sign in"
        );
        top.warning("issuer", message);
    }
}

fn certificate(section: &Section<'_>, settings: &ListenerFileSettings) -> Option<CertificateFiles> {
    match (&settings.certificate_file, &settings.private_key_file) {
        (Some(_), None) if section.sound(&["private_key_file"]) => {
            section.problem("private_key_file", "expected the key of certificate_file, found nothing; add private_key_file".into());
        }
        (None, Some(_)) if section.sound(&["certificate_file"]) => {
            section.problem("certificate_file", "expected the certificate of private_key_file, found nothing; add certificate_file".into());
        }
        _ => {}
    }
    let existing = |key, path: &Option<PathBuf>| {
        let path = section.file().resolve(path.as_ref()?);
        if !path.is_file() {
            let message = format!("expected a file, found none at {}; a relative path starts at the folder of this file", path.display());
            section.problem(key, message);
        }
        Some(path)
    };
    let certificate = existing("certificate_file", &settings.certificate_file);
    let private_key = existing("private_key_file", &settings.private_key_file);
    Some(CertificateFiles { certificate: certificate?, private_key: private_key? })
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| match text.rsplit_once(':') {
        _ if text.parse::<IpAddr>().is_ok() => "add the port".into(),
        _ if text.parse::<u16>().is_ok() => format!("add the address: \"127.0.0.1:{text}\""),
        Some(("localhost" | "", port)) => format!("write the address in numbers: \"127.0.0.1:{port}\""),
        _ => "write the address in numbers".into(),
    })
}

fn parse_network(text: &str) -> Result<IpNet, String> {
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>().or_else(|_| alone()).map_err(|_| "write it in numbers".into())
}
