//! From the tree to the [`Config`]: section by section, then what has to fit together.

use std::{net::SocketAddr, path::Path};

use keyward_rules::{provision::WantedClient, registration::misfits_among, throttle::canonical_account};
use keyward_server::{cors::Cors, directory::DirectorySettings, pages::PagesSettings, provision::ConfiguredUser};
use keyward_store::Place;
use toml::de::DeTable;

use super::{
    Config, audience,
    audience::AudienceSettings,
    client,
    client::ClientSettings,
    client_checks, cors,
    cors::CorsSettings,
    directory,
    directory::DirectoryFileSettings,
    file::File,
    issuer::TopSettings,
    keys,
    keys::KeyFileSettings,
    korap,
    korap::KorapSettings,
    limits,
    limits::LimitSettings,
    listener,
    listener::{ConfiguredListener, ListenerFileSettings},
    log::LogSettings,
    metrics::MetricsSettings,
    oauth_properties::OAuthProperties,
    pages,
    pages::{PagesFileSettings, ScopeSettings},
    passwords,
    passwords::PasswordSettings,
    registration,
    registration::RegistrationSettings,
    registry,
    section::Section,
    sessions,
    sessions::SessionSettings,
    setting::Settings,
    store,
    store::StoreSettings,
    throttle::ThrottleSettings,
    tokens,
    tokens::TokenSettings,
    user,
    user::UserSettings,
};

/// The configuration, if there is enough to make one; what is wrong is recorded in `file`.
pub fn read(file: &File<'_>, table: &DeTable<'_>, path: &Path) -> Option<Config> {
    let top = Section::top(file, table);
    let TopSettings { issuer } = Settings::read(&top);
    let store = store(&top);
    let (keys_at, keys) = taken::<KeyFileSettings>(top.section("keys"));
    let keys = keys::resolve(&keys_at, keys);
    let (tokens, cors) = with_property_spelling(&top);
    let (_, log) = taken::<LogSettings>(top.section("log"));
    let (metrics_at, metrics) = taken::<MetricsSettings>(top.section("metrics"));
    let (_, limits) = taken::<LimitSettings>(top.section("limits"));
    let (_, passwords) = taken::<PasswordSettings>(top.section("passwords"));
    let (_, throttle) = taken::<ThrottleSettings>(top.section("throttle"));
    let (sessions_at, sessions) = taken::<SessionSettings>(top.section("sessions"));
    let sessions = sessions::resolve(&sessions_at, &sessions);
    let (korap_at, korap) = taken::<KorapSettings>(top.section("korap"));
    let korap_files = korap::files(&korap_at, &korap);
    korap::refuse_files_of_others(&korap_at, &korap_files, store.file(), &keys);
    let pages = pages(&top);
    let listeners = listeners(&top, metrics.address.map(|address| (&metrics_at, address)));
    listener::warn_of_no_https(&top, issuer.as_deref(), listeners.as_deref());

    let audiences = each(&top, "audience", |section, settings: AudienceSettings| audience::resolve(section, settings, keys.algorithm));
    registry::refuse_twins(audiences.iter().filter_map(|(at, one)| Some((at, "identifier", &one.as_ref()?.audience))));
    let audiences: Option<Vec<_>> = audiences.into_iter().map(|(_, one)| one).collect();

    let clients = each(&top, "client", |section, settings: ClientSettings| client::resolve(section, settings, &tokens, keys.algorithm));
    registry::refuse_twins(clients.iter().filter_map(|(at, one)| Some((at, "id", &one.as_ref()?.id))));
    registry::warn_of_legacy_grants(clients.iter().filter_map(|(at, one)| Some((at, one.as_ref()?))));
    // While an audience cannot be read, nobody can say which are listed.
    for (section, client, servers) in clients.iter().filter_map(|(at, one)| Some((at, one.as_ref()?, audiences.as_ref()?))) {
        client_checks::record(section, misfits_among(&client.registration, servers));
    }
    let clients: Option<Vec<WantedClient>> = clients.into_iter().map(|(_, one)| one).collect();
    let (registration_at, registration) = taken::<RegistrationSettings>(top.section("registration"));
    let registration = registration::resolve(&registration_at, registration, &tokens, keys.algorithm, audiences.as_deref());
    let users = users(&top);
    let directory = directory(&top);
    top.finish();

    Some(Config {
        file: path.into(),
        issuer: issuer?,
        store,
        keys,
        tokens,
        log,
        metrics: metrics.address,
        body: limits.body,
        limits: limits::resolve(&limits),
        passwords: passwords::resolve(&passwords),
        directory: directory?,
        throttle: throttle.enabled,
        sessions,
        registration,
        cors,
        korap: korap::resolve(&korap),
        korap_files,
        pages,
        listeners: listeners?,
        audiences: audiences?,
        clients: clients?,
        users: users?,
        warnings: Vec::new(),
    })
}

/// Where the store is.
pub fn store(top: &Section<'_>) -> Place {
    let (store_at, settings) = taken::<StoreSettings>(top.section("store"));
    store::resolve(&store_at, &settings)
}

fn with_property_spelling(top: &Section<'_>) -> (TokenSettings, Cors) {
    let (tokens_at, mut tokens) = taken::<TokenSettings>(top.section("tokens"));
    let (cors_at, cors) = taken::<CorsSettings>(top.section("cors"));
    let authentication = top.section("authentication");
    let (properties, oauth) = taken::<OAuthProperties>(authentication.section("oauth"));
    authentication.finish();
    tokens::merge(&tokens_at, &mut tokens, &properties, &oauth);
    (tokens, cors::resolve(&cors_at, &cors, &properties, &oauth))
}

fn pages(top: &Section<'_>) -> PagesSettings {
    let (pages_at, pages) = taken::<PagesFileSettings>(top.section("pages"));
    let scopes = each(top, "scope", |_, settings: ScopeSettings| Some((settings.name?, settings.description?)));
    registry::refuse_twins(scopes.iter().filter_map(|(at, one)| Some((at, "name", &one.as_ref()?.0))));
    pages::resolve(&pages_at, pages, scopes.into_iter().filter_map(|(_, one)| one).collect())
}

fn listeners(top: &Section<'_>, metrics: Option<(&Section<'_>, SocketAddr)>) -> Option<Vec<ConfiguredListener>> {
    let listeners = each(top, "listener", |section, settings: ListenerFileSettings| listener::resolve(section, settings));
    if !top.has("listener") {
        top.problem("listener", "expected at least one section [[listener]], found none; add one with its address".into());
    }
    let addresses = listeners.iter().filter_map(|(at, one)| Some((at, one.as_ref()?.settings.address)));
    // Port 0 is another port each time.
    let fixed = addresses.chain(metrics).filter(|(_, address)| address.port() != 0);
    registry::refuse_twins(fixed.map(|(at, address)| (at, "address", address)));
    listeners.into_iter().map(|(_, one)| one).collect()
}

fn users(top: &Section<'_>) -> Option<Vec<ConfiguredUser>> {
    let users = each(top, "user", |section, settings: UserSettings| user::resolve(section, settings));
    registry::refuse_twins(users.iter().filter_map(|(at, one)| Some((at, "username", canonical_account(&one.as_ref()?.username)))));
    users.into_iter().map(|(_, one)| one).collect()
}

/// The directory, if there is such a section; none at all if it is not sound.
fn directory(top: &Section<'_>) -> Option<Option<DirectorySettings>> {
    let section = top.section("directory");
    if !top.has("directory") {
        return Some(None);
    }
    let (section, settings) = taken::<DirectoryFileSettings>(section);
    directory::resolve(&section, settings)
}

/// A section with what it says.
fn taken<'a, T: Settings>(section: Section<'a>) -> (Section<'a>, T) {
    let settings = T::read(&section);
    section.finish();
    (section, settings)
}

/// Each section `[[key]]` with what it was resolved to, if that could be.
fn each<'a, T: Settings, R>(
    top: &Section<'a>,
    key: &'static str,
    resolve: impl Fn(&Section<'a>, T) -> Option<R>,
) -> Vec<(Section<'a>, Option<R>)> {
    let resolved = top.sections(key).into_iter().map(taken).map(|(section, settings)| {
        let one = resolve(&section, settings);
        (section, one)
    });
    resolved.collect()
}
