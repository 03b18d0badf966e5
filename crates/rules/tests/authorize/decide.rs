use std::sync::Arc;

use keyward_rules::{
    access_token::Basis,
    authorization_code::AuthorizationCode,
    authorize::{Accepted, Answer, Facts, Owner, Question, REMEMBERED, Yes, code, decide},
    check::{self, Grounds},
    effect::{Decision, Effect},
    grant::Circumstances,
    key_ring::{KeyRing, KeyUse},
    model::{
        authorization::{Authorization, CodeTerms},
        consent::Consent,
        epoch::Epoch,
        id::AuthorizationId,
        time::{Seconds, Timestamp},
    },
};
use keyward_wire::{
    error::{Code, Refusal},
    token_request::GrantType,
};

use super::{CALLBACK, PKCE, accept, accepted, address, app, consent, request};
use crate::fixture::{
    CODE_KEY, CONSENT_EPOCH, NOW, REFRESH_KEY, audiences, entropy, key, logged_in, refused, ring, scope, server, signed_in, user, with,
    within,
};

const PAGE: AuthorizationId = AuthorizationId([3; 16]);
const EARLIER: Timestamp = Timestamp(NOW.0 - 5000);

/// Dory, who signed in a while ago, said yes on a page.
fn agreed(accepted: Accepted) -> Question {
    Question { accepted, owner: Owner::from(&signed_in(&user("dory"), EARLIER)), yes: Yes::OnPage(PAGE) }
}

fn said(consent: Consent) -> Facts {
    Facts { taken: false, consent: Some(Arc::new(consent)) }
}

fn decide_with(question: &Question, facts: &Facts, ring: &KeyRing) -> Decision<Answer> {
    let entropy = entropy(1);
    decide(question, facts, &Circumstances { ring, ..within(NOW, &entropy) })
}

fn decided(question: &Question, facts: &Facts) -> Decision<Answer> {
    decide_with(question, facts, ring())
}

/// The authorization that is made.
#[track_caller]
fn made(question: &Question, facts: &Facts) -> Authorization {
    let decision = decided(question, facts);
    match decision.effects.first() {
        Some(Effect::Authorize(made)) => made.clone(),
        other => panic!("{other:?}, {:?}", decision.reply.err()),
    }
}

/// Why it is refused, which must write nothing.
#[track_caller]
fn refusal(decision: Decision<Answer>) -> Refusal {
    assert_eq!(decision.effects, []);
    refused(decision.reply)
}

#[test]
fn req_a06_a_code_is_bound_to_all_that_was_asked_and_by_whom() {
    let client = with(app(), |registration| registration.code_lifetime = Seconds(90));
    let question = agreed(accepted(client.clone(), &format!("response_type=code&scope=read{PKCE}")));
    let own = made(&question, &said(consent("read")));
    let session = signed_in(&user("dory"), EARLIER).session().clone();
    let terms = CodeTerms {
        key: CODE_KEY,
        redirect_uri: Some(CALLBACK.to_owned()),
        challenge: request(&format!("response_type=code{PKCE}")).challenge,
        redeemed_at: None,
    };
    assert!(terms.challenge.is_some());
    assert_eq!((own.id, &own.client, own.user, own.grant), (PAGE, &client.id, user("dory").id, GrantType::AuthorizationCode));
    assert_eq!((&own.scope, own.generation, own.key, own.revoked_at), (&scope("read"), 1, REFRESH_KEY, None));
    assert_eq!((own.created_at, own.rotated_at, own.authenticated_at, own.expires_at), (NOW, NOW, EARLIER, NOW + Seconds(90)));
    assert_eq!((own.client_epoch, own.user_epoch, own.consent_epoch), (client.epoch, user("dory").epoch, CONSENT_EPOCH));
    assert_eq!((own.session, own.code), (Some(session.id), Some(terms)));
}

#[test]
fn req_a06_the_answer_is_the_code_of_what_was_written_and_no_two_are_alike() {
    let question = Question { yes: Yes::Before, ..agreed(accepted(with(app(), |own| own.first_party = true), "response_type=code")) };
    let answered = |seed| {
        let entropy = entropy(seed);
        let decision = decide(&question, &Facts::default(), &within(NOW, &entropy));
        let Ok(Answer::Code(own)) = decision.reply else { panic!("no code") };
        assert_eq!(decision.effects, [Effect::Authorize((*own).clone())]);
        (code(&own, ring()).unwrap(), own)
    };
    let ((one, first), (other, second)) = (answered(1), answered(2));
    assert!(one.is_genuine(&first, ring()) && !one.is_genuine(&second, ring()) && one != other);
    assert!(first.id != second.id && first.secret != second.secret);
    assert_eq!(Some(one), AuthorizationCode::derive(&first, ring()));
    assert_eq!(refused(code(&first, &KeyRing::default())).code, Code::Defect);
}

#[test]
fn req_a07_only_a_redirect_uri_that_was_named_must_be_named_again() {
    for (named, kept) in [(Some(CALLBACK), Some(CALLBACK)), (None, None)] {
        let addressed = address(&keyward_wire::profile::STANDARD, Some(app()), named).unwrap();
        let accepted =
            keyward_rules::authorize::accept(&keyward_wire::profile::STANDARD, addressed, request("response_type=code"), &[]).unwrap();
        assert_eq!(made(&agreed(accepted), &Facts::default()).code.unwrap().redirect_uri.as_deref(), kept);
    }
}

#[test]
fn req_i02_a_token_at_once_comes_without_code_and_refresh_token_and_its_authorization_ends_with_it() {
    let question = agreed(accepted(app(), "response_type=token&scope=write"));
    let decision = decided(&question, &Facts::default());
    let [Effect::Authorize(own)] = &*decision.effects else { panic!("{:?}", decision.effects) };
    assert_eq!((own.grant, &own.code, own.expires_at), (GrantType::Implicit, &None, NOW + Seconds(600)));
    let own = own.clone();
    let Ok(Answer::Token(issue)) = decision.reply else { panic!("no token") };
    assert_eq!(issue.access.basis, Basis::Authorization { id: PAGE, generation: 1 });
    assert_eq!((&issue.access.scope, issue.lifetime), (&scope("write"), Seconds(600)));
    assert_eq!(issue.authorization, Some((own, None)));
}

#[test]
fn sec_a21_a_page_is_answered_once() {
    let question = agreed(accepted(app(), "response_type=code"));
    assert!(decided(&question, &Facts::default()).reply.is_ok());
    let refusal = refusal(decided(&question, &Facts { taken: true, ..Facts::default() }));
    assert_eq!((refusal.step, refusal.code), ("ticket_unused", Code::FormRepeated));
}

#[test]
fn without_its_keys_nothing_is_authorized() {
    let only = |id, usage| KeyRing::new(vec![key(id, usage, &[2; 32])]);
    let table = [
        ("authorization_code_key", "code", only(REFRESH_KEY, KeyUse::RefreshToken)),
        ("refresh_token_key", "code", only(CODE_KEY, KeyUse::AuthorizationCode)),
        ("refresh_token_key", "token", KeyRing::default()),
    ];
    for (step, asked, ring) in table {
        let question = agreed(accepted(app(), &format!("response_type={asked}")));
        let refusal = refusal(decide_with(&question, &Facts::default(), &ring));
        assert_eq!((refusal.step, refusal.code), (step, Code::Defect));
    }
}

#[test]
fn req_a04_a_yes_is_remembered_with_what_was_said_before_as_far_as_that_still_holds() {
    let servers = [server("https://a.example", "orders", None), server("https://b.example", "orders", None)];
    let client = with(app(), |registration| registration.audiences = audiences(&["https://a.example", "https://b.example"]));
    let asked =
        accept(&keyward_wire::profile::STANDARD, client, "response_type=code&scope=write&resource=https://b.example", &servers).unwrap();
    let question = agreed(asked);
    let before = Consent { audience: audiences(&["https://b.example"]), ..consent("read") };
    let elsewhere = Consent { audience: audiences(&["https://a.example", "https://b.example"]), ..consent("read") };
    let ended = Consent { expires_at: NOW, ..before.clone() };
    let of_another = Consent { granted_at: Timestamp(app().created_at.0 - 1), ..before.clone() };
    let table = [
        (Facts::default(), Epoch(0), None, "write", &["https://b.example"][..]),
        (said(ended), CONSENT_EPOCH, Some(CONSENT_EPOCH), "write", &["https://b.example"]),
        (said(of_another), CONSENT_EPOCH, Some(CONSENT_EPOCH), "write", &["https://b.example"]),
        (said(elsewhere), CONSENT_EPOCH, Some(CONSENT_EPOCH), "write", &["https://b.example"]),
        (said(before), CONSENT_EPOCH, Some(CONSENT_EPOCH), "write read", &["https://b.example"]),
    ];
    for (facts, epoch, expected_seen, scopes, targets) in table {
        let decision = decided(&question, &facts);
        let [Effect::Authorize(own), Effect::PutConsent { consent: kept, seen }] = &*decision.effects else {
            panic!("{:?}", decision.effects)
        };
        assert_eq!((kept.user, &kept.client), (user("dory").id, &app().id));
        assert_eq!((kept.epoch, own.consent_epoch, *seen), (epoch, epoch, expected_seen));
        assert!(kept.scope.is_within(&scope(scopes)) && scope(scopes).is_within(&kept.scope), "{}", kept.scope);
        assert_eq!(kept.audience, audiences(targets));
        assert_eq!((kept.granted_at, kept.expires_at), (NOW, NOW + REMEMBERED));
    }
}

#[test]
fn only_a_yes_on_a_page_is_remembered_and_only_where_the_application_proves_who_it_is() {
    let first_party = with(app(), |registration| registration.first_party = true);
    let table = [
        ("a page", agreed(accepted(app(), "response_type=code")), 2),
        ("nobody was asked", Question { yes: Yes::Before, ..agreed(accepted(first_party, "response_type=code")) }, 1),
        ("a token", agreed(accepted(app(), "response_type=token")), 1),
    ];
    for (what, question, effects) in table {
        assert_eq!(decided(&question, &Facts::default()).effects.len(), effects, "{what}");
    }
}

/// Between looking at a consent and writing what it allows, the person may take it back.
#[test]
fn sec_f07_a_consent_that_was_taken_back_meanwhile_answers_nothing() {
    let unasked = |client| Question { yes: Yes::Before, ..agreed(accepted(client, "response_type=code&scope=read")) };
    assert!(decided(&unasked(app()), &said(consent("read"))).reply.is_ok());
    let withdrawn = Consent { epoch: CONSENT_EPOCH.next(), expires_at: NOW, ..consent("") };
    for facts in [said(withdrawn.clone()), said(consent("write")), Facts::default()] {
        let refusal = refusal(decided(&unasked(app()), &facts));
        assert_eq!((refusal.step, refusal.code), ("consent_given", Code::ConsentRequired));
    }
    let first_party = with(app(), |registration| registration.first_party = true);
    for facts in [said(withdrawn), Facts::default()] {
        assert!(decided(&unasked(first_party.clone()), &facts).reply.is_ok(), "nobody was to be asked");
    }
}

#[test]
fn sec_f07_what_is_authorized_while_something_ends_is_dead_at_birth() {
    let own = made(&agreed(accepted(app(), "response_type=code")), &said(consent("read")));
    let (client, dory) = (app(), user("dory"));
    let mut session = (**signed_in(&dory, EARLIER).session()).clone();
    let grounds = |user, session: &keyward_rules::model::session::Session, consent_epoch| Grounds {
        session: Some(Arc::new(session.clone())),
        consent_epoch,
        ..crate::fixture::grounds(Some(user))
    };
    let ended = |grounds: &Grounds| check::ended(&own, &client, grounds).is_some();
    assert!(!ended(&grounds(dory.clone(), &session, CONSENT_EPOCH)));
    assert!(ended(&grounds(dory.clone(), &session, CONSENT_EPOCH.next())));
    let changed = keyward_rules::model::user::User { epoch: dory.epoch.next(), ..dory.clone() };
    assert!(ended(&grounds(changed, &session, CONSENT_EPOCH)));
    session.ended_at = Some(NOW);
    assert!(ended(&grounds(dory, &session, CONSENT_EPOCH)));
}

#[test]
fn who_proves_it_with_a_password_instead_of_a_session_has_none() {
    let owner = Owner::from(&logged_in(&user("dory"), EARLIER));
    assert_eq!(owner.user().id, user("dory").id);
    let own = made(&Question { owner, ..agreed(accepted(app(), "response_type=code")) }, &Facts::default());
    assert_eq!((own.session, own.authenticated_at, own.user_epoch), (None, EARLIER, user("dory").epoch));
}
