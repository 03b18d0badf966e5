//! Tickets: what a page's form carries, so that a post proves that this browser was shown this form.
//!
//! A ticket is sealed, and bound to a purpose, to the browser and, once somebody is signed in, to their session. So no other
//! site can make one (RFC 9700 §4.7), no other browser can use it, and the request that waits behind a form cannot be edited.

use std::fmt;

use aws_lc_rs::aead::{Aad, Nonce};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::{
    key_ring::{KeyRing, KeyUse, Material},
    model::{
        id::{AuthorizationId, SessionId},
        time::{Seconds, Timestamp},
    },
};

/// The longest a page of any purpose may lie open.
pub const LONGEST_OPEN: Seconds = Seconds(3600);

/// The form a ticket is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in.
    SignIn,
    /// Saying yes or no to an application.
    Consent,
    /// Entering the code that a device shows.
    DeviceCode,
    /// Saying yes or no to a device.
    Device,
    /// What one does with one's own account.
    Account,
    /// Being told what was just done there. It is in an address, so nothing else may come of it.
    Notice,
    /// Signing out.
    SignOut,
}

/// Whom a ticket is made for.
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    /// The value of the cookie that tells browsers apart.
    pub browser: &'a str,
    /// The session, if somebody is signed in.
    pub session: Option<SessionId>,
}

/// What waits behind a form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Names what comes of the form: a second post finds it taken.
    pub id: AuthorizationId,
    /// When the page was made.
    pub made_at: Timestamp,
    /// Where to go on, or what was asked.
    pub content: String,
}

impl Purpose {
    /// How long a page may lie open.
    #[must_use]
    pub fn lifetime(self) -> Seconds {
        match self {
            // An answer must find the row of its first post, and a code's row is cleaned away soon after its end.
            Purpose::Consent | Purpose::Device => Seconds(600),
            Purpose::Notice => Seconds(60),
            Purpose::SignIn | Purpose::DeviceCode | Purpose::Account | Purpose::SignOut => LONGEST_OPEN,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Purpose::SignIn => "sign in",
            Purpose::Consent => "consent",
            Purpose::DeviceCode => "device code",
            Purpose::Device => "device",
            Purpose::Account => "account",
            Purpose::Notice => "notice",
            Purpose::SignOut => "sign out",
        }
    }
}

impl Ticket {
    /// The ticket as a form carries it; `None` if the ring has no key for it.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, holder: Holder<'_>, ring: &KeyRing, nonce: [u8; 12]) -> Option<String> {
        let key = ring.current(KeyUse::Form, self.made_at)?;
        let Material::Form(sealing) = &key.material else { return None };
        let mut sealed = postcard::to_allocvec(self).ok()?;
        sealing.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound(purpose, holder), &mut sealed).ok()?;
        let mut bytes = Vec::with_capacity(16 + sealed.len());
        bytes.extend_from_slice(&key.id.to_be_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Some(BASE64URL_NOPAD.encode(&bytes))
    }

    /// Opens what a form sent; `None` unless it was made for this purpose and holder, and lately.
    #[must_use]
    pub fn open(text: &str, purpose: Purpose, holder: Holder<'_>, ring: &KeyRing, now: Timestamp) -> Option<Self> {
        let mut bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (head, sealed) = bytes.split_at_mut_checked(16)?;
        let (id, nonce) = head.split_at_checked(4)?;
        let key = ring.get(KeyUse::Form, u32::from_be_bytes(id.try_into().ok()?))?;
        let Material::Form(opening) = &key.material else { return None };
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = opening.open_in_place(nonce, bound(purpose, holder), sealed).ok()?;
        let ticket: Ticket = postcard::from_bytes(opened).ok()?;
        (now < ticket.made_at + purpose.lifetime()).then_some(ticket)
    }
}

/// What the seal is bound to. The parts cannot run into each other: the label has no NUL, the session a fixed length.
fn bound(purpose: Purpose, holder: Holder<'_>) -> Aad<Vec<u8>> {
    let mut bytes = b"keyward ticket 1 ".to_vec();
    bytes.extend_from_slice(purpose.label().as_bytes());
    bytes.push(0);
    match holder.session {
        None => bytes.push(0),
        Some(session) => {
            bytes.push(1);
            bytes.extend_from_slice(&session.0);
        }
    }
    bytes.extend_from_slice(holder.browser.as_bytes());
    Aad::from(bytes)
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_ring::Key;

    fn ring() -> KeyRing {
        let material = Material::read(7, KeyUse::Form, &[9; 32]).unwrap();
        KeyRing::new(vec![Key { id: 7, created_at: Timestamp(0), use_from: Timestamp(0), keep_until: None, material }])
    }

    #[test]
    fn sec_a21_a_ticket_opens_only_unchanged_for_its_purpose_its_browser_and_its_session_and_in_time() {
        let ring = ring();
        let session = |byte| Some(SessionId([byte; 16]));
        let own = Holder { browser: "b", session: session(1) };
        let ticket = Ticket { id: AuthorizationId([3; 16]), made_at: Timestamp(1000), content: "scope=read".to_owned() };
        let sealed = ticket.seal(Purpose::Consent, own, &ring, [5; 12]).unwrap();
        let open = |text: &str, purpose, holder, now| Ticket::open(text, purpose, holder, &ring, Timestamp(now));
        assert_eq!(open(&sealed, Purpose::Consent, own, 600_999), Some(ticket));
        assert_eq!(open(&sealed, Purpose::Consent, own, 601_000), None);
        assert_eq!(open(&sealed, Purpose::Account, own, 2000), None);
        for other in [Holder { browser: "c", ..own }, Holder { session: session(2), ..own }, Holder { session: None, ..own }] {
            assert_eq!(open(&sealed, Purpose::Consent, other, 2000), None);
        }
        for place in 0..sealed.len() {
            let mut edited = sealed.clone().into_bytes();
            edited[place] = if edited[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(open(std::str::from_utf8(&edited).unwrap(), Purpose::Consent, own, 2000), None, "{place}");
        }
    }
}
