//! Users of another directory: a real OpenLDAP server.

mod account;
mod failing;
mod input;
mod login;
mod puppet;
mod slapd;
mod tls;

use crate::client::{Answer, Site};
use crate::fixture::{C1, Credentials, SKYVAULT, SUPER};
use crate::server::{Home, Server};
use slapd::Slapd;

/// Password and attributes say what they are for: see `people.ldif`.
const CORAL: (&str, &str) = ("coral", "pearl-diver");

/// The demo's server with a directory beside its own users; `more` are further settings of the section.
fn with_directory(slapd: &Slapd, more: &str) -> Server {
    home(slapd, more).start()
}

fn home(slapd: &Slapd, more: &str) -> Home {
    Home::demo().with(&slapd.settings()).with(&format!("[throttle]\nenabled = false\n[directory]\n{more}"))
}

/// Every listener with a client that may use passwords there.
fn everywhere(server: &Server) -> [(&Site, Credentials<'static>); 3] {
    [(server.standard(), C1), (server.skyvault(), SKYVAULT), (server.korap(), SUPER)]
}

/// Whoever cannot log in is told nothing: the same on every listener, but for the number that KorAP's clients read.
fn refused_everywhere(server: &Server, user: (&str, &str)) {
    for (site, client) in everywhere(server) {
        let answer = site.ask_password(client, user);
        assert_eq!(answer.refused(400, "invalid_grant"), "Username or password is wrong", "{user:?}");
        let expected = (client == SUPER).then_some((2023, "LDAP Authentication failed due to unknown user or password!"));
        assert_eq!(korap_error(&answer).as_ref().map(|(number, text)| (*number, text.as_str())), expected, "{user:?}");
    }
}

/// What KorAP's clients read: number and text.
fn korap_error(answer: &Answer) -> Option<(u64, String)> {
    let errors = answer.json().get("errors")?.clone();
    assert_eq!(errors.as_array().map(Vec::len), Some(1), "{answer:?}");
    Some((errors[0][0].as_u64().unwrap(), errors[0][1].as_str().unwrap().to_owned()))
}

/// Who somebody is: user name and subject.
fn who(site: &Site, user: (&str, &str)) -> (String, String) {
    let token = site.introspect(C1, &site.login(C1, user).access);
    (token["username"].as_str().unwrap().to_owned(), token["sub"].as_str().unwrap().to_owned())
}
