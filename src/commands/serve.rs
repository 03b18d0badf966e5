//! `keyward serve`.
//!
//! 1. Store, keys and directory are opened, after a short wait where a command has them open, and the registry is brought in
//!    line with the configuration. What the KorAP API begins with is made, if it is to be served.
//! 2. Every address is taken, and the socket for commands; then `ready` is printed.
//! 3. It serves until SIGTERM or SIGINT, announces its end where load balancers ask, lets requests under way end, and stops;
//!    commands are answered until then. SIGHUP reads the configuration and the certificates anew. Meanwhile rows that have ended are
//!    removed, and what other nodes do is looked at.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use axum::Router;
use keyward_rules::model::time::Seconds;
use keyward_server::{
    app::{App, Site},
    control,
    korap::{admin_token::AdminToken, initial},
    listener::{Certificates, Connections, Listener, ListenerSettings, TrustedProxies, log_panics_without_payload},
    metrics,
    node::keep_looking,
    provision::{Registry, provision},
    registry::remove_unused,
    routes::routes,
    shutdown::{Shutdown, Terminations, shutdown},
};
use keyward_store::{
    StoreError,
    clean::{Cleaned, Cleaner},
    lease::Lease,
};
use keyward_wire::profile::ProfileName;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
    time::timeout,
};
use tracing::{error, info, warn};

use super::{ConfigFile, Failure};
use crate::{
    config::{self, Config, listener::ConfiguredListener},
    logging, open,
    terminal::say,
};

/// How often rows that have ended are removed.
const CLEANING: Duration = Duration::from_secs(60);
/// For how long a node takes the lease to clean; each round renews it, and a round may fail.
const TURN: Seconds = Seconds(150);
/// How long a store that somebody has open is waited for: as long as a command may need.
const PATIENCE: Duration = Duration::from_secs(2);

/// Start the server; `ready` is printed when every address answers.
///
/// Addresses and ports are those of the configuration's listeners. SIGTERM lets requests under way end, then stops; before that,
/// `limits.notice_time` gives load balancers time to send requests elsewhere. SIGHUP reads the configuration and the certificates
/// anew. Listeners, store, root key, metrics, log, limits (but the size of bodies), passwords, throttle and CORS stay as they are
/// until a restart; the log says which of them have changed.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keyward serve --config /etc/keyward/keyward.toml")]
pub struct Serve {
    #[command(flatten)]
    config: ConfigFile,
}

impl Serve {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        run(config::load(&self.config.path)?, Router::new(), || ())
    }
}

/// Serves `config`, and `beside` on every listener but those of KorAP, until it is told to stop; calls `ready` when every address answers.
pub fn run(config: Config, beside: Router, ready: impl FnOnce()) -> Result<(), Failure> {
    logging::start(&config.log);
    log_panics_without_payload();
    for warning in &config.warnings {
        warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config, beside, ready))
}

async fn serve(config: Config, beside: Router, ready: impl FnOnce()) -> Result<(), Failure> {
    if open::serves_korap(&config) {
        AdminToken::load_or_create(&config.korap_files.admin_token)?;
    }
    let app = open::open_patiently(&config, PATIENCE).await?;
    set_up(&app, &config).await?;
    if let Some(file) = &config.korap_files.super_client
        && let Some(client_id) = initial::ensure(&app, file).await?
    {
        info!(%client_id, file = %file.display(), "registered the initial super client");
    }
    let (stop, stopping) = shutdown();
    let connections = Connections::new(config.limits.clone(), app.metrics.clone());
    let mut certificates = Vec::new();
    let mut bound = Vec::new();
    for ConfiguredListener { profile, settings } in &config.listeners {
        let listener = Listener::bind(settings.clone()).await?;
        certificates.extend(listener.certificates());
        app.metadata.prepare(&app, *profile).await?;
        let own = routes(Site { app: app.clone(), profile: profile.profile() });
        bound.push((listener, if *profile == ProfileName::Korap { own } else { own.merge(beside.clone()) }));
    }
    if let Some(address) = config.metrics {
        let plain = ListenerSettings { address, certificate: None, trusted_proxies: TrustedProxies::default() };
        bound.push((Listener::bind(plain).await?, metrics::router(measured(app.clone()))));
    }
    let (mut tasks, mut commands) = (JoinSet::new(), JoinSet::new());
    let (hang_up, hung_up) = shutdown();
    // Who shares a store needs no server to reach it.
    if let Some(database) = config.store.file() {
        commands.spawn(control::socket::serve(app.clone(), &control::socket::beside(database), hung_up)?);
    }
    for (listener, router) in bound {
        info!(address = %listener.address(), "listening");
        let (connections, stopping) = (connections.clone(), stopping.clone());
        tasks.spawn(async move {
            let _ = listener.serve(router, connections, stopping).await;
        });
    }
    tasks.spawn(clean(app.clone(), stopping.clone()));
    if app.store.is_shared() {
        let (app, stopping) = (app.clone(), stopping.clone());
        tasks.spawn(async move { keep_looking(&app, stopping).await });
    }
    // Whoever reads `ready` may send signals at once.
    let (hangups, mut terminations) = (signal(SignalKind::hangup())?, Terminations::new()?);
    let notice = config.limits.notice_time;
    tasks.spawn(reload_on_hangup(app.clone(), config, certificates, hangups, stopping));
    say("ready");
    ready();
    terminations.next().await;
    if !notice.is_zero() {
        info!(?notice, "about to stop: not ready any more, and still answering");
        app.node.is_leaving.store(true, Relaxed);
        // Whoever says it twice does not want to wait.
        let _ = timeout(notice, terminations.next()).await;
    }
    info!("stopping; requests under way may end");
    stop.now();
    while tasks.join_next().await.is_some() {}
    if let Err(error) = Lease::Serving.give_back(&app.store).await {
        warn!(%error, "the store could not be told that this node has stopped; it takes it for running for a minute");
    }
    // Until now nobody else could have opened the store.
    hang_up.now();
    while commands.join_next().await.is_some() {}
    info!("stopped");
    Ok(())
}

/// Brings the registry in line with the configuration, one node after the other; returns how many entries changed.
async fn set_up(app: &App, config: &Config) -> Result<usize, Failure> {
    let wanted = Registry { clients: config.clients.clone(), users: config.users.clone() };
    Lease::SettingUp.during(&app.store, async { Ok(provision(app, wanted).await?) }).await
}

/// The metrics, with what hashing and the store have counted.
fn measured(app: Arc<App>) -> impl Fn() -> Result<String, std::fmt::Error> + Clone {
    move || {
        app.metrics.measure(&app.hashing, app.store.report());
        app.metrics.text()
    }
}

/// Removes what has ended, now and then, until the server stops.
async fn clean(app: Arc<App>, mut stopping: Shutdown) {
    let mut cleaner = Cleaner::default();
    let mut turns = tokio::time::interval(CLEANING);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = stopping.requested() => break,
        }
        match round(&app, &mut cleaner).await {
            Ok(None) => continue,
            Ok(Some(cleaned)) if cleaned.rows > 0 => info!(rows = cleaned.rows, "removed what has ended"),
            Ok(Some(cleaned)) if cleaned.left_out => continue,
            Ok(Some(_)) => {}
            Err(error) => warn!(%error, "cleaning failed; the next round goes on"),
        }
        if let Err(error) = remove_unused(&app).await {
            warn!(%error, "removing unused clients failed; the next round goes on");
        }
    }
    if let Err(error) = Lease::CleaningUp.give_back(&app.store).await {
        warn!(%error, "another node cleans only when this one's turn is over");
    }
}

/// One round, unless another node has it to do.
async fn round(app: &App, cleaner: &mut Cleaner) -> Result<Option<Cleaned>, StoreError> {
    if !Lease::CleaningUp.take(&app.store, TURN).await? {
        return Ok(None);
    }
    let now = app.store.now().await?;
    cleaner.round(&app.store, now, Instant::now()).await.map(Some)
}

/// Reads configuration and certificates anew on SIGHUP. A configuration that is not valid changes nothing.
async fn reload_on_hangup(
    app: Arc<App>,
    started_with: Config,
    certificates: Vec<Arc<Certificates>>,
    mut hangups: Signal,
    mut stopping: Shutdown,
) {
    loop {
        tokio::select! {
            _ = hangups.recv() => {}
            () = stopping.requested() => return,
        }
        match reload(&app, &started_with, &certificates).await {
            Ok(changed) => info!(changed, "reloaded"),
            Err(failure) => error!(
                failure = on_one_line(&failure),
                "the reload failed: what came before holds, what comes after stays as it was (certificates, keys, clients and users, settings, in this order); mend it, then send SIGHUP again"
            ),
        }
    }
}

/// A configuration that is not valid is told in several lines, which in a log would look like several events.
fn on_one_line(failure: &Failure) -> String {
    failure.to_string().lines().collect::<Vec<_>>().join("; ")
}

async fn reload(app: &App, started_with: &Config, certificates: &[Arc<Certificates>]) -> Result<usize, Failure> {
    let config = config::load(&started_with.file)?;
    for setting in open::needing_a_restart(started_with, &config) {
        warn!(setting, "changed in the configuration; it holds after a restart");
    }
    for certificate in certificates {
        certificate.reload()?;
    }
    app.ensure_keys(&open::uses(&config)).await?;
    let changed = set_up(app, &config).await?;
    app.settings.store(Arc::new(open::settings(&config)?));
    Ok(changed)
}
