//! Authenticating clients (RFC 6749 §2.3, §3.2.1): from what a request presents to a proof.

use std::sync::Arc;

use aws_lc_rs::hmac;
use keyward_wire::{
    error::{Code, Refusal},
    presented::{Presented, PresentedSecret},
    profile::Profile,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    key_ring::{KeyRing, KeyUse, Material},
    model::{
        client::{Client, ClientKind, SecretMac},
        time::Timestamp,
    },
};

/// A client that has proved who it is, as far as its kind can. Only [`authenticate`] makes one.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient(Arc<Client>);

impl AuthenticatedClient {
    /// The client itself.
    #[must_use]
    pub fn client(&self) -> &Arc<Client> {
        &self.0
    }
}

/// Accepts `presented` as `client`, which the store has under that id.
///
/// A public client needs no secret, and one that it sends all the same is not looked at.
///
/// # Errors
/// [`Code::ClientUnknown`] when there is none, or none for this profile; [`Code::SecretMissing`], [`Code::SecretWrong`].
pub fn authenticate(
    profile: &Profile,
    presented: &Presented,
    client: Option<Arc<Client>>,
    ring: &KeyRing,
) -> Result<AuthenticatedClient, Refusal> {
    let unknown = |step, reason: &'static str| Refusal::new(Code::ClientUnknown(presented.client_id().to_owned()), step, reason);
    let client = client.ok_or_else(|| unknown("client_known", "no client is registered under this id"))?;
    if !client.registration.profiles.contains(&profile.name) {
        return Err(unknown("client_profile", "the client is not registered for this listener's profile; add it to its profiles"));
    }
    if client.registration.kind == ClientKind::Public {
        return Ok(AuthenticatedClient(client));
    }
    let Presented::Secret(sent) = presented else {
        return Err(Refusal::new(
            Code::SecretMissing,
            "client_secret_present",
            "a confidential client must send its secret, as Basic header or in the form",
        ));
    };
    match &client.secret {
        Some(own) if ring.get(KeyUse::ClientSecret, own.key).is_none() => {
            let reason = "the key that client secrets are recognised with is not in the key ring";
            Err(Refusal::new(Code::Defect, "client_secret_key", reason))
        }
        Some(own) if matches(own, sent, ring) => Ok(AuthenticatedClient(client)),
        _ => Err(Refusal::new(Code::SecretWrong, "client_secret_matches", "the secret is not this client's")),
    }
}

/// How a secret is remembered: its MAC under the current key. `None` if there is no key at `now`.
#[must_use]
pub fn remember(secret: &SecretString, ring: &KeyRing, now: Timestamp) -> Option<SecretMac> {
    let key = ring.current(KeyUse::ClientSecret, now)?;
    let Material::ClientSecret(hmac_key) = &key.material else { return None };
    let mac = hmac::sign(hmac_key, secret.expose_secret().as_bytes());
    Some(SecretMac { key: key.id, mac: mac.as_ref().try_into().ok()? })
}

/// Whether `secret` is the one that is remembered so; compares in constant time.
#[must_use]
pub fn is_remembered(own: &SecretMac, secret: &SecretString, ring: &KeyRing) -> bool {
    match ring.get(KeyUse::ClientSecret, own.key).map(|key| &key.material) {
        Some(Material::ClientSecret(key)) => hmac::verify(key, secret.expose_secret().as_bytes(), &own.mac).is_ok(),
        _ => false,
    }
}

/// Whether either spelling of a presented secret is the client's.
fn matches(own: &SecretMac, sent: &PresentedSecret, ring: &KeyRing) -> bool {
    let spellings = std::iter::once(&sent.secret).chain(&sent.undecoded);
    spellings.map(|secret| is_remembered(own, secret, ring)).fold(false, |any, one| any | one)
}
