//! The one configuration: `keyward.toml`, read into plain types.
//!
//! 1. [`load`] reads the file and parses it into a tree with places (`toml`); what is no TOML ends it here.
//! 2. Each section is read as it is declared (`settings!` in the file of its name): every setting once, with its
//!    meaning, form, default and example. The reference page is made of the same declarations.
//! 3. Sections are resolved into what the rest of the program takes, with the defaults that depend on others,
//!    and checked against each other (`client_checks`, `registry`).
//! 4. Where that is asked for ([`check`]), what a server opens besides is looked at (`surroundings`).
//! 5. Whatever was wrong on the way is returned, all of it, in the order of the file. Else the [`Config`] is.

pub mod audience;
pub mod client;
mod client_checks;
mod cors;
mod directory;
mod file;
pub mod format;
mod issuer;
pub mod keys;
mod korap;
mod limits;
pub mod listener;
pub mod log;
mod metrics;
mod oauth_properties;
mod pages;
mod passwords;
pub mod problem;
mod read;
pub mod redirect_uri;
#[cfg(test)]
mod reference;
mod registration;
mod registry;
mod secret_source;
pub mod section;
mod sessions;
pub mod setting;
pub mod store;
mod surroundings;
#[cfg(test)]
mod tests;
mod throttle;
pub mod tokens;
mod user;

use std::{
    ffi::OsString,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use keyward_rules::{model::client::ResourceServer, provision::WantedClient, self_registration::Terms, session::Lasting};
use keyward_server::{
    cors::Cors, directory::DirectorySettings, hashing::HashingSettings, listener::Limits, pages::PagesSettings, provision::ConfiguredUser,
};
use keyward_store::Place;
use toml::de::DeTable;

use self::{
    file::{Environment, File},
    keys::KeySettings,
    korap::KorapFiles,
    listener::ConfiguredListener,
    log::LogSettings,
    problem::{LoadError, Problem},
    section::Section,
    tokens::TokenSettings,
};

/// Everything the file says, with every default filled in and every path made absolute or relative to the
/// current folder.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    /// What tokens and metadata name as their origin.
    pub issuer: String,
    /// Where everything is kept.
    pub store: Place,
    /// The root key and the keys that sign.
    pub keys: KeySettings,
    /// What tokens look like unless a client says otherwise.
    pub tokens: TokenSettings,
    /// What is logged.
    pub log: LogSettings,
    /// Where Prometheus reads.
    pub metrics: Option<SocketAddr>,
    /// The largest request body, in bytes.
    pub body: usize,
    /// What clients may take of the listeners.
    pub limits: Limits,
    /// How passwords are hashed.
    pub passwords: HashingSettings,
    /// Where users are looked for who have no password here.
    pub directory: Option<DirectorySettings>,
    /// Whether guessing is slowed down.
    pub throttle: bool,
    /// How long people stay signed in.
    pub sessions: Lasting,
    /// Which clients may register themselves.
    pub registration: Terms,
    /// Which web pages may call.
    pub cors: Cors,
    /// What holds for the KorAP API.
    pub korap: keyward_server::korap::Settings,
    /// The files of the KorAP API.
    pub korap_files: KorapFiles,
    /// How pages look, and what they say.
    pub pages: PagesSettings,
    /// Where to listen; at least one.
    pub listeners: Vec<ConfiguredListener>,
    /// The resource servers; if there are none, tokens may be for anyone.
    pub audiences: Vec<ResourceServer>,
    /// The clients.
    pub clients: Vec<WantedClient>,
    /// The users.
    pub users: Vec<ConfiguredUser>,
    /// What the operator should know, in the order of the file.
    pub warnings: Vec<Problem>,
}

/// Reads the configuration file at `path`, and the files and environment variables it names.
///
/// # Errors
/// It cannot be read, or is not valid; then with everything that is wrong with it.
pub fn load(path: &Path) -> Result<Config, LoadError> {
    parse(path, &text(path)?, &variable)
}

/// As [`load`], and looks at what a server opens besides: the certificates, the root key, the place of the store, the
/// templates of the pages.
///
/// # Errors
/// As [`load`], or a server would not start with it.
pub fn check(path: &Path) -> Result<Config, LoadError> {
    parse_and(surroundings::check, path, &text(path)?, &variable)
}

fn text(path: &Path) -> Result<String, LoadError> {
    fs::read_to_string(path).map_err(|cause| LoadError::Unreadable { file: path.into(), cause })
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Where the store is, going by nothing but its own section: enough to reach the server that has it open, even while the
/// rest of the file is not valid, or names variables that only the server has. `None` where that section says nothing sure.
pub fn place(path: &Path) -> Option<Place> {
    let text = fs::read_to_string(path).ok()?;
    let file = File::new(path, &text, &|_| None);
    let (tree, illegal) = DeTable::parse_recoverable(&text);
    let place = read::store(&Section::top(&file, tree.get_ref()));
    let (problems, _) = file.into_findings();
    (illegal.is_empty() && problems.is_empty()).then_some(place)
}

fn parse(path: &Path, text: &str, environment: Environment<'_>) -> Result<Config, LoadError> {
    parse_and(|_, _| (), path, text, environment)
}

fn parse_and(look: fn(&Section<'_>, &Config), path: &Path, text: &str, environment: Environment<'_>) -> Result<Config, LoadError> {
    let file = File::new(path, text, environment);
    let (tree, illegal) = DeTable::parse_recoverable(text);
    for error in &illegal {
        file.problem(error.span().map_or(0, |span| span.start), String::new(), not_toml(&file, error));
    }
    let config = illegal.is_empty().then(|| read::read(&file, tree.get_ref(), path)).flatten();
    if let Some(config) = &config {
        look(&Section::top(&file, tree.get_ref()), config);
    }
    let (problems, warnings) = file.into_findings();
    match config {
        Some(config) if problems.is_empty() => Ok(Config { warnings, ..config }),
        _ => Err(LoadError::Invalid(problems)),
    }
}

/// What is wrong with the TOML. The line itself is not shown: it may hold a secret.
fn not_toml(file: &File<'_>, error: &toml::de::Error) -> String {
    match (error.message(), error.span()) {
        ("duplicate key", Some(span)) => format!("found {} a second time; remove one of the two", file.excerpt(span)),
        (message, _) => format!("this is no TOML: {message}"),
    }
}
