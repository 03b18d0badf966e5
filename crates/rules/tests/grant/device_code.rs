//! A device that asks for its tokens: every answer it can get, and what is written.

use std::sync::Arc;

use keyward_rules::{
    check::Grounds,
    device_code::DeviceCode,
    effect::{Decision, Effect},
    grant::{
        Issue,
        device_code::{Facts, INTERVAL, Pace, Question, decide},
    },
    model::{
        client::Client,
        device::{Device, Progress},
        epoch::Epoch,
        session::Session,
        time::{Seconds, Timestamp},
        user::User,
    },
};
use keyward_wire::{
    error::Code,
    token_request::{GrantType, Wanted},
};

use crate::{
    device::{approval, device},
    fixture::{NOW, client, entropy, grounds, issued, permitted, refused, scope, scope_illegal, user, wanted, with, within},
};

fn ask(client: &Client, code: DeviceCode, wanted: Wanted, facts: &Facts, now: Timestamp) -> Decision<Issue> {
    let question = Question { client: permitted(client, GrantType::DeviceCode), code, wanted };
    decide(&question, facts, &within(now, &entropy(3)))
}

fn facts(device: &Device, progress: Progress, user: Option<User>) -> Facts {
    let device = Device { progress, ..device.clone() };
    Facts { device: Some(Arc::new(device)), grounds: grounds(user), recovered_at: Timestamp(0) }
}

fn allowed(device: &Device, user: &User) -> Facts {
    facts(device, Progress::Approved(approval(user)), Some(user.clone()))
}

/// The code and the step of a refusal that writes nothing.
#[track_caller]
fn refusal(decision: Decision<Issue>) -> (Code, &'static str) {
    assert!(decision.effects.is_empty(), "{:?}", decision.effects);
    let refusal = refused(decision.reply);
    (refusal.code, refusal.step)
}

#[test]
fn after_a_yes_the_device_gets_what_it_asked_for_and_its_code_is_used_in_one() {
    let (app, dory) = (client("app"), user("dory"));
    let (device, code) = device(&app, 1);
    let decision = ask(&app, code, wanted("", &[]), &allowed(&device, &dory), NOW);
    let authorization = match decision.effects.as_slice() {
        [Effect::RedeemDevice { id, at }, Effect::Authorize(authorization)] if (*id, *at) == (device.id, NOW) => authorization.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((authorization.id, authorization.grant), (device.id, GrantType::DeviceCode));
    assert_eq!((&authorization.client, authorization.user), (&app.id, dory.id));
    assert_eq!((&authorization.scope, authorization.expires_at), (&scope("read write"), NOW + app.registration.refresh_lifetime));
    assert_eq!((authorization.client_epoch, authorization.user_epoch), (app.epoch, dory.epoch));
    assert_eq!(authorization.authenticated_at, NOW - Seconds(60));
    let issue = issued(decision);
    assert_eq!(issue.access.scope, scope("read write"));
    assert_eq!(issue.authorization, Some((authorization, Some(1))));
}

#[test]
fn no_refresh_token_goes_to_a_client_without_that_grant_and_a_narrower_scope_is_given_if_asked_for() {
    let app = with(client("app"), |registration| registration.grants = vec![GrantType::DeviceCode]);
    let (device, code) = device(&app, 1);
    let decision = ask(&app, code, wanted("read", &[]), &allowed(&device, &user("dory")), NOW);
    let issue = issued(decision);
    assert_eq!(issue.access.scope, scope("read"));
    let (authorization, refresh) = issue.authorization.unwrap();
    assert_eq!((authorization.expires_at, refresh), (NOW + app.registration.access_lifetime, None));
    let beyond = ask(&app, code, wanted("read admin", &[]), &allowed(&device, &user("dory")), NOW);
    assert_eq!(refusal(beyond).0, scope_illegal("admin", "read write"));
}

#[test]
fn sec_k06_each_progress_has_its_answer_and_only_a_yes_in_time_gives_tokens() {
    let (app, dory) = (client("app"), user("dory"));
    let (device, code) = device(&app, 1);
    let (yes, last, over) = (Progress::Approved(approval(&dory)), Timestamp(device.expires_at.0 - 1), device.expires_at);
    let at = |progress: &Progress, now| ask(&app, code, wanted("", &[]), &facts(&device, progress.clone(), Some(dory.clone())), now);
    assert!(at(&yes, last).reply.is_ok());
    let rows = [
        (Progress::Waiting, last, Code::AuthorizationPending, "device_decided"),
        (Progress::Waiting, over, Code::DeviceCodeExpired, "device_code_lifetime"),
        (yes, over, Code::DeviceCodeExpired, "device_code_lifetime"),
        (Progress::Denied, NOW, Code::AccessDenied, "device_allowed"),
        (Progress::Denied, over, Code::AccessDenied, "device_allowed"),
        (Progress::Redeemed, NOW, Code::DeviceCodeInvalid, "device_code_unused"),
        (Progress::Redeemed, over, Code::DeviceCodeInvalid, "device_code_unused"),
    ];
    for (progress, now, code, step) in rows {
        assert_eq!(refusal(at(&progress, now)), (code, step), "{progress:?}");
    }
}

#[test]
fn sec_k02_only_its_client_gets_anything_for_a_genuine_code() {
    let (app, other, dory) = (client("app"), client("other"), user("dory"));
    let (one, code) = device(&app, 1);
    let (_, of_another_device) = device(&app, 2);
    let sound = allowed(&one, &dory);
    assert!(ask(&app, code, wanted("", &[]), &sound, NOW).reply.is_ok());
    let none = Facts { device: None, ..sound.clone() };
    let restored = Facts { recovered_at: NOW, ..sound.clone() };
    let rows = [
        ("device_code_known", &app, code, &none),
        ("device_code_genuine", &app, of_another_device, &sound),
        ("device_code_of_client", &other, code, &sound),
        ("device_code_since_recovery", &app, code, &restored),
    ];
    for (step, client, code, facts) in rows {
        assert_eq!(refusal(ask(client, code, wanted("", &[]), facts, NOW)), (Code::DeviceCodeInvalid, step));
    }
    // Of a code that waits another client learns nothing either.
    let waiting = facts(&one, Progress::Waiting, None);
    assert_eq!(refusal(ask(&other, code, wanted("", &[]), &waiting, NOW)).1, "device_code_of_client");
}

#[test]
fn sec_k08_what_ended_between_the_yes_and_the_redemption_gives_no_tokens() {
    let (app, dory) = (client("app"), user("dory"));
    let (device, code) = device(&app, 1);
    let sound = allowed(&device, &dory);
    assert!(ask(&app, code, wanted("", &[]), &sound, NOW).reply.is_ok());
    let of = |user| Facts { grounds: grounds(user), ..sound.clone() };
    let withdrawn = Grounds { consent_epoch: Epoch(41), ..grounds(Some(dory.clone())) };
    let rows = [
        of(None),
        of(Some(User { disabled_at: Some(NOW), ..dory.clone() })),
        of(Some(User { epoch: Epoch(21), ..dory })),
        Facts { grounds: withdrawn, ..sound.clone() },
    ];
    for facts in rows {
        assert_eq!(refusal(ask(&app, code, wanted("", &[]), &facts, NOW)), (Code::DeviceCodeInvalid, "authorization_live"));
    }
    let changed = Client { epoch: Epoch(11), ..app };
    assert_eq!(refusal(ask(&changed, code, wanted("", &[]), &sound, NOW)), (Code::DeviceCodeInvalid, "client_epoch"));
}

#[test]
fn a_device_goes_on_when_the_person_signs_out_of_the_browser_they_allowed_it_in() {
    let (app, dory) = (client("app"), user("dory"));
    let (device, code) = device(&app, 1);
    let (authorization, _) = issued(ask(&app, code, wanted("", &[]), &allowed(&device, &dory), NOW)).authorization.unwrap();
    assert_eq!((authorization.session, authorization.bound_to()), (Some(approval(&dory).session), None));
    let ended: Option<Arc<Session>> = None;
    let without = Grounds { session: ended, ..grounds(Some(dory)) };
    assert_eq!(keyward_rules::check::ended(&authorization, &app, &without), None);
}

#[test]
fn a_device_that_does_not_wait_waits_five_seconds_longer_each_time() {
    let mut pace = Pace::begun(0);
    assert_eq!(INTERVAL, Seconds(5));
    assert!(pace.asked(5_000));
    assert!(!pace.asked(9_999), "too early by a millisecond");
    assert!(!pace.asked(19_998), "10 seconds from now on, and from this question");
    assert!(pace.asked(19_998 + 15_000), "and then 15");
    assert!(!pace.asked(19_998 + 15_000 + 14_999));
    assert!(!pace.asked(0), "a clock that was read in another order");
}
