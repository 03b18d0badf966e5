//! What all requests share.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use aws_lc_rs::rand::SystemRandom;
use keyward_rules::{
    entropy::Entropy,
    key_ring::{KeyRing, KeyUse},
    model::{
        client::ResourceServer,
        time::{Seconds, Timestamp},
    },
    self_registration::Terms,
    session::Lasting,
};
use keyward_store::{
    Store, StoreError,
    keys::{self, KeyError},
    lease::Lease,
    root_key::RootKeys,
};
use keyward_wire::{
    error::{Code, Refusal},
    profile::Profile,
};
use tokio::{sync::Mutex, time::sleep};
use zeroize::Zeroizing;

use crate::{
    browser::cookies::CookieNames, cors::Cors, directory::Directory, hashing::Hashing, korap, korap::admin_token::AdminToken,
    metrics::Metrics, node, node::Node, oauth::metadata::Documents, pages::Pages, random::random, throttle::Throttle,
};

/// What the configuration says and a reload may change.
#[derive(Clone)]
pub struct Reloadable {
    /// The issuer, byte for byte as it goes into tokens and metadata.
    pub issuer: String,
    /// The resource servers that tokens can be for; none listed: any.
    pub servers: Vec<ResourceServer>,
    /// Which browser origins may call.
    pub cors: Cors,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// How long a new key is published before it is used.
    pub publish_before_use: Seconds,
    /// What the cookies of browsers are called.
    pub cookies: CookieNames,
    /// How long browser sessions last.
    pub sessions: Lasting,
    /// What holds for the KorAP API.
    pub korap: korap::Settings,
    /// What administrators may prove there who they are with, beside passwords and access tokens.
    pub admin_token: Option<AdminToken>,
    /// Which clients may register themselves, and as what.
    pub registration: Terms,
    /// What pages are made with.
    pub pages: Arc<Pages>,
    /// Where users are looked for who have no password here.
    pub directory: Option<Arc<Directory>>,
}

/// One server: its store, its keys, its directory.
pub struct App {
    /// What a reload may change.
    pub settings: ArcSwap<Reloadable>,
    /// What is remembered.
    pub store: Store,
    /// The keys in use.
    pub ring: ArcSwap<KeyRing>,
    /// The key they are encrypted with; locked while keys are changed.
    pub root: Mutex<RootKeys>,
    /// The pool for slow hashes.
    pub hashing: Hashing,
    /// Who tries too often.
    pub throttle: Throttle,
    /// The metadata documents made last.
    pub metadata: Documents,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What it knows as one of several nodes.
    pub node: Node,
    /// What making keys and signatures takes random bits from. (All others come from the operating system at once: this source
    /// spends some 50 ms on beginning.)
    pub random: SystemRandom,
}

/// What a handler gets: the server, and the profile of the listener the request came in on.
#[derive(Clone)]
pub struct Site {
    /// The server.
    pub app: Arc<App>,
    /// The listener's profile.
    pub profile: &'static Profile,
}

impl App {
    /// The time. Whoever decides looks once, so that all of one decision is at one moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Fresh random bits for one attempt.
    ///
    /// # Errors
    /// The system has none to give.
    pub fn entropy(&self) -> Result<Entropy, Refusal> {
        let drawn = random().map_err(|_| Refusal::new(Code::Defect, "entropy", "the system's random source failed"));
        let bytes = Zeroizing::new(drawn?);
        Ok(Entropy::from_bytes(&bytes))
    }

    /// Makes the first key for each of `uses` that has none, and takes the ring into use. Where other nodes are at work on the store, it
    /// returns once they know of a new key: nothing may be made with it before.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn ensure_keys(&self, uses: &[KeyUse]) -> Result<(), KeyError> {
        let known = keys::load(&self.store, &*self.root.lock().await).await?;
        let now = self.now();
        if uses.iter().all(|usage| known.current(*usage, now).is_some()) {
            self.ring.store(Arc::new(known));
            return Ok(());
        }
        // The root key is not held while another node is waited for: requests need it.
        let make = async { keys::ensure(&self.store, &*self.root.lock().await, uses, self.now(), &self.random).await };
        let ring = Lease::SettingUp.during(&self.store, make).await?;
        self.ring.store(Arc::new(ring.keys));
        if ring.others_must_learn {
            sleep(node::BOUND).await;
        }
        Ok(())
    }

    /// Reads the keys anew, after they were changed.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn reload_keys(&self) -> Result<(), KeyError> {
        let mut root = self.root.lock().await;
        let ring = match keys::load(&self.store, &root).await {
            // Another node may have replaced the root key, and the new one be in its place by now.
            Err(KeyError::Store(StoreError::Corrupt { .. })) if self.store.is_shared() => {
                root.read_anew()?;
                keys::load(&self.store, &root).await
            }
            known => known,
        };
        self.ring.store(Arc::new(ring?));
        Ok(())
    }
}
