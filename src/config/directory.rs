//! Another directory of users.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use keyward_rules::{
    directory::{Filter, Policy, Source},
    model::time::Seconds,
};
use keyward_server::directory::{DirectorySettings, Host, Security, Trust, check_filter};
use secrecy::SecretString;

use super::{
    format::{Choice, FLAG, MINUTE, PATH, Parsed, Secret, TEXT, choice, duration, list, number, parsed},
    section::Section,
    setting::settings,
};

const USERS: Choice<Option<Source>> = choice(&[("both", Some(Source::Both)), ("directory", Some(Source::Directory)), ("local", None)]);
const TLS: Choice<Protection> = choice(&[("ldaps", Protection::Ldaps), ("starttls", Protection::StartTls), ("none", Protection::None)]);
const HOST: Parsed<Host> = parsed("a host, with :port where it is not the usual one", parse_host);
const FILTER: Parsed<Filter> = parsed("a search filter (RFC 4515)", parse_filter);
const ATTRIBUTE: Parsed<String> = parsed("the name of an attribute", parse_attribute);

/// How connections are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// From the beginning.
    Ldaps,
    /// After a word in clear.
    StartTls,
    /// Not at all.
    None,
}

settings! {
    /// Another directory of users, by LDAP: whoever has no password here logs in with the one they have there. Their entry here
    /// comes with their first login. In parentheses is what Kustvakt calls a setting.
    pub struct DirectoryFileSettings in "[directory]" {
        /// Who logs in there: everybody ("directory"), those without a password here ("both"), or nobody ("local").
        users: Option<Source>, USERS, default(Some(Source::Both)), example "directory";
        /// Its servers, in the order in which they are tried (`host`, `port`).
        hosts: Vec<Host>, list(HOST), required(), example ["ldap1.example.com", "ldap2.example.com:1636"];
        /// How connections are protected: by TLS from the beginning (port 636), by StartTLS (port 389), or not (`useSSL`).
        tls: Protection, TLS, default(Protection::Ldaps), example "starttls";
        /// A PEM file with the certificates that make theirs good (`trustStore`). Needed with TLS; the system's are in
        /// `/etc/ssl/certs/ca-certificates.crt` on many.
        trust_store: PathBuf, PATH, optional("none"), example "ldap-ca.pem";
        /// Take any certificate. Then whoever comes between reads every password.
        insecure: bool, FLAG, default(false), example true;
        /// The name below which people are looked for (`searchBase`).
        search_base: String, TEXT, required(), example "ou=people,dc=example,dc=com";
        /// The name that looks for them (`sLoginDN`).
        service_dn: String, TEXT, optional("nobody in particular"), example "cn=keyward,dc=example,dc=com";
        /// A file that holds the password of `service_dn` in its only line. One of the two is needed with it.
        service_password_file: PathBuf, PATH, optional("none"), example "ldap.password";
        /// That password itself (`pwd`); better is a file.
        service_password: SecretString, Secret, optional("none"), example "correct horse battery staple";
        /// How somebody is found by what they typed, which stands where `${login}` is (`searchFilter`). Whoever is found is bound
        /// with their password, unless it is compared in the filter itself, as `${password}`.
        search_filter: Filter, FILTER, required(), example "(|(uid=${login})(mail=${login}))";
        /// What must fit who is registered for this service (`authFilter`).
        auth_filter: Filter, FILTER, optional("everybody is"), example "(memberOf=cn=keyward,ou=groups,dc=example,dc=com)";
        /// What must fit who is not locked (`userNotBlockedFilter`).
        user_not_blocked_filter: Filter, FILTER, optional("nobody is"), example "(!(pwdAccountLockedTime=*))";
        /// The attribute that names somebody here, however they spelt themselves: the first that is there. It must have one
        /// value, which is never given to somebody else.
        username_attributes: Vec<String>, list(ATTRIBUTE), default(vec!["idsC2Profile".into(), "uid".into()]), example ["uid"];
        /// An attribute that whoever logs in must have (`emailAttribute`).
        email_attribute: String, ATTRIBUTE, optional("none"), example "mail";
        /// How long one login may take there, all hosts together (`ldapTimeout`).
        timeout: Seconds, duration(Seconds(1), MINUTE), default(Seconds(9)), example "5s";
        /// How many logins may be under way there; further ones are answered 503.
        attempts: usize, number(1, 1000), default(32), example 100;
        /// Whether those who know their password are told why they may not log in. It tells whoever guessed it as well.
        detailed_errors: bool, FLAG, default(false), example true;
    }
}

/// The directory, or that nobody logs in there; none if the section is not sound.
pub fn resolve(section: &Section<'_>, settings: DirectoryFileSettings) -> Option<Option<DirectorySettings>> {
    let security = security(section, &settings);
    let service = service(section, &settings);
    if settings.hosts.as_ref().is_some_and(Vec::is_empty) {
        section.problem("hosts", "expected at least one host, found none; name one".into());
    }
    if settings.search_filter.as_ref().is_some_and(|filter| !filter.wants_login()) {
        section.problem(
            "search_filter",
            "expected ${login} in it, found none: everybody would be found; add it, for example (uid=${login})".into(),
        );
    }
    for (key, filter) in [("auth_filter", &settings.auth_filter), ("user_not_blocked_filter", &settings.user_not_blocked_filter)] {
        if filter.as_ref().is_some_and(Filter::wants_password) {
            section.problem(key, "expected no ${password} in it, found one; only search_filter compares it".into());
        }
    }
    if settings.username_attributes.is_empty() {
        section.problem("username_attributes", "expected at least one attribute, found none; name one".into());
    }
    let (hosts, search_base, search_filter) = (settings.hosts?, settings.search_base?, settings.search_filter?);
    let (security, service) = (security?, service?);
    Some(settings.users.map(|source| DirectorySettings {
        source,
        hosts,
        security,
        search_base,
        service,
        search_filter,
        auth_filter: settings.auth_filter,
        user_not_blocked_filter: settings.user_not_blocked_filter,
        policy: Policy {
            username_attributes: settings.username_attributes,
            email_attribute: settings.email_attribute,
            detailed_errors: settings.detailed_errors,
        },
        timeout: Duration::from_secs(settings.timeout.0.into()),
        attempts: settings.attempts,
    }))
}

fn security(section: &Section<'_>, settings: &DirectoryFileSettings) -> Option<Security> {
    let trust = match (&settings.trust_store, settings.insecure) {
        (Some(_), true) => {
            section.problem("insecure", "expected only one of trust_store and insecure, found both; remove one of them".into());
            None
        }
        (Some(path), false) => Some(Trust::Store(section.file().resolve(path))),
        (None, true) => Some(Trust::Anyone),
        (None, false) => None,
    };
    if settings.tls == Protection::None {
        section.warning(
            "tls",
            "the connection to the directory is in clear: whoever is on the way reads every password; use ldaps or starttls".into(),
        );
        return Some(Security::Plain);
    }
    if settings.insecure {
        section.warning(
            "insecure",
            "any certificate is taken for the directory's: whoever comes between reads every password; name a trust_store".into(),
        );
    }
    if trust.is_none() && section.sound(&["trust_store", "insecure"]) {
        section.problem(
            "trust_store",
            "expected the certificates to trust, found none; name a PEM file, or set insecure = true and know why".into(),
        );
    }
    let is_ipv6 = |host: &&Host| host.name.starts_with('[');
    if let Some(host) = settings.hosts.iter().flatten().find(is_ipv6) {
        section.problem("hosts", format!("expected a name or an IPv4 address with TLS, found {host}; name it as its certificate does"));
    }
    let trust = trust?;
    Some(if settings.tls == Protection::StartTls { Security::StartTls(trust) } else { Security::Ldaps(trust) })
}

/// Who looks for people: nobody in particular without a name; none if that cannot be said.
fn service(section: &Section<'_>, settings: &DirectoryFileSettings) -> Option<Option<(String, SecretString)>> {
    let given = section.only_one_of(&["service_password_file", "service_password"]);
    let password = match given {
        Some("service_password_file") => section.secret_in_file("service_password_file", settings.service_password_file.as_ref()?),
        _ => settings.service_password.clone(),
    };
    match (&settings.service_dn, given) {
        (None, None) => Some(None),
        (None, Some(key)) if section.sound(&["service_dn"]) => {
            section.problem(key, "expected service_dn beside it, found none; add it, or remove this".into());
            None
        }
        (Some(_), None) => {
            section.problem("service_dn", "expected its password, found none; add service_password_file".into());
            None
        }
        (name, _) => {
            if given == Some("service_password") {
                section.warning(
                    "service_password",
                    "the directory's password can be read in this file; put it into a file of its own, as service_password_file".into(),
                );
            }
            Some(Some((name.clone()?, password?)))
        }
    }
}

fn parse_host(text: &str) -> Result<Host, String> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !text.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let port = port.map(|port| port.parse().ok().filter(|port| *port != 0).ok_or("write a port from 1 to 65535 after the colon"));
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let legal = match address {
        Some(address) => matches!(address.parse(), Ok(IpAddr::V6(_))),
        None => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    };
    if !legal {
        return Err("write a name or an address alone, without ldap://; one of IPv6 in brackets".into());
    }
    Ok(Host { name: name.to_owned(), port: port.transpose()? })
}

fn parse_filter(text: &str) -> Result<Filter, String> {
    let filter = Filter::parse(text)?;
    check_filter(&filter)?;
    Ok(filter)
}

fn parse_attribute(text: &str) -> Result<String, String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b';');
    if !text.is_empty() && text.bytes().all(legal) { Ok(text.to_owned()) } else { Err("write letters, digits and hyphens".into()) }
}
