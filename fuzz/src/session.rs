use std::sync::Arc;

use bolero::{TypeGenerator, check};
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    entropy::Entropy,
    model::{
        epoch::{Epoch, Revision},
        id::UserId,
        session::Session,
        time::{Seconds, Timestamp},
        user::{Origin, PasswordHash, User},
    },
    session::{Cookie, Lasting, open, signed_in},
    user_auth::authenticate,
};
use secrecy::ExposeSecret;

use crate::keys::NOW;
use crate::pieces::{Change, Piece, changed, text};

const LASTING: Lasting = Lasting { idle: Seconds(60), lifetime: Seconds(600) };

fn user() -> Arc<User> {
    Arc::new(User {
        id: UserId([5; 16]),
        username: "dory".to_owned(),
        epoch: Epoch(1),
        sign_in_epoch: Epoch(2),
        revision: Revision(0),
        password: PasswordHash("$argon2id$".into()),
        admin_since: None,
        disabled_at: None,
        created_at: Timestamp(0),
        origin: Origin::Registered,
    })
}

/// A session, and the text of its cookie.
fn opened(bits: u8) -> (Arc<Session>, String) {
    let proof = authenticate(Some(user()), Ok(()), NOW).unwrap();
    let (session, cookie) = open(&proof, "", LASTING, NOW, &Entropy::from_bytes(&[bits; Entropy::LENGTH]));
    (Arc::new(session), cookie.to_secret().expose_secret().to_owned())
}

/// Whether a browser with this cookie sits in `session`, whichever one the cookie names.
fn signs_in(text: &str, session: &Arc<Session>) -> bool {
    Cookie::parse(text)
        .is_some_and(|cookie| signed_in(&cookie, Some(session.clone()), Some(user()), LASTING.idle, Timestamp(0), NOW).is_ok())
}

/// A text that was not made by changing a cookie.
#[derive(Clone, Debug, TypeGenerator)]
enum Forged {
    Text(Vec<Piece>),
    Encoded(Vec<u8>),
    /// The right session.
    WellFormed([u8; 32]),
}

#[test]
fn what_was_not_made_here_signs_nobody_in() {
    let (session, _) = opened(1);
    check!().with_type::<Forged>().for_each(|forged| {
        let encoded = |bytes: &[u8]| format!("kws_{}", BASE64URL_NOPAD.encode(bytes));
        let text = match forged {
            Forged::Text(pieces) => text(pieces, &["kws_", "kwc_", "A", "AAAAAAAAAAAAAAAA", "="]),
            Forged::Encoded(bytes) => encoded(bytes),
            Forged::WellFormed(secret) => encoded(&[&session.id.0[..], secret].concat()),
        };
        let known = matches!(forged, Forged::WellFormed(secret) if *secret == [1; 32]);
        assert!(!signs_in(&text, &session) || known, "{text:?}");
        if let Some(cookie) = Cookie::parse(&text) {
            assert_eq!(cookie.to_secret().expose_secret(), text);
        }
    });
}

#[test]
fn a_cookie_opens_its_own_session_and_no_other() {
    let ((session, own), (other, another)) = (opened(1), opened(2));
    check!().with_type::<Vec<Change>>().for_each(|changes| {
        let changed = changed(&own, changes, &[&another]);
        // The session's name is only how it is found; what counts is the secret behind it.
        let secret = |text: &str| Cookie::parse(text).map(|cookie| cookie.to_secret().expose_secret()[26..].to_owned());
        assert!(!signs_in(&changed, &session) || secret(&changed) == secret(&own), "{changed:?}");
        assert!(!signs_in(&changed, &other) || secret(&changed) == secret(&another), "{changed:?}");
        assert!(signs_in(&own, &session) && !signs_in(&own, &other));
    });
}
