//! What is said to a directory, and what it says.
//!
//! 1. The service binds at the first host that lets it in, and searches for whoever was typed.
//! 2. Who is found is bound with their password on a connection of its own; unless the search compared the password already.
//!    For nobody, a bind is tried that cannot succeed: it takes as long.
//! 3. The service looks whether they are locked, and registered for this service. Who does not know the password learns neither.

use std::sync::Arc;

use keyward_rules::directory::{Entry, Filter, Verdict};
use ldap3::{Ldap, LdapError, Scope, SearchEntry, SearchOptions};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{
    DirectorySettings, Host, Trouble,
    connect::{lost, open, reach, result},
};

/// Asks for no attributes (RFC 4511 §4.5.1.8).
const NO_ATTRIBUTES: &str = "1.1";

/// Whether the whole template is a filter.
///
/// # Errors
/// It is not; how to mend it.
pub fn check_filter(filter: &Filter) -> Result<(), &'static str> {
    let parsed = ldap3::parse_filter(filter.with("x", "x").expose_secret());
    parsed.map(drop).map_err(|()| "write it as RFC 4515 says: (uid=${login})")
}

/// What the directory says of a login and a password, which are fit to be asked about.
pub(super) async fn verify(
    settings: &DirectorySettings,
    tls: Option<&Arc<ClientConfig>>,
    login: &str,
    password: &SecretString,
    deadline: Instant,
) -> Result<Verdict, Trouble> {
    let (host, service) = reach(settings, tls, deadline).await?;
    let mut service = Service { host, connection: service };
    let found = service.find(settings, login, password).await?;
    // A bind without a name is one of nobody in particular, and succeeds.
    let name = match &found {
        Found::One(entry) if entry.dn.is_empty() => return Err(service.failed("the search found an entry without a name".to_owned())),
        Found::One(entry) => entry.dn.clone(),
        Found::None => format!("cn=nobody,{}", settings.search_base),
        Found::Several => return Ok(Verdict::Several),
    };
    let bound = match settings.search_filter.wants_password() {
        true => result::SUCCESS,
        false => bind(settings, tls, host, &name, password).await?,
    };
    let Found::One(entry) = found else { return Ok(Verdict::Unknown) };
    if bound != result::SUCCESS {
        return Ok(Verdict::Wrong(bound));
    }
    if !service.fits(&name, settings.user_not_blocked_filter.as_ref(), login).await? {
        return Ok(Verdict::Locked);
    }
    if !service.fits(&name, settings.auth_filter.as_ref(), login).await? {
        return Ok(Verdict::NotRegistered);
    }
    Ok(Verdict::Right(Entry(entry.attrs.into_iter().collect())))
}

/// The result of a bind with somebody's own password: of success, or one that is theirs to mend.
async fn bind(
    settings: &DirectorySettings,
    tls: Option<&Arc<ClientConfig>>,
    host: &Host,
    name: &str,
    password: &SecretString,
) -> Result<u32, Trouble> {
    let mut own = open(settings, tls, host).await?;
    let bound = own.simple_bind(name, password.expose_secret()).await.map_err(|error| lost(host, &error))?;
    match bound.rc {
        result::SUCCESS
        | result::CONSTRAINT_VIOLATION
        | result::NO_SUCH_OBJECT
        | result::INAPPROPRIATE_AUTHENTICATION
        | result::INVALID_CREDENTIALS
        | result::INSUFFICIENT_ACCESS
        | result::UNWILLING => Ok(bound.rc),
        other => Err(Trouble::Failed(host.to_string(), format!("the bind of a user ended with result {other}"))),
    }
}

/// Who is found.
enum Found {
    None,
    One(SearchEntry),
    Several,
}

/// The service, bound.
struct Service<'s> {
    host: &'s Host,
    connection: Ldap,
}

impl Service<'_> {
    async fn find(&mut self, settings: &DirectorySettings, login: &str, password: &SecretString) -> Result<Found, Trouble> {
        let policy = &settings.policy;
        let attributes: Vec<&str> = policy.username_attributes.iter().chain(&policy.email_attribute).map(String::as_str).collect();
        let filter = settings.search_filter.with(login, password.expose_secret());
        let (entries, result) = self.search(&settings.search_base, Scope::Subtree, &filter, &attributes).await?;
        let mut entries = entries.into_iter();
        match (result, entries.next(), entries.next()) {
            (result::SUCCESS, None, _) => Ok(Found::None),
            (result::SUCCESS, Some(one), None) => Ok(Found::One(one)),
            (result::SUCCESS | result::SIZE_LIMIT_EXCEEDED, ..) => Ok(Found::Several),
            (other, ..) => Err(self.failed(format!("the search below directory.search_base ended with result {other}"))),
        }
    }

    /// Whether an entry fits a filter; without one it does.
    async fn fits(&mut self, name: &str, filter: Option<&Filter>, login: &str) -> Result<bool, Trouble> {
        let Some(filter) = filter else { return Ok(true) };
        match self.search(name, Scope::Base, &filter.with(login, ""), &[NO_ATTRIBUTES]).await? {
            (entries, result::SUCCESS) => Ok(!entries.is_empty()),
            (_, other) => Err(self.failed(format!("comparing an entry with a filter ended with result {other}"))),
        }
    }

    /// Up to two entries: more than one are too many.
    async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &SecretString,
        attributes: &[&str],
    ) -> Result<(Vec<SearchEntry>, u32), Trouble> {
        let options = SearchOptions::new().sizelimit(2);
        let searched = self.connection.with_search_options(options).search(base, scope, filter.expose_secret(), attributes).await;
        match searched {
            Ok(found) => Ok((found.0.into_iter().map(SearchEntry::construct).collect(), found.1.rc)),
            // Nothing of it is shown: it may hold the password.
            Err(LdapError::FilterParsing) => Err(self.failed("a filter of the configuration is none with what was typed in it".to_owned())),
            Err(error) => Err(lost(self.host, &error)),
        }
    }

    fn failed(&self, why: String) -> Trouble {
        Trouble::Failed(self.host.to_string(), why)
    }
}
