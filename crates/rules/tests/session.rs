use std::sync::Arc;

use keyward_rules::{
    model::{
        digest::SecretDigest,
        id::SessionId,
        session::Session,
        time::{Seconds, Timestamp},
        user::User,
    },
    session::{Cookie, open, renew, signed_in},
};
use secrecy::ExposeSecret;

use crate::fixture::{LASTING, NOW, entropy, logged_in, session, user};

/// A browser that comes back, and what is known then; tests change one field.
#[derive(Clone)]
struct Case {
    cookie: Cookie,
    session: Option<Session>,
    user: Option<User>,
    idle: Seconds,
    recovered_at: Timestamp,
    now: Timestamp,
}

fn returning() -> Case {
    let dory = user("dory");
    let (session, cookie) = session(&dory, NOW);
    Case { cookie, session: Some(session), user: Some(dory), idle: LASTING.idle, recovered_at: Timestamp(0), now: NOW + Seconds(60) }
}

impl Case {
    fn of(mut self, change: impl FnOnce(&mut Session)) -> Self {
        change(self.session.as_mut().unwrap());
        self
    }

    fn for_user(mut self, change: impl FnOnce(&mut User)) -> Self {
        change(self.user.as_mut().unwrap());
        self
    }

    fn at(self, millis: i64) -> Self {
        Case { now: Timestamp(NOW.0 + millis), ..self }
    }

    /// Why nobody is signed in, if nobody is.
    fn refusal(&self) -> Option<&'static str> {
        signed_in(&self.cookie, self.session.clone().map(Arc::new), self.user.clone().map(Arc::new), self.idle, self.recovered_at, self.now)
            .err()
    }
}

#[test]
fn a_session_records_what_was_proved_and_its_cookie_opens_it() {
    let dory = user("dory");
    let proved_at = NOW - Seconds(2);
    let (session, cookie) = open(&logged_in(&dory, proved_at), "Firefox on Linux", LASTING, NOW, &entropy(9));
    assert_eq!((session.user, &*session.agent, session.id), (dory.id, "Firefox on Linux", cookie.session));
    assert_eq!((session.authenticated_at, session.seen_at, session.expires_at), (proved_at, NOW, NOW + LASTING.lifetime));
    assert_eq!((session.sign_in_epoch, session.ended_at), (dory.sign_in_epoch, None));
    let text = cookie.to_secret();
    let cookie = Cookie::parse(text.expose_secret()).unwrap();
    let who = signed_in(&cookie, Some(Arc::new(session.clone())), Some(Arc::new(dory.clone())), LASTING.idle, Timestamp(0), NOW).unwrap();
    assert_eq!((&**who.session(), &**who.user()), (&session, &dory));
}

#[test]
fn two_sessions_of_one_person_share_neither_name_nor_secret() {
    let opened = |seed| open(&logged_in(&user("dory"), NOW), "", LASTING, NOW, &entropy(seed));
    let ((one, first), (other, _)) = (opened(1), opened(2));
    assert!(one.id != other.id && one.digest != other.digest);
    let crossed = Case { cookie: first, session: Some(other), ..returning() };
    assert_eq!(crossed.refusal(), Some("the cookie's secret is not the session's"));
}

#[test]
fn who_proves_again_who_they_are_goes_on_in_their_session_with_another_cookie() {
    let (dory, later) = (user("dory"), NOW + Seconds(600));
    let (before, old) = session(&dory, NOW);
    let (renewed, new) = renew(&before, &logged_in(&dory, later), LASTING, later, &entropy(8));
    assert_eq!((renewed.id, renewed.user, &renewed.agent, new.session), (before.id, dory.id, &before.agent, before.id));
    assert_eq!((renewed.authenticated_at, renewed.seen_at, renewed.expires_at), (later, later, later + LASTING.lifetime));
    let case = Case { session: Some(renewed), now: later, ..returning() };
    assert_eq!(Case { cookie: new, ..case.clone() }.refusal(), None);
    assert_eq!(Case { cookie: old, ..case }.refusal(), Some("the cookie's secret is not the session's"));
}

#[test]
fn sec_b07_each_reason_that_nobody_is_signed_in_is_its_own() {
    let stray = session(&user("marlin"), NOW).0;
    let (no_session, wrong_secret) = ("there is no such session", "the cookie's secret is not the session's");
    let (run_out, disabled) = ("the session has run out", "the user is disabled");
    let changed = "the user's password or standing changed since they signed in";
    let table = [
        (no_session, Case { session: None, ..returning() }),
        (wrong_secret, returning().of(|session| session.digest = SecretDigest([0; 32]))),
        ("the session was ended", returning().of(|session| session.ended_at = Some(NOW))),
        ("the store was restored from a backup since they signed in", Case { recovered_at: NOW, ..returning() }),
        (run_out, returning().of(|session| session.expires_at = NOW)),
        (run_out, returning().of(|session| session.seen_at = NOW - Seconds(3600))),
        (disabled, returning().for_user(|user| user.disabled_at = Some(NOW))),
        (changed, returning().for_user(|user| user.sign_in_epoch = user.sign_in_epoch.next())),
        (changed, Case { user: Some(user("marlin")), ..returning() }),
        (changed, returning().of(|session| session.user = stray.user)),
        ("the user is gone", Case { user: None, ..returning() }),
    ];
    assert_eq!(returning().refusal(), None);
    assert_eq!(Case { recovered_at: Timestamp(NOW.0 - 1), ..returning() }.refusal(), None);
    assert_eq!(returning().for_user(|user| user.epoch = user.epoch.next()).refusal(), None, "that ends what applications may do");
    for (reason, case) in table {
        assert_eq!(case.refusal(), Some(reason));
    }
}

#[test]
fn a_session_lasts_to_the_millisecond_unused_and_in_all() {
    let idle = LASTING.idle.millis();
    assert_eq!(returning().at(idle - 1).refusal(), None);
    assert_eq!(returning().at(idle).refusal(), Some("the session has run out"));
    let in_use = |at: i64| returning().of(|session| session.seen_at = Timestamp(NOW.0 + at)).at(at);
    let lifetime = LASTING.lifetime.millis();
    assert_eq!(in_use(lifetime - 1).refusal(), None);
    assert_eq!(in_use(lifetime).refusal(), Some("the session has run out"));
    assert_eq!(Case { idle: Seconds(10), ..returning() }.refusal(), Some("the session has run out"));
}

#[test]
fn sec_o07_a_cookie_has_one_spelling_and_a_changed_one_opens_nothing() {
    let case = returning();
    let text = case.cookie.to_secret().expose_secret().to_owned();
    let opens = |text: &str| {
        Cookie::parse(text).is_some_and(|cookie| {
            // The store is asked for the session that the cookie names.
            let own = case.session.clone().filter(|own| own.id == cookie.session);
            Case { cookie, session: own, ..case.clone() }.refusal().is_none()
        })
    };
    assert!(opens(&text));
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert!(!opens(std::str::from_utf8(&changed).unwrap()), "byte {at}");
        assert!(!opens(&text[..at]), "cut at {at}");
    }
    for appended in ["=", "A", "AAAA", " ", ";"] {
        assert!(!opens(&format!("{text}{appended}")) && !opens(&format!("{appended}{text}")), "{appended:?}");
    }
}

#[test]
fn neither_a_cookie_nor_a_session_shows_its_secret() {
    let (session, cookie) = session(&user("dory"), NOW);
    let shown = format!("{cookie:?} {session:?}");
    assert!(shown.starts_with(&format!("Cookie({})", session.id)) && shown.contains("SecretDigest(..)"), "{shown}");
    assert_ne!(session.id, SessionId([0; 16]));
}
