//! Where everything is kept.

use std::path::PathBuf;

use keyward_store::{Place, postgres::Address};
use secrecy::{ExposeSecret, SecretString};

use super::{
    format::{PATH, Secret, TEXT},
    section::Section,
    setting::settings,
};

/// Where the store is unless a setting says so.
const DEFAULT: &str = "keyward.db";

settings! {
    /// Where authorizations, clients, users and keys are kept.
    pub struct StoreSettings in "[store]" {
        /// An SQLite database: `sqlite:` and a path, made when it is missing. Further files of the same name beside it belong to it.
        /// A relative path starts at the folder of this file.
        /// Or a PostgreSQL database, which any number of servers may share: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, and after
        /// a `?` what else there is to say of it, joined by `&`: `sslrootcert=FILE`, the certificates that the database's own is verified
        /// by, needed wherever it is not on this machine; `sslcert=FILE` and `sslkey=FILE`, this server's own certificate and
        /// its key; `sslmode=disable`, on a network that nobody else is on; `connections=N`, how many this server keeps at most (16);
        /// `statements=named`, faster, where no pooler is in between that gives its connections to several askers in turn.
        url: SecretString, Secret, optional("`\"sqlite:keyward.db\"`"), example "sqlite:/var/lib/keyward/keyward.db";
        /// A file with the URL as its only line, where that holds a password.
        url_file: PathBuf, PATH, optional("none"), example "/etc/keyward/store.url";
        /// The environment variable that holds the URL, where that holds a password.
        url_env: String, TEXT, optional("none"), example "KEYWARD_STORE_URL";
    }
}

/// Settles where the store is; what is wrong is recorded in `section`. The text may hold a password: no message shows it.
pub fn resolve(section: &Section<'_>, settings: &StoreSettings) -> Place {
    let default = || Place::Sqlite(section.file().resolve(DEFAULT.as_ref()));
    let Some(key) = section.only_one_of(&["url", "url_file", "url_env"]) else { return default() };
    let in_file = || section.secret_in_file("url_file", settings.url_file.as_ref()?);
    let in_variable = || section.secret_in_variable("url_env", settings.url_env.as_ref()?);
    let Some(url) = settings.url.clone().or_else(in_file).or_else(in_variable) else { return default() };
    let parsed = place(url.expose_secret(), |path| section.file().resolve(path));
    parsed.unwrap_or_else(|mend| {
        section.problem(key, format!("expected \"sqlite:\" and a path, or \"postgres://\" and a database, {mend}"));
        default()
    })
}

/// The place that a URL names; `resolve` says where relative paths start.
///
/// # Errors
/// Words that go on after what was expected: what was found instead, as far as it can hold no password, and how to mend it.
pub fn place(url: &str, resolve: impl Fn(&std::path::Path) -> PathBuf) -> Result<Place, String> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let address = url.parse::<Address>().map_err(|illegal| format!("found one that cannot be used: {illegal}"))?;
        return Ok(Place::Postgres(Box::new(address.with_files(resolve))));
    }
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Err("found something else; these are the stores there are".to_owned());
    };
    let mend = match path {
        _ if path.contains(['?', '#', '\0']) => "leave out the parameters",
        _ if path.starts_with("//") && !path.starts_with("///") => "write sqlite:keyward.db or sqlite:/folder/keyward.db",
        "" => "add the path",
        ":memory:" => "what is acknowledged has to be on disk: write a path",
        _ => return Ok(Place::Sqlite(resolve(path.as_ref()))),
    };
    Err(format!("found {url:?}; {mend}"))
}
