//! Opening a server's inside from its configuration: store, keys, directory, counts. What commands work on when no
//! server runs, and what a server serves.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use aws_lc_rs::rand::SystemRandom;
use keyward_rules::{
    key_ring::{KeyRing, KeyUse},
    model::client::AccessFormat,
};
use keyward_server::{
    app::{App, Reloadable},
    browser::cookies::CookieNames,
    directory::Directory,
    hashing::Hashing,
    korap::admin_token::AdminToken,
    metrics::Metrics,
    node::{Node, compare_clocks},
    oauth::metadata::Documents,
    pages::Pages,
    routes,
    throttle::Throttle,
};
use keyward_store::{
    OpenError, Store, StoreSettings,
    root_key::{RootKeySource, RootKeys},
};
use keyward_wire::profile::ProfileName;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};
use tracing::warn;

use crate::{commands::Failure, config::Config};

/// How many authorizations are kept in memory, some 500 bytes each.
const CACHE: usize = 10_000;
/// How long until a store that somebody else has open is tried again.
pub const PAUSE: Duration = Duration::from_millis(50);

/// Opens the store and the root key, makes the keys that are missing, and starts what hashes.
///
/// # Errors
/// Whatever the operator has to mend.
pub async fn open(config: &Config) -> Result<Arc<App>, Failure> {
    let random = SystemRandom::new();
    warn_of_lost_store(config);
    let store = Store::open(&StoreSettings { place: config.store.clone(), cache: CACHE }).await?;
    let root = RootKeys::load_or_create(&config.keys.root_key, &store.keys().await?, &random)?;
    let app = App {
        settings: ArcSwap::from_pointee(settings(config)?),
        store,
        ring: ArcSwap::from_pointee(KeyRing::default()),
        root: Mutex::new(root),
        hashing: Hashing::start(config.passwords)?,
        throttle: Throttle::new(config.throttle),
        metadata: Documents::default(),
        metrics: Arc::new(Metrics::new(&routes::paths())?),
        node: Node::default(),
        random,
    };
    if app.store.is_shared() {
        compare_clocks(&app).await?;
        if !app.node.clocks_agree() {
            return Err(
                "the clocks of this machine and of the database differ by more than two seconds; set both by one source (NTP)".into()
            );
        }
    }
    app.ensure_keys(&uses(config)).await?;
    Ok(Arc::new(app))
}

/// Who has a root key had a store as well: one that is made beside it is probably made in the wrong place.
fn warn_of_lost_store(config: &Config) {
    if let RootKeySource::File(key) = &config.keys.root_key
        && key.exists()
        && config.store.file().is_some_and(|database| !database.exists())
    {
        let (store, key) = (&config.store, key.display());
        warn!(%store, root_key = %key, "the root key is there and the store is not: a new one is made, without what the old one held; if that is lost, stop the server and restore a backup: keyward restore FILE");
    }
}

/// The same, and waits up to `patience` for a store that somebody has open.
///
/// # Errors
/// As [`open`].
pub async fn open_patiently(config: &Config, patience: Duration) -> Result<Arc<App>, Failure> {
    let deadline = Instant::now() + patience;
    loop {
        match open(config).await {
            Err(failure) if is_in_use(&failure) && Instant::now() < deadline => sleep(PAUSE).await,
            opened => return opened,
        }
    }
}

/// Whether somebody else has the store open.
pub fn is_in_use(failure: &Failure) -> bool {
    matches!(failure.downcast_ref(), Some(OpenError::InUse(_)))
}

/// What of the configuration a running server takes over at a reload.
///
/// # Errors
/// A page cannot be made of the operator's templates or texts; the certificates of the directory, or the administrators' token of
/// the KorAP API, cannot be read.
pub fn settings(config: &Config) -> Result<Reloadable, Failure> {
    Ok(Reloadable {
        issuer: config.issuer.clone(),
        servers: config.audiences.clone(),
        cors: config.cors.clone(),
        body_limit: config.body,
        publish_before_use: config.keys.publish_before_use,
        cookies: CookieNames::of(&config.issuer),
        sessions: config.sessions,
        korap: config.korap,
        admin_token: if serves_korap(config) { AdminToken::load(&config.korap_files.admin_token)? } else { None },
        registration: config.registration.clone(),
        pages: Arc::new(Pages::load(&config.pages)?),
        directory: config.directory.clone().map(Directory::open).transpose()?.map(Arc::new),
    })
}

/// Whether there is a listener with the KorAP API.
#[must_use]
pub fn serves_korap(config: &Config) -> bool {
    config.listeners.iter().any(|listener| listener.profile == ProfileName::Korap)
}

/// What keys are needed for: always five, and one for each algorithm that something is configured to be signed with.
#[must_use]
pub fn uses(config: &Config) -> Vec<KeyUse> {
    let mut uses = vec![KeyUse::AccessToken, KeyUse::RefreshToken, KeyUse::AuthorizationCode, KeyUse::Form, KeyUse::ClientSecret];
    let clients = config.clients.iter().map(|client| client.registration.access_format);
    let audiences = config.audiences.iter().filter_map(|audience| audience.access_format);
    for format in clients.chain(audiences).chain([AccessFormat::Jwt(config.keys.algorithm)]) {
        if let AccessFormat::Jwt(algorithm) = format
            && !uses.contains(&KeyUse::Signing(algorithm))
        {
            uses.push(KeyUse::Signing(algorithm));
        }
    }
    uses
}

/// What differs between the configuration a server was started with and a newer one, and is not taken over while it runs:
/// sections and settings.
#[must_use]
pub fn needing_a_restart(started_with: &Config, newer: &Config) -> Vec<&'static str> {
    let log = |config: &Config| (config.log.format, config.log.level);
    let differs = [
        ("store.url", started_with.store != newer.store),
        ("keys.root_key", started_with.keys.root_key != newer.keys.root_key),
        ("listener", started_with.listeners != newer.listeners),
        ("metrics.address", started_with.metrics != newer.metrics),
        ("log", log(started_with) != log(newer)),
        ("limits", started_with.limits != newer.limits),
        ("passwords", started_with.passwords != newer.passwords),
        ("throttle.enabled", started_with.throttle != newer.throttle),
        ("cors", started_with.cors != newer.cors),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(setting, _)| setting).collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, time::Duration};

    use keyward_store::sqlite::lock;
    use tokio::time::sleep;

    use super::{PAUSE, is_in_use, needing_a_restart, open_patiently};
    use crate::config::{self, Config};

    fn loaded(folder: &Path, issuer: u16, listener: &str, sections: &str) -> Config {
        let file = folder.join("keyward.toml");
        let text = format!("issuer = 'http://127.0.0.1:{issuer}'\n[[listener]]\naddress = '127.0.0.1:1'\n{listener}\n{sections}");
        fs::write(&file, text).unwrap();
        config::load(&file).unwrap()
    }

    #[test]
    fn what_a_reload_does_not_take_over_is_named_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let load = |issuer, listener, sections| loaded(folder.path(), issuer, listener, sections);
        let started_with = load(1, "", "");
        for (section, named) in [
            ("[store]\nurl = 'sqlite:other.db'", "store.url"),
            ("[keys]\nroot_key_file = 'other.key'", "keys.root_key"),
            ("[metrics]\naddress = '127.0.0.1:2'", "metrics.address"),
            ("[log]\nformat = 'json'", "log"),
            ("[limits]\nconnections = 7", "limits"),
            ("[passwords]\nqueue = 7", "passwords"),
            ("[throttle]\nenabled = false", "throttle.enabled"),
            ("[cors]\nenabled = true", "cors"),
        ] {
            assert_eq!(needing_a_restart(&started_with, &load(1, "", section)), [named], "{section}");
        }
        assert_eq!(needing_a_restart(&started_with, &load(1, "trusted_proxies = ['10.0.0.1']", "")), ["listener"]);
        let taken_over = [
            "[tokens]\naccess_lifetime = '5m'",
            "[keys]\npublish_before_use = '1m'",
            "[limits]\nbody = 2048",
            "[sessions]\nidle = '5m'",
            "[korap]\nrate_limit = 7",
            "[pages]\nname = 'Reef'",
            "[directory]\nhosts = ['localhost']\ntls = 'none'\nsearch_base = 'dc=reef'\nsearch_filter = '(uid=${login})'",
        ];
        assert_eq!(needing_a_restart(&started_with, &load(2, "", &taken_over.join("\n"))), [""; 0]);
    }

    #[tokio::test]
    async fn a_store_that_is_in_use_for_a_moment_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let config = loaded(folder.path(), 1, "", "");
        let held = lock(config.store.file().unwrap()).unwrap();
        assert!(is_in_use(&open_patiently(&config, Duration::ZERO).await.err().unwrap()));
        let release = async {
            sleep(PAUSE).await;
            drop(held);
        };
        let (opened, ()) = tokio::join!(open_patiently(&config, Duration::from_secs(60)), release);
        opened.unwrap();
    }
}
