//! What has to fit together in a client's registration, whoever writes it.

use keyward_wire::{
    audience::Audience,
    scope::{ALL, Scope},
    token_request::GrantType,
};

use crate::model::client::{ClientKind, Registration, ResourceServer};

/// What is wrong with the scope `all` anywhere else.
pub const ALL_IS_FOR_SUPER_CLIENTS: &str =
    "expected the scope all only for clients with super = true, found it here; list the scopes that are needed";

/// Two settings of one client that do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The setting to change, as the configuration calls it.
    pub setting: &'static str,
    /// The settings that must be sound for this to mean anything.
    pub against: &'static [&'static str],
    /// What was expected, what was found, how to mend it.
    pub message: String,
}

/// What does not fit within the registration.
#[must_use]
pub fn misfits(own: &Registration) -> Vec<Misfit> {
    let misfit = |setting, against, message: &str| Misfit { setting, against, message: message.to_owned() };
    let mut found = Vec::new();
    if own.profiles.is_empty() {
        found.push(misfit("profiles", &["profiles"], "expected at least one profile, found none; remove profiles, or fill it"));
    }
    if own.kind == ClientKind::Public && own.super_client {
        let message = "expected super = true only for confidential clients, found it for a public one; remove it";
        found.push(misfit("super", &["type"], message));
    }
    if own.kind == ClientKind::Public && own.may_use(GrantType::ClientCredentials) {
        let message = "expected client_credentials only for confidential clients, found it for a public one; remove it";
        found.push(misfit("grants", &["type"], message));
    }
    if own.about.url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        found.push(misfit("url", &["url"], "expected an address that begins with https://, found another one; mend it, or leave it out"));
    }
    if own.about.source.is_some() && own.kind == ClientKind::Public {
        let message = "expected plugin_source only for confidential clients, found it for a public one; remove it";
        found.push(misfit("plugin_source", &["type"], message));
    }
    let redirects = |grant: &&GrantType| matches!(grant, GrantType::AuthorizationCode | GrantType::Implicit);
    if let Some(grant) = own.grants.iter().find(redirects)
        && own.redirect_uris.is_empty()
    {
        let grant = grant.as_str();
        let message = format!("expected redirect_uris beside {grant}, found none; add where its answers go, or remove {grant}");
        found.push(misfit("grants", &["redirect_uris"], &message));
    }
    let cut = own.client_credentials_scopes.as_ref();
    let lists = [("scopes", Some(&own.scopes)), ("default_scopes", Some(&own.default_scopes)), ("client_credentials_scopes", cut)];
    for (setting, scope) in lists {
        if !own.super_client && scope.is_some_and(|scope| scope.contains(ALL)) {
            found.push(misfit(setting, &["super"], ALL_IS_FOR_SUPER_CLIENTS));
        }
    }
    found
}

/// What does not fit to the resource servers that are listed. Where none is, any will do.
#[must_use]
pub fn misfits_among(own: &Registration, servers: &[ResourceServer]) -> Vec<Misfit> {
    let unlisted = |audience: &&Audience| !servers.is_empty() && servers.iter().all(|server| server.audience != **audience);
    let lists = [("audiences", &own.audiences), ("resource_server_for", &own.resource_server_for)];
    let unknown = lists.into_iter().flat_map(|(setting, list)| list.iter().filter(unlisted).map(move |audience| (setting, audience)));
    let mut found: Vec<Misfit> = unknown
        .map(|(setting, audience)| {
            let found = audience.as_str();
            let message = format!("expected audiences that an [[audience]] lists, found {found:?}; add one for it, or remove it");
            Misfit { setting, against: &[], message }
        })
        .collect();
    let of_audiences = servers.iter().filter(|server| own.audiences.contains(&server.audience));
    let ceiling = own.scopes.union(&of_audiences.flat_map(|server| server.scopes.words()).collect());
    let beyond = |setting, against, scope: &Scope| {
        let word = scope.words().find(|word| !ceiling.contains(word))?;
        let message = format!("expected scopes of the client or of its audiences only, found {word:?}; add it to scopes, or remove it");
        Some(Misfit { setting, against, message })
    };
    found.extend(beyond("default_scopes", &["scopes", "audiences", "default_scopes"], &own.default_scopes));
    let cut = own.client_credentials_scopes.as_ref();
    found.extend(cut.and_then(|cut| beyond("client_credentials_scopes", &["scopes", "audiences", "client_credentials_scopes"], cut)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        client::{About, AccessFormat},
        time::Seconds,
    };
    use keyward_wire::profile::ProfileName;

    fn sound() -> Registration {
        Registration {
            name: "app".to_owned(),
            kind: ClientKind::Confidential,
            super_client: false,
            grants: vec![GrantType::ClientCredentials],
            about: About::default(),
            permitted: true,
            first_party: false,
            redirect_uris: vec![],
            response_modes: Registration::default_response_modes(),
            require_pkce: true,
            code_lifetime: Seconds(60),
            scopes: Scope::parse("read write").unwrap(),
            default_scopes: Scope::parse("read").unwrap(),
            client_credentials_scopes: None,
            audiences: vec![],
            resource_server_for: vec![],
            profiles: vec![ProfileName::Standard],
            access_lifetime: Seconds(3600),
            password_access_lifetime: None,
            refresh_lifetime: Seconds(86_400),
            refresh_idle: None,
            refresh_grace: Seconds(30),
            rotate: true,
            rotation_ends_access_tokens: false,
            access_format: AccessFormat::Opaque,
        }
    }

    fn settings(found: &[Misfit]) -> Vec<&'static str> {
        found.iter().map(|misfit| misfit.setting).collect()
    }

    fn server(audience: &str, scopes: &str) -> ResourceServer {
        ResourceServer { audience: Audience::parse(audience).unwrap(), scopes: Scope::parse(scopes).unwrap(), access_format: None }
    }

    #[test]
    fn a_public_client_has_neither_what_needs_a_secret_nor_what_only_super_clients_have() {
        let all = Scope::parse("all").unwrap();
        let public = Registration { kind: ClientKind::Public, super_client: true, scopes: all.clone(), ..sound() };
        assert_eq!(settings(&misfits(&sound())), Vec::<&str>::new());
        assert_eq!(settings(&misfits(&public)), ["super", "grants"]);
        let nowhere = Registration { grants: vec![GrantType::Implicit], ..sound() };
        assert_eq!(settings(&misfits(&nowhere)), ["grants"]);
        let cut = Registration { scopes: all.clone(), client_credentials_scopes: Some(all), profiles: vec![], ..sound() };
        assert_eq!(settings(&misfits(&cut)), ["profiles", "scopes", "client_credentials_scopes"]);
        assert_eq!(settings(&misfits(&Registration { super_client: true, ..cut })), ["profiles"]);
    }

    #[test]
    fn what_a_client_says_of_itself_is_an_address_and_plugins_are_confidential() {
        let about = |url: &str| About { url: Some(url.to_owned()), ..About::default() };
        for (url, fits) in [("https://app.example", true), ("http://app.example", true), ("javascript:alert(1)", false), ("", false)] {
            assert_eq!(misfits(&Registration { about: about(url), ..sound() }).is_empty(), fits, "{url:?}");
        }
        let plugin = About { source: Some(serde_json::Value::Null), ..About::default() };
        assert_eq!(misfits(&Registration { about: plugin.clone(), ..sound() }), []);
        let public = Registration { about: plugin, kind: ClientKind::Public, grants: vec![], ..sound() };
        assert_eq!(settings(&misfits(&public)), ["plugin_source"]);
    }

    #[test]
    fn audiences_and_scopes_must_be_listed_once_any_audience_is() {
        let orders = server("https://orders.example", "orders");
        let wanting = Registration {
            audiences: vec![orders.audience.clone()],
            resource_server_for: vec![Audience::parse("https://stock.example").unwrap()],
            default_scopes: Scope::parse("read orders").unwrap(),
            ..sound()
        };
        assert_eq!(settings(&misfits_among(&wanting, &[])), ["default_scopes"]);
        assert_eq!(settings(&misfits_among(&wanting, std::slice::from_ref(&orders))), ["resource_server_for"]);
        assert_eq!(settings(&misfits_among(&wanting, &[orders, server("https://stock.example", "")])), Vec::<&str>::new());
    }
}
