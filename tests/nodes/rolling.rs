//! A rolling restart behind a load balancer.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use keyward_cluster::HaProxy;
use rustix::process::Signal;

use super::{Shared, load::while_clients_go_on};
use crate::client::{Answer, Request, Site};
use crate::fixture::{C1, DORY};
use crate::operation::signals::eventually;

/// How many clients there are: half of them keep their connection, half of them make one for each request.
const CLIENTS: u16 = 8;

/// How long they ask as fast as they can, to find out how much that is.
const MEASURED: Duration = Duration::from_secs(3);

#[test]
fn a_rolling_restart_behind_a_load_balancer_fails_no_request() {
    let Some(shared) = Shared::start(&[]) else { return };
    let home = || shared.home().with("[limits]\nnotice_time = '3s'\n[log]\nlevel = 'info'");
    let nodes = [home().start(), home().start(), home().start()];
    let backends = nodes.each_ref().map(|node| node.standard().address);
    let haproxy = HaProxy::start(&shared.folder.path().join("haproxy"), &backends).unwrap();
    let site = Site::new(haproxy.address());
    eventually("all nodes behind the load balancer", || backends.iter().all(|backend| haproxy.is_up(*backend)));

    let (most, ()) = asked(&site, Duration::ZERO, || thread::sleep(MEASURED));
    assert!(most.failed.is_empty(), "before anything happens: {:?}", most.failed);
    // Each client takes its time: all together ask for seven tenths of what could be done, whatever that is here.
    let pace = MEASURED * u32::from(CLIENTS) * 10 / (most.lives * 7);
    let (done, nodes) = asked(&site, pace, || {
        nodes.map(|node| {
            let address = node.standard().address;
            node.signal(Signal::TERM);
            eventually("that requests go elsewhere", || !haproxy.is_up(address));
            let (home, status) = node.wait();
            assert!(status.success(), "{status}");
            let node = home.start();
            eventually("that requests come back", || haproxy.is_up(address));
            node
        })
    });
    assert!(done.failed.is_empty(), "{} of {} failed, such as {:?}", done.failed.len(), done.lives, done.failed.first());
    assert!(done.lives > most.lives, "they went on: {} lives in {MEASURED:?}, and then {}", most.lives, done.lives);
    drop(nodes);
}

/// What became of requests.
struct Asked {
    /// How many times a client has logged in and done something with that.
    lives: u32,
    /// What went wrong, each time.
    failed: Vec<String>,
}

/// Lets clients live, one life each `pace` or as fast as they can, until `meanwhile` is over.
fn asked<T>(site: &Site, pace: Duration, meanwhile: impl FnOnce() -> T) -> (Asked, T) {
    let (lives, failed) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let client = |number: usize| {
        let begun = Instant::now();
        if let Err(error) = live(site, number.is_multiple_of(2)) {
            failed.lock().unwrap().push(error);
        }
        lives.fetch_add(1, SeqCst);
        thread::sleep(pace.saturating_sub(begun.elapsed()));
    };
    let done = while_clients_go_on(CLIENTS.into(), client, meanwhile);
    (Asked { lives: lives.into_inner(), failed: failed.into_inner().unwrap() }, done)
}

/// Logs in, uses the token, refreshes it and gives it back; an error says what did not go well. Nothing is asked twice.
fn live(site: &Site, stays: bool) -> Result<(), String> {
    let send = |path: &str, form: &[(&str, &str)]| sent(site.post(path).basic(C1).form(form), stays);
    let login = send("/oauth/token", &[("grant_type", "password"), ("username", DORY.0), ("password", DORY.1)])?.tokens();
    for _ in 0..4 {
        let told = send("/oauth/introspect", &[("token", &login.access)])?;
        if told.json()["active"] != true {
            return Err(format!("a token that is good: {told:?}"));
        }
    }
    let refreshed = send("/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", login.refresh())])?.tokens();
    send("/oauth/revoke", &[("token", refreshed.refresh())]).map(drop)
}

fn sent(request: Request<'_>, stays: bool) -> Result<Answer, String> {
    let request = if stays { request } else { request.header("Connection", "close") };
    match request.attempt() {
        Ok(answer) if answer.status == 200 => Ok(answer),
        Ok(answer) => Err(format!("{answer:?}")),
        Err(error) => Err(error.to_string()),
    }
}
