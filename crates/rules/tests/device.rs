//! Devices: the codes they get, and what people say of them.

use std::sync::Arc;

use keyward_rules::{
    device::{Facts, LIFETIME, Question, begin, decide, waiting},
    device_code::DeviceCode,
    effect::Effect,
    model::{
        client::Client,
        device::{Approval, Device, Progress},
        epoch::Epoch,
        id::SessionId,
        time::{Seconds, Timestamp},
        user::User,
    },
    session::{Lasting, SignedIn, open, signed_in},
};
use keyward_wire::{
    error::{Code, Refusal},
    token_request::{GrantType, Wanted},
};
use secrecy::ExposeSecret;

use crate::fixture::{
    CONSENT_EPOCH, NOW, audiences, client, entropy, logged_in, permitted, refused, scope, scope_illegal, user, wanted, within,
};

/// The device of `seed` that `client` asked for at [`NOW`], and its code.
pub fn device(client: &Client, seed: u64) -> (Device, DeviceCode) {
    let decision = begin(&permitted(client, GrantType::DeviceCode), &wanted("read write", &[]), &within(NOW, &entropy(seed)));
    match (decision.effects.as_slice(), decision.reply) {
        ([Effect::NewDeviceCode(device)], Ok(codes)) => (device.clone(), codes.device_code),
        (effects, _) => panic!("{effects:?}"),
    }
}

/// A yes of `user`, as they are.
pub fn approval(user: &User) -> Approval {
    Approval {
        user: user.id,
        user_epoch: user.epoch,
        consent_epoch: CONSENT_EPOCH,
        session: SessionId([9; 16]),
        authenticated_at: NOW - Seconds(60),
    }
}

fn signed(user: &User) -> SignedIn {
    let lasting = Lasting { idle: Seconds(3600), lifetime: Seconds(3600) };
    let (session, cookie) = open(&logged_in(user, NOW - Seconds(60)), "", lasting, NOW, &entropy(9));
    signed_in(&cookie, Some(Arc::new(session)), Some(Arc::new(user.clone())), lasting.idle, Timestamp(0), NOW).unwrap()
}

fn facts(device: &Device, client: &Client) -> Facts {
    Facts { device: Some(Arc::new(device.clone())), client: Some(Arc::new(client.clone())), recovered_at: Timestamp(0) }
}

fn refusal(facts: &Facts, now: Timestamp) -> Refusal {
    refused(waiting(facts, now))
}

#[test]
fn a_device_gets_two_codes_for_what_it_may_have() {
    let app = client("app");
    let (device, code) = device(&app, 1);
    assert_eq!((&device.client, device.client_epoch, &device.scope), (&app.id, app.epoch, &scope("read write")));
    assert_eq!((device.created_at, device.expires_at), (NOW, NOW + LIFETIME));
    assert_eq!((LIFETIME, &device.progress), (Seconds(600), &Progress::Waiting));
    assert!(code.is_genuine(&device));
    let ask = |wanted: Wanted| begin(&permitted(&app, GrantType::DeviceCode), &wanted, &within(NOW, &entropy(1)));
    let default = ask(wanted("", &[]));
    assert!(matches!(default.effects.as_slice(), [Effect::NewDeviceCode(device)] if device.scope == scope("read")));
    let beyond = ask(wanted("read admin", &[]));
    assert!(beyond.effects.is_empty());
    assert_eq!(refused(beyond.reply).code, scope_illegal("admin", "read write"));
    let there = ask(Wanted { audience: audiences(&["https://api.example"]), ..wanted("read", &[]) });
    assert!(matches!(there.effects.as_slice(), [Effect::NewDeviceCode(device)] if device.audience == audiences(&["https://api.example"])));
}

#[test]
fn two_devices_have_nothing_in_common() {
    let app = client("app");
    let (one, of_one) = device(&app, 1);
    let (other, of_other) = device(&app, 2);
    assert!(one.id != other.id && one.digest != other.digest && one.user_code != other.user_code);
    assert!(!of_one.is_genuine(&other) && !of_other.is_genuine(&one));
}

#[test]
fn sec_k02_a_device_code_has_one_spelling_and_every_other_is_none_or_not_genuine() {
    let (device, code) = device(&client("app"), 1);
    let text = code.to_secret().expose_secret().to_owned();
    assert!(text.starts_with("kwd_"));
    // 16 bytes of id, 32 at random, without spare bits.
    assert_eq!(text.len(), 4 + 64);
    assert_eq!(DeviceCode::parse(&text), Some(code));
    for place in 0..text.len() {
        let mut edited = text.clone().into_bytes();
        edited[place] = if edited[place] == b'A' { b'B' } else { b'A' };
        let edited = String::from_utf8(edited).unwrap();
        assert!(DeviceCode::parse(&edited).is_none_or(|edited| !edited.is_genuine(&device)), "{place}");
        assert_eq!(DeviceCode::parse(&text[..place]), None, "{place}");
    }
    for other in [format!("{text}="), format!(" {text}"), format!("{text}A"), text.replacen("kwd_", "kwc_", 1)] {
        assert_eq!(DeviceCode::parse(&other), None, "{other}");
    }
    let shown = format!("{code:?} {device:?}");
    assert!(!shown.contains(&text[30..]) && !shown.contains(device.user_code.as_str()), "{shown}");
}

#[test]
fn sec_k01_a_device_waits_while_it_is_undecided_in_time_and_its_client_as_it_was() {
    let app = client("app");
    let (device, _) = device(&app, 1);
    let sound = facts(&device, &app);
    let last = Timestamp(device.expires_at.0 - 1);
    let found = waiting(&sound, last).unwrap();
    assert_eq!((&**found.device(), &**found.client()), (&device, &app));
    assert_eq!(found.lifetime(), app.registration.refresh_lifetime);
    let of = |progress| facts(&Device { progress, ..device.clone() }, &app);
    let changed = Client { epoch: Epoch(11), ..app.clone() };
    let rows = [
        ("user_code_known", Facts { device: None, ..sound.clone() }, NOW),
        ("user_code_lifetime", sound.clone(), device.expires_at),
        ("device_undecided", of(Progress::Denied), NOW),
        ("device_undecided", of(Progress::Approved(approval(&user("dory")))), NOW),
        ("device_undecided", of(Progress::Redeemed), NOW),
        ("user_code_since_recovery", Facts { recovered_at: NOW, ..sound.clone() }, NOW),
        ("client_epoch", facts(&device, &changed), NOW),
        ("client_known", Facts { client: None, ..sound.clone() }, NOW),
    ];
    for (step, facts, now) in rows {
        let refusal = refusal(&facts, now);
        assert_eq!((refusal.code, refusal.step), (Code::UserCodeUnknown, step));
    }
    assert!(waiting(&Facts { recovered_at: Timestamp(NOW.0 - 1), ..sound }, NOW).is_ok());
}

#[test]
fn sec_k08_a_yes_records_what_it_stands_on_as_the_person_signed_in() {
    let (app, dory) = (client("app"), user("dory"));
    let (device, _) = device(&app, 1);
    let question = |allow| Question { who: signed(&dory), allow };
    let said = |allow| decide(&question(allow), &facts(&device, &app), CONSENT_EPOCH, NOW);
    let yes = said(true);
    assert!(yes.reply.is_ok());
    let expected = Approval { session: question(true).who.session().id, ..approval(&dory) };
    assert_eq!(yes.effects, [Effect::ApproveDevice { id: device.id, approval: expected, at: NOW }]);
    let no = said(false);
    assert!(no.reply.is_ok());
    assert_eq!(no.effects, [Effect::DenyDevice { id: device.id, at: NOW }]);
}

#[test]
fn sec_k06_a_word_on_a_device_that_does_not_wait_writes_nothing() {
    let (app, dory) = (client("app"), user("dory"));
    let (device, _) = device(&app, 1);
    let denied = facts(&Device { progress: Progress::Denied, ..device.clone() }, &app);
    for (facts, now) in [(denied, NOW), (facts(&device, &app), device.expires_at)] {
        for allow in [true, false] {
            let decision = decide(&Question { who: signed(&dory), allow }, &facts, CONSENT_EPOCH, now);
            assert!(decision.effects.is_empty());
            assert_eq!(refused(decision.reply).code, Code::UserCodeUnknown);
        }
    }
}
