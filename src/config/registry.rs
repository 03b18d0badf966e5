//! What has to fit together between sections: no name twice, no audience that is not listed.

use std::{collections::HashMap, fmt::Display, hash::Hash};

use keyward_rules::{model::client::ResourceServer, provision::WantedClient};
use keyward_wire::{audience::Audience, scope::Scope, token_request::GrantType};

use super::section::Section;

/// Records every value that an earlier section has already.
pub fn refuse_twins<'s, T: Display + Eq + Hash>(values: impl IntoIterator<Item = (&'s Section<'s>, &'static str, T)>) {
    let mut first: HashMap<T, usize> = HashMap::new();
    for (section, key, value) in values {
        let line = section.line(key);
        match first.get(&value) {
            Some(first) => {
                section.problem(key, format!("expected another than in line {first}, found {value} again; change or remove one of them"))
            }
            None => {
                first.insert(value, line);
            }
        }
    }
}

/// Records the audiences and scopes of a client that nothing lists. Where no audience is listed, any will do.
pub fn check_client(section: &Section<'_>, client: &WantedClient, servers: &[ResourceServer]) {
    let registration = &client.registration;
    if !servers.is_empty() {
        refuse_unlisted(section, "audiences", &registration.audiences, servers);
        refuse_unlisted(section, "resource_server_for", &registration.resource_server_for, servers);
    }
    let of_audiences: Scope = servers
        .iter()
        .filter(|server| registration.audiences.contains(&server.audience))
        .flat_map(|server| server.scopes.words())
        .collect();
    let ceiling = registration.scopes.union(&of_audiences);
    let own = registration.client_credentials_scopes.as_ref();
    for (key, scope) in [("default_scopes", Some(&registration.default_scopes)), ("client_credentials_scopes", own)] {
        let beyond = scope.and_then(|scope| scope.words().find(|word| !ceiling.contains(word)));
        if let (Some(word), true) = (beyond, section.sound(&["scopes", "audiences", key])) {
            let message = format!("expected scopes of the client or of its audiences only, found {word:?}; add it to scopes, or remove it");
            section.problem(key, message);
        }
    }
}

/// Points out, at the first of them, the clients that see their users' passwords (RFC 9700 §2.4).
pub fn warn_of_password_grant<'s>(clients: impl IntoIterator<Item = (&'s Section<'s>, &'s WantedClient)>) {
    let legacy: Vec<_> = clients.into_iter().filter(|(_, client)| client.registration.may_use(GrantType::Password)).collect();
    let Some((first, _)) = legacy.first() else { return };
    let names: Vec<_> = legacy.iter().map(|(_, client)| client.id.as_str()).collect();
    let message = "may use the password grant, which shows them their users' passwords; keep it for applications that know nothing else";
    first.warning("grants", format!("{} {message}", names.join(", ")));
}

fn refuse_unlisted(section: &Section<'_>, key: &'static str, audiences: &[Audience], servers: &[ResourceServer]) {
    for audience in audiences {
        if servers.iter().all(|server| server.audience != *audience) {
            section.problem(
                key,
                format!("expected audiences that an [[audience]] lists, found {:?}; add one for it, or remove it", audience.as_str()),
            );
        }
    }
}
