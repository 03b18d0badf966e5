use std::sync::Arc;

use keyward_rules::{
    access_token::Basis,
    effect::{Decision, Effect},
    grant::{
        Circumstances, Facts, Issue,
        refresh_token::{Question, decide},
    },
    key_ring::KeyUse,
    model::{
        authorization::{Authorization, AuthorizationSecret, Generation},
        client::{AccessFormat, Client},
        epoch::Epoch,
        id::AuthorizationId,
        time::{Seconds, Timestamp},
        user::User,
    },
    refresh_token::RefreshToken,
};
use keyward_wire::{
    error::{Code, Refusal},
    jwt::Algorithm,
    token_request::{GrantType, Wanted},
};

use crate::fixture::{
    NOW, REFRESH_KEY, audiences, authorization, client, entropy, grounds, issued, key, permitted, refused, ring, scope, scope_illegal,
    server, user, wanted, within,
};

/// One refresh, and what is known when it is decided; tests change one field.
#[derive(Clone)]
struct Case {
    asker: Client,
    own: Option<Authorization>,
    user: Option<User>,
    token: RefreshToken,
    wanted: Wanted,
    recovered_at: Timestamp,
    now: Timestamp,
}

fn token(own: &Authorization, generation: Generation) -> RefreshToken {
    RefreshToken::derive(own, generation, ring()).unwrap()
}

fn presenting(generation: Generation) -> Case {
    let (asker, dory) = (client("app"), user("dory"));
    let own = authorization(&asker, &dory);
    Case {
        token: token(&own, generation),
        asker,
        own: Some(own),
        user: Some(dory),
        wanted: wanted("", &[]),
        recovered_at: Timestamp(0),
        now: NOW + Seconds(10),
    }
}

impl Case {
    fn asked_by(mut self, change: impl FnOnce(&mut Client)) -> Self {
        change(&mut self.asker);
        self
    }

    fn of(mut self, change: impl FnOnce(&mut Authorization)) -> Self {
        change(self.own.as_mut().unwrap());
        self
    }

    fn for_user(mut self, change: impl FnOnce(&mut User)) -> Self {
        change(self.user.as_mut().unwrap());
        self
    }

    fn at(self, now: Timestamp) -> Self {
        Case { now, ..self }
    }

    fn wanting(self, scope: &str, audience: &[&str]) -> Self {
        Case { wanted: wanted(scope, audience), ..self }
    }

    fn decide_within(&self, servers: &[keyward_rules::model::client::ResourceServer]) -> Decision<Issue> {
        let question = Question { client: permitted(&self.asker, GrantType::RefreshToken), token: self.token, wanted: self.wanted.clone() };
        let facts =
            Facts { authorization: self.own.clone().map(Arc::new), grounds: grounds(self.user.clone()), recovered_at: self.recovered_at };
        let entropy = entropy(1);
        decide(&question, &facts, &Circumstances { servers, ..within(self.now, &entropy) })
    }

    fn decide(&self) -> Decision<Issue> {
        self.decide_within(&[])
    }

    /// The refusal, which must write nothing.
    #[track_caller]
    fn refused(&self) -> Refusal {
        let decision = self.decide();
        assert_eq!(decision.effects, []);
        refused(decision.reply)
    }
}

const ID: AuthorizationId = AuthorizationId([4; 16]);

#[test]
fn sec_f02_each_standing_has_its_effect_and_the_generation_it_answers() {
    let at = NOW + Seconds(10);
    let never_rotated = |client: &mut Client| client.registration.rotate = false;
    let table = [
        ("in force", presenting(3), Effect::Rotate { id: ID, from: 3, to: 4, at }, 4),
        ("in force, kept", presenting(3).asked_by(never_rotated), Effect::Rotate { id: ID, from: 3, to: 3, at }, 3),
        ("ahead", presenting(7), Effect::Rotate { id: ID, from: 3, to: 8, at }, 8),
        ("ahead, kept", presenting(7).asked_by(never_rotated), Effect::Rotate { id: ID, from: 3, to: 7, at }, 7),
        ("repeated", presenting(2), Effect::Confirm { id: ID, generation: 3, at }, 3),
    ];
    for (standing, case, effect, generation) in table {
        let decision = case.decide();
        assert_eq!(decision.effects, [effect], "{standing}");
        let issue = issued(decision);
        assert_eq!(issue.access.basis, Basis::Authorization { id: ID, generation }, "{standing}");
        assert_eq!(issue.authorization.unwrap().1, Some(generation), "{standing}");
    }
}

#[test]
fn sec_f01_a_reused_generation_is_refused_and_its_authorization_revoked() {
    for case in [presenting(1), presenting(2).at(NOW + Seconds(31)), presenting(0)] {
        let decision = case.decide();
        assert_eq!(decision.effects, [Effect::Revoke { id: ID, at: case.now }]);
        let refusal = refused(decision.reply);
        assert_eq!((refusal.step, refusal.code), ("refresh_token_in_force", Code::RefreshTokenRevoked));
    }
}

#[test]
fn sec_f01_a_reuse_is_punished_whatever_else_is_wrong_with_the_request() {
    let decision = presenting(1).wanting("admin", &["https://a.example"]).decide();
    assert_eq!(decision.effects, [Effect::Revoke { id: ID, at: NOW + Seconds(10) }]);
}

#[test]
fn sec_f02_without_grace_a_loser_is_refused_and_nothing_is_revoked() {
    let strict = |client: &mut Client| client.registration.refresh_grace = Seconds(0);
    let refusal = presenting(2).asked_by(strict).at(NOW + Seconds(5)).refused();
    assert_eq!((refusal.step, refusal.code), ("refresh_token_in_force", Code::RefreshTokenRevoked));
    let late = presenting(2).asked_by(strict).at(NOW + Seconds(6)).decide();
    assert_eq!(late.effects, [Effect::Revoke { id: ID, at: NOW + Seconds(6) }]);
}

#[test]
fn sec_f02_grace_counts_from_the_recovery_that_the_store_reports() {
    let case = Case { recovered_at: NOW + Seconds(100), ..presenting(2).at(NOW + Seconds(120)) };
    assert!(matches!(&*case.decide().effects, [Effect::Confirm { .. }]));
}

#[test]
fn sec_f04_a_token_that_is_not_genuine_or_not_the_askers_is_refused_and_ends_nothing() {
    let genuine = presenting(3);
    assert!(genuine.decide().reply.is_ok());
    let own = genuine.own.clone().unwrap();
    let forged = |change: fn(&mut Authorization)| {
        let mut other = own.clone();
        change(&mut other);
        Case { token: token(&other, 3), ..genuine.clone() }
    };
    let table = [
        ("refresh_token_known", Case { own: None, ..genuine.clone() }),
        ("refresh_token_genuine", forged(|other| other.secret = AuthorizationSecret([6; 32]))),
        ("refresh_token_genuine", forged(|other| other.id = AuthorizationId([9; 16]))),
        ("refresh_token_genuine", genuine.clone().of(|own| own.key = 99)),
        ("refresh_token_of_client", genuine.clone().of(|own| own.client = client("other").id)),
        ("refresh_token_of_client", Case { asker: client("other"), ..genuine.clone() }),
        // What would be reuse by its own client is nobody's business when another one presents it.
        ("refresh_token_of_client", Case { asker: client("other"), ..presenting(1) }),
    ];
    for (step, case) in table {
        let refusal = case.refused();
        assert_eq!((refusal.step, refusal.code), (step, Code::RefreshTokenUnknown));
    }
}

#[test]
fn a_token_made_with_another_key_is_not_genuine() {
    let case = presenting(3);
    let other_ring = keyward_rules::key_ring::KeyRing::new(vec![key(REFRESH_KEY, KeyUse::RefreshToken, &[8; 32])]);
    let forged = RefreshToken::derive(case.own.as_ref().unwrap(), 3, &other_ring).unwrap();
    assert_eq!(Case { token: forged, ..case }.refused().step, "refresh_token_genuine");
}

#[test]
fn sec_f07_nothing_is_refreshed_after_what_it_stands_on_has_ended() {
    let table = [
        presenting(3).of(|own| own.revoked_at = Some(NOW)),
        presenting(3).asked_by(|client| client.epoch = client.epoch.next()),
        presenting(3).of(|own| own.client_epoch = Epoch(own.client_epoch.0 + 1)),
        presenting(3).for_user(|user| user.disabled_at = Some(NOW)),
        presenting(3).for_user(|user| user.epoch = user.epoch.next()),
        Case { user: None, ..presenting(3) },
        // Neither grace nor a store set back revives anything, and what has ended is not ended again.
        presenting(2).of(|own| own.revoked_at = Some(NOW)),
        presenting(7).of(|own| own.revoked_at = Some(NOW)),
        presenting(1).of(|own| own.revoked_at = Some(NOW)),
    ];
    for case in table {
        let refusal = case.refused();
        assert_eq!((refusal.step, refusal.code), ("authorization_live", Code::RefreshTokenRevoked));
    }
}

#[test]
fn sec_f06_neither_the_absolute_nor_the_idle_lifetime_is_passed() {
    let end = NOW + Seconds(3600);
    let just_before = Timestamp(end.0 - 1);
    assert!(presenting(3).at(just_before).decide().reply.is_ok());
    let idle = |client: &mut Client| client.registration.refresh_idle = Some(Seconds(60));
    assert!(presenting(3).asked_by(idle).at(Timestamp(NOW.0 + 59_999)).decide().reply.is_ok());
    let over = [
        presenting(3).at(end),
        presenting(7).at(end),
        presenting(1).at(end),
        presenting(3).asked_by(idle).at(NOW + Seconds(60)),
        presenting(3).asked_by(idle).of(|own| own.rotated_at = NOW + Seconds(100)).at(NOW + Seconds(160)),
    ];
    for case in over {
        let refusal = case.refused();
        assert_eq!((refusal.step, refusal.code), ("refresh_token_lifetime", Code::RefreshTokenExpired));
    }
}

#[test]
fn sec_f06_the_last_access_token_ends_with_its_authorization() {
    let case = presenting(3).at(NOW + Seconds(3550));
    let issue = issued(case.decide());
    assert_eq!(issue.lifetime, Seconds(50));
    assert_eq!(issue.access.expires_at, case.own.unwrap().expires_at.seconds());
    assert_eq!(issued(presenting(3).decide()).lifetime, Seconds(600));
}

#[test]
fn the_access_lifetime_of_the_first_grant_holds_for_refreshed_tokens_too() {
    let case = presenting(3).asked_by(|client| client.registration.password_access_lifetime = Some(Seconds(60)));
    assert_eq!(issued(case.decide()).lifetime, Seconds(60));
}

#[test]
fn sec_f05_a_scope_may_narrow_and_widen_back_but_never_beyond_what_was_granted() {
    assert_eq!(issued(presenting(3).decide()).access.scope, scope("read write"));
    let narrowed = issued(presenting(3).wanting("write", &[]).decide());
    assert_eq!(narrowed.access.scope, scope("write"));
    assert_eq!(narrowed.authorization.unwrap().0.scope, scope("read write"), "the ceiling stays");
    assert_eq!(issued(presenting(4).wanting("write read", &[]).decide()).access.scope, scope("write read"));
    let everything = |client: &mut Client| client.registration.scopes = scope("read write admin all");
    for beyond in ["admin", "read admin", "all"] {
        let refusal = presenting(3).asked_by(everything).wanting(beyond, &[]).refused();
        let code = scope_illegal(&beyond.replace("read ", ""), "read write");
        assert_eq!((refusal.step, refusal.code), ("scope_within_grant", code), "{beyond}");
    }
}

#[test]
fn sec_g02_an_audience_may_narrow_but_never_change() {
    let granted = |own: &mut Authorization| own.audience = audiences(&["https://a.example", "https://b.example"]);
    let all = issued(presenting(3).of(granted).decide());
    assert_eq!(all.access.audience, audiences(&["https://a.example", "https://b.example"]));
    let one = issued(presenting(3).of(granted).wanting("", &["https://b.example"]).decide());
    assert_eq!(one.access.audience, audiences(&["https://b.example"]));
    assert_eq!(one.authorization.unwrap().0.audience.len(), 2, "the ceiling stays");
    for beyond in [&["https://c.example"][..], &["https://a.example", "https://c.example"]] {
        let refusal = presenting(3).of(granted).wanting("", beyond).refused();
        assert_eq!((refusal.step, refusal.code), ("audience_within_grant", Code::TargetIllegal));
    }
    assert_eq!(presenting(3).wanting("", &["https://a.example"]).refused().code, Code::TargetIllegal);
}

#[test]
fn a_refreshed_token_takes_the_form_its_audience_wants() {
    let servers = [server("https://a.example", "", Some(AccessFormat::Jwt(Algorithm::EdDSA)))];
    let case = presenting(3).of(|own| own.audience = audiences(&["https://a.example"]));
    let case = case.asked_by(|client| client.registration.audiences = audiences(&["https://a.example"]));
    assert_eq!(issued(case.decide_within(&servers)).format, AccessFormat::Jwt(Algorithm::EdDSA));
    assert_eq!(issued(case.decide_within(&[])).format, AccessFormat::Opaque);
}

#[test]
fn sec_f07_a_scope_taken_from_an_audience_is_not_refreshed() {
    let case = presenting(3).of(|own| (own.audience, own.scope) = (audiences(&["https://a.example"]), scope("orders refunds")));
    let case = case.asked_by(|client| client.registration.audiences = audiences(&["https://a.example"]));
    let before = [server("https://a.example", "orders refunds", None)];
    assert_eq!(issued(case.decide_within(&before)).access.scope, scope("orders refunds"));
    let after = [server("https://a.example", "orders", None)];
    assert_eq!(issued(case.decide_within(&after)).access.scope, scope("orders"));
    let gone = [server("https://b.example", "orders", None)];
    assert_eq!(refused(case.decide_within(&gone).reply).code, Code::TargetIllegal);
}
