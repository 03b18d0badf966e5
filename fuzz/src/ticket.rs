use std::sync::LazyLock;

use bolero::{TypeGenerator, check};
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    model::id::{AuthorizationId, SessionId},
    ticket::{Holder, Purpose, Ticket},
};

use crate::keys::{NOW, RING};
use crate::pieces::{Change, Piece, changed, text};

const PURPOSES: [Purpose; 7] =
    [Purpose::SignIn, Purpose::Consent, Purpose::DeviceCode, Purpose::Device, Purpose::Account, Purpose::Notice, Purpose::SignOut];

/// Whom a ticket is made for, as plain as it can be.
type Whom = (String, Option<[u8; 16]>);

fn holder(whom: &Whom) -> Holder<'_> {
    Holder { browser: &whom.0, session: whom.1.map(SessionId) }
}

fn sealed(content: &str, purpose: Purpose, whom: &Whom, nonce: [u8; 12]) -> String {
    let ticket = Ticket { id: AuthorizationId([4; 16]), made_at: NOW, content: content.to_owned() };
    ticket.seal(purpose, holder(whom), &RING, nonce).unwrap()
}

static SEALED: LazyLock<[String; 2]> =
    LazyLock::new(|| [("a", 1), ("bc", 2)].map(|(text, nonce)| sealed(text, PURPOSES[1], &<_>::default(), [nonce; 12])));

/// A text that was not made by changing a ticket.
#[derive(Clone, Debug, TypeGenerator)]
enum Forged {
    Text(Vec<Piece>),
    /// A key that there is, then anything.
    Sealed(u8, Vec<u8>),
}

#[test]
fn what_was_not_made_here_does_not_open() {
    check!().with_type::<(Forged, u8, Whom)>().for_each(|(forged, purpose, whom)| {
        let text = match forged {
            Forged::Text(pieces) => text(pieces, &["AAAABw", "kwa_", "A", "AAAAAAAAAAAAAAAA", "="]),
            Forged::Sealed(key, rest) => BASE64URL_NOPAD.encode(&[&[0, 0, 0, key % 8][..], rest].concat()),
        };
        let purpose = PURPOSES[usize::from(*purpose) % PURPOSES.len()];
        assert_eq!(Ticket::open(&text, purpose, holder(whom), &RING, NOW), None);
    });
}

#[test]
fn a_changed_ticket_does_not_open() {
    check!().with_type::<Vec<Change>>().for_each(|changes| {
        let [own, other] = &*SEALED;
        let changed = changed(own, changes, &[other]);
        let opened = Ticket::open(&changed, PURPOSES[1], holder(&<_>::default()), &RING, NOW);
        assert_eq!(
            opened.map(|ticket| ticket.content),
            SEALED.iter().position(|text| *text == changed).map(|at| ["a", "bc"][at].to_owned())
        );
    });
}

/// What a ticket is bound to cannot run together: neither can a browser's cookie look like a session and the rest of it.
#[test]
fn a_ticket_opens_for_its_own_purpose_browser_and_session_alone_and_holds_what_was_put_in() {
    check!().with_type::<(String, [u8; 12], (u8, Whom), (u8, Whom))>().for_each(|(content, nonce, (purpose, whom), (other, who_else))| {
        let purpose_of = |number: u8| PURPOSES[usize::from(number) % PURPOSES.len()];
        let text = sealed(content, purpose_of(*purpose), whom, *nonce);
        let open = |purpose, whom: &Whom| Ticket::open(&text, purpose, holder(whom), &RING, NOW).map(|ticket| ticket.content);
        assert_eq!(open(purpose_of(*purpose), whom).as_deref(), Some(&**content));
        let same = (purpose_of(*purpose), whom) == (purpose_of(*other), who_else);
        assert_eq!(open(purpose_of(*other), who_else).is_some(), same);
        if let (browser, Some(session)) = whom {
            let joined = format!("{}{browser}", String::from_utf8_lossy(session));
            assert_eq!(open(purpose_of(*purpose), &(joined, None)), None);
        }
    });
}
