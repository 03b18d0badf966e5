//! What has to fit together between sections: no name twice.

use std::{collections::HashMap, fmt::Display, hash::Hash};

use keyward_rules::provision::WantedClient;
use keyward_wire::token_request::GrantType;

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

/// The grants that only old applications need, and why (RFC 9700 §2.1.2, §2.4).
const LEGACY: [(GrantType, &str); 2] = [
    (GrantType::Implicit, "may use the implicit grant, which leaves access tokens in browsers' histories"),
    (GrantType::Password, "may use the password grant, which shows them their users' passwords"),
];

/// Points out, at the first of them, the clients that may use a legacy grant.
pub fn warn_of_legacy_grants<'s>(clients: impl IntoIterator<Item = (&'s Section<'s>, &'s WantedClient)>) {
    let clients: Vec<_> = clients.into_iter().collect();
    for (grant, message) in LEGACY {
        let legacy: Vec<_> = clients.iter().filter(|(_, client)| client.registration.may_use(grant)).collect();
        let Some((first, _)) = legacy.first() else { continue };
        let names: Vec<_> = legacy.iter().map(|(_, client)| client.id.as_str()).collect();
        first.warning("grants", format!("{} {message}; keep it for applications that know nothing else", names.join(", ")));
    }
}
