//! Leases: what one node does for all of them, or one after the other.
//!
//! A lease is taken for a time by whoever asks first, and renewed by asking again; who works on a store alone has every one. Its
//! holder gives it back when it is done; if it is killed instead, the lease runs out. Times are the database's, so that the nodes'
//! clocks do not matter.

use std::{pin::pin, time::Duration};

use keyward_rules::model::time::{Seconds, Timestamp};

use tokio::time::sleep;
use tracing::warn;

use crate::{error::StoreError, statement, store::Store};

/// How long until a lease that another node has is asked for again.
const PAUSE: Duration = Duration::from_millis(100);

/// For how long work is leased at a time.
const TERM: Seconds = Seconds(10);
/// How long after that work has begun or was renewed it is renewed.
const RENEWAL: Duration = Duration::from_secs(3);

/// What is leased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Making and replacing keys, and bringing the registry in line with the configuration.
    SettingUp,
    /// Removing what has ended.
    CleaningUp,
    /// Working on the store: each node has one of its own, so that whoever replaces the store knows of them all.
    Serving,
}

impl Lease {
    fn name(self, store: &Store) -> String {
        match self {
            Lease::SettingUp => "setting up".to_owned(),
            Lease::CleaningUp => "cleaning up".to_owned(),
            Lease::Serving => format!("serving {:016x}", store.node()),
        }
    }

    /// Takes it for `time`, or renews it; `false` if another node has it.
    ///
    /// # Errors
    /// The database does not work now.
    pub async fn take(self, store: &Store, time: Seconds) -> Result<bool, StoreError> {
        if !store.is_shared() {
            return Ok(true);
        }
        let Timestamp(now) = store.now().await?;
        let values = vec![self.name(store).into(), store.node().into(), now.saturating_add(time.millis()).into(), now.into()];
        Ok(store.execute(&statement::TAKE_LEASE, values).await? == 1)
    }

    /// Waits until it is free, and does `work` while this node has it. A node that is killed meanwhile has it for [`TERM`] yet.
    ///
    /// # Errors
    /// The database does not work now, or what the work comes to.
    pub async fn during<T, E: From<StoreError>>(self, store: &Store, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        while !self.take(store, TERM).await? {
            sleep(PAUSE).await;
        }
        let mut work = pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                () = sleep(RENEWAL) => drop(self.take(store, TERM).await),
            }
        };
        if let Err(error) = self.give_back(store).await {
            warn!(%error, "a lease was not given back; it runs out by itself");
        }
        done
    }

    /// Gives it back, if this node has it.
    ///
    /// # Errors
    /// The database does not work now; the lease runs out.
    pub async fn give_back(self, store: &Store) -> Result<(), StoreError> {
        if !store.is_shared() {
            return Ok(());
        }
        store.execute(&statement::RETURN_LEASE, vec![self.name(store).into(), store.node().into()]).await.map(drop)
    }
}
