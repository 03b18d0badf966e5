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

/// Points out, at the first of them, the clients that see their users' passwords (RFC 9700 §2.4).
pub fn warn_of_password_grant<'s>(clients: impl IntoIterator<Item = (&'s Section<'s>, &'s WantedClient)>) {
    let legacy: Vec<_> = clients.into_iter().filter(|(_, client)| client.registration.may_use(GrantType::Password)).collect();
    let Some((first, _)) = legacy.first() else { return };
    let names: Vec<_> = legacy.iter().map(|(_, client)| client.id.as_str()).collect();
    let message = "may use the password grant, which shows them their users' passwords; keep it for applications that know nothing else";
    first.warning("grants", format!("{} {message}", names.join(", ")));
}
