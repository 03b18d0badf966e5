use std::sync::Arc;

use keyward_rules::{
    access_token::{AccessToken, JwtNames},
    account,
    effect::Effect,
    handle::Handle,
    model::{
        authorization::{Authorization, AuthorizationSecret, Generation},
        client::{AccessFormat, Client},
        epoch::Epoch,
        id::AuthorizationId,
        time::Timestamp,
    },
    refresh_token::RefreshToken,
    revoke::{Ended, OfUser, Question, by_user, decide},
};
use keyward_wire::{
    error::{Code, Refusal},
    jwt::Algorithm,
    token_request::GrantType,
};
use secrecy::ExposeSecret;

use crate::check::{for_client, for_user};
use crate::fixture::{ISSUER, NOW, authenticated, authorization, client, entropy, public_client, ring, user};

fn own() -> Authorization {
    authorization(&client("app"), &user("dory"))
}

fn refresh(of: &Authorization, generation: Generation) -> Option<Ended> {
    Some(Ended::Refresh(RefreshToken::derive(of, generation, ring()).unwrap()))
}

fn access(token: AccessToken) -> Option<Ended> {
    Some(Ended::Access(token))
}

/// What `asker` reaches by revoking `token` while `known` is what the store has of it.
fn revoke(asker: &Client, token: Option<Ended>, known: Option<Authorization>) -> (Vec<Effect>, Result<(), Refusal>) {
    let question = Question { client: authenticated(asker), token };
    let decision = decide(&question, &known.map(Arc::new), ring(), NOW);
    (decision.effects, decision.reply)
}

#[test]
fn sec_g08_a_refresh_token_of_any_generation_ends_its_authorization() {
    for generation in [1, 2, 3, 4, u32::MAX] {
        let (effects, reply) = revoke(&client("app"), refresh(&own(), generation), Some(own()));
        assert_eq!((effects, reply), (vec![Effect::Revoke { id: own().id, at: NOW }], Ok(())), "{generation}");
    }
}

#[test]
fn req_v03_an_access_token_ends_alone() {
    let token = for_user(client("app")).token;
    let ended = |expires_at: i64| Effect::RevokeToken { id: token.id, client: client("app").id, expires_at: Timestamp(expires_at * 1000) };
    let (effects, reply) = revoke(&client("app"), access(token.clone()), Some(own()));
    assert_eq!((effects, reply), (vec![ended(token.expires_at)], Ok(())));
    let (effects, reply) = revoke(&client("app"), access(for_client(client("app")).token), None);
    assert_eq!((effects, reply), (vec![ended(token.expires_at)], Ok(())));
}

#[test]
fn sec_g07_a_token_of_another_client_is_refused_and_stays_as_it_is() {
    let table = [
        (refresh(&own(), 3), Some(own())),
        (refresh(&own(), 1), Some(own())),
        (access(for_user(client("app")).token), Some(own())),
        (access(for_client(client("app")).token), None),
    ];
    for (token, known) in table {
        let (effects, reply) = revoke(&client("other"), token, known);
        assert_eq!(effects, []);
        let refusal = reply.unwrap_err();
        assert_eq!((refusal.step, refusal.code), ("token_of_client", Code::TokenOfOther));
    }
}

#[test]
fn req_v02_what_is_no_token_of_ours_is_no_error_and_changes_nothing() {
    let forged = Authorization { secret: AuthorizationSecret([6; 32]), ..own() };
    let stray = Authorization { id: AuthorizationId([9; 16]), ..own() };
    let table = [
        ("no token at all", None, None),
        ("an authorization that is gone", refresh(&own(), 3), None),
        ("a forged refresh token", refresh(&forged, 3), Some(own())),
        ("a refresh token of another authorization", refresh(&stray, 3), Some(own())),
        ("an access token whose authorization is gone", access(for_user(client("app")).token), None),
    ];
    for (what, token, known) in table {
        for asker in ["app", "other"] {
            assert_eq!(revoke(&client(asker), token.clone(), known.clone()), (vec![], Ok(())), "{what}");
        }
    }
}

#[test]
fn a_token_whose_epochs_are_over_can_still_be_revoked() {
    let mut newer = client("app");
    newer.epoch = newer.epoch.next();
    let (effects, reply) = revoke(&newer, refresh(&own(), 3), Some(own()));
    assert_eq!((effects.len(), reply), (1, Ok(())));
    let mut old = for_client(client("app")).token;
    old.store_epoch = Epoch(0);
    let (effects, reply) = revoke(&newer, access(old), None);
    assert_eq!((effects.len(), reply), (1, Ok(())));
}

#[test]
fn a_token_that_ends_after_all_time_is_revoked_until_then() {
    let mut token = for_user(client("app")).token;
    token.expires_at = i64::MAX;
    let (effects, _) = revoke(&client("app"), access(token), Some(own()));
    assert!(matches!(&*effects, [Effect::RevokeToken { expires_at: Timestamp(i64::MAX), .. }]), "{effects:?}");
}

#[test]
fn req_c29_what_kind_of_token_a_text_is_shows_without_a_hint() {
    let written = RefreshToken::derive(&own(), 3, ring()).unwrap();
    let text = written.to_secret();
    assert!(matches!(Ended::parse(text.expose_secret(), ring()), Some(Ended::Refresh(read)) if read == written));
    let token = for_user(client("app")).token;
    let client = client("app");
    let names = JwtNames { issuer: ISSUER, subject: "u-x", client: &client.id, authenticated_at: None };
    for format in [AccessFormat::Opaque, AccessFormat::Jwt(Algorithm::EdDSA), AccessFormat::Jwt(Algorithm::ES256)] {
        let text = token.write(format, names, ring(), NOW, entropy(1).nonce, &aws_lc_rs::rand::SystemRandom::new()).unwrap();
        assert!(matches!(Ended::parse(&text, ring()), Some(Ended::Access(read)) if read == token), "{format:?}");
    }
    for text in ["", "kwa_", "kwr_", "a.b.c", "something else"] {
        assert!(Ended::parse(text, ring()).is_none(), "{text:?}");
    }
}

/// What `who` reaches by ending `token` through a super client, while `known` is what the store has of it.
fn end_for(who: &str, token: Option<Ended>, known: Option<Authorization>, holder: Client) -> Vec<Effect> {
    let withdrawal = account::Facts { authorization: known.map(Arc::new), ..account::Facts::default() };
    let facts = OfUser { withdrawal, client: Some(Arc::new(holder)) };
    let decision = by_user(user(who).id, token.as_ref(), &facts, ring(), NOW);
    assert_eq!(decision.reply, Ok(()));
    decision.effects
}

fn handle_of_own() -> Option<Ended> {
    Some(Ended::Handle(Handle(own().id)))
}

#[test]
fn req_c17_a_handle_ends_its_authorization_for_its_client_and_its_user() {
    let handle = handle_of_own();
    let ended = [Effect::Revoke { id: own().id, at: NOW }];
    assert_eq!(revoke(&client("app"), handle.clone(), Some(own())), (ended.to_vec(), Ok(())));
    assert_eq!(revoke(&client("other"), handle.clone(), Some(own())).1.unwrap_err().code, Code::TokenOfOther);
    assert_eq!(end_for("dory", handle.clone(), Some(own()), client("app")), ended);
    assert_eq!(end_for("marlin", handle.clone(), Some(own()), client("app")), []);
    assert_eq!(end_for("dory", handle, None, client("app")), []);
    let (_, reply) = revoke(&public_client("app"), handle_of_own(), Some(own()));
    assert_eq!(reply.unwrap_err().code, Code::ClientPublic, "neither proves anything");
    let text = Handle(own().id).to_string();
    assert!(matches!(Ended::parse(&text, ring()), Some(Ended::Handle(Handle(id))) if id == own().id));
}

#[test]
fn req_v04_users_end_what_speaks_for_them_and_nothing_else_changes() {
    let (token, forged) = (for_user(client("app")).token, Authorization { secret: AuthorizationSecret([6; 32]), ..own() });
    assert_eq!(end_for("dory", refresh(&own(), 3), Some(own()), client("app")), [Effect::Revoke { id: own().id, at: NOW }]);
    assert!(
        matches!(&*end_for("dory", access(token.clone()), Some(own()), client("app")), [Effect::RevokeToken { id, .. }] if *id == token.id)
    );
    for (token, known) in [
        (refresh(&forged, 3), Some(own())),
        (refresh(&own(), 3), None),
        (access(for_client(client("app")).token), None),
        (None, Some(own())),
    ] {
        assert_eq!(end_for("dory", token, known, client("app")), []);
    }
    assert_eq!(end_for("marlin", refresh(&own(), 3), Some(own()), client("app")), []);
    assert_eq!(end_for("marlin", access(token), Some(own()), client("app")), []);
}

#[test]
fn req_v06_the_only_token_of_an_authorization_takes_it_along() {
    let mut single = client("app");
    single.registration.grants.retain(|grant| *grant != GrantType::RefreshToken);
    let token = access(for_user(client("app")).token);
    let ended = [Effect::Revoke { id: own().id, at: NOW }];
    assert_eq!(end_for("dory", token.clone(), Some(own()), single.clone()), ended);
    assert_eq!(revoke(&single, token, Some(own())), (ended.to_vec(), Ok(())));
}
