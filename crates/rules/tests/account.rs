use std::sync::Arc;

use keyward_rules::{
    account::{Facts, Withdrawal, forget, withdraw},
    check,
    effect::Effect,
    model::{authorization::Authorization, client::Client, consent::Consent, epoch::Epoch, id::AuthorizationId, time::Seconds, user::User},
};
use keyward_wire::{error::Code, scope::Scope};

use crate::fixture::{NOW, audiences, authorization, client, grounds, refused, scope, signed_in, user};

fn own() -> Authorization {
    authorization(&client("app"), &user("dory"))
}

fn consent(to: &Client, epoch: Epoch) -> Consent {
    Consent {
        user: user("dory").id,
        client: to.id.clone(),
        epoch,
        scope: scope("read write"),
        audience: audiences(&["https://a.example"]),
        granted_at: NOW - Seconds(60),
        expires_at: NOW + Seconds(60),
    }
}

#[test]
fn one_authorization_is_revoked_by_the_person_it_speaks_for() {
    let facts = Facts { authorization: Some(Arc::new(own())), ..Facts::default() };
    let decision = withdraw(user("dory").id, &Withdrawal::One(own().id), &facts, NOW);
    assert_eq!((&*decision.effects, decision.reply), (&[Effect::Revoke { id: own().id, at: NOW }][..], Ok(())));
}

#[test]
fn sec_d04_somebody_elses_authorization_might_as_well_not_exist() {
    let known = Some(Arc::new(own()));
    let (dory, marlin, stray) = (user("dory").id, user("marlin").id, AuthorizationId([9; 16]));
    let table = [
        ("not theirs", marlin, own().id, known.clone()),
        ("not there", dory, own().id, None),
        ("another one than was asked for", dory, stray, known),
    ];
    for (what, who, id, authorization) in table {
        let decision = withdraw(who, &Withdrawal::One(id), &Facts { authorization, ..Facts::default() }, NOW);
        assert_eq!(decision.effects, [], "{what}");
        let refusal = refused(decision.reply);
        assert_eq!((refusal.step, refusal.code), ("authorization_of_user", Code::NotFound), "{what}");
    }
}

#[test]
fn sec_f07_withdrawing_raises_the_epoch_of_the_consent_and_leaves_nothing_agreed_to() {
    let (app, dory) = (client("app"), user("dory").id);
    let withdrawn =
        |epoch| Consent { epoch, scope: Scope::default(), audience: vec![], granted_at: NOW, expires_at: NOW, ..consent(&app, epoch) };
    let table = [
        (vec![consent(&app, Epoch(5))], Effect::PutConsent { consent: withdrawn(Epoch(6)), seen: Some(Epoch(5)) }),
        // Nothing was written, which counts as 0: also then what was authorized before must end.
        (vec![], Effect::PutConsent { consent: withdrawn(Epoch(1)), seen: None }),
    ];
    for (said, expected) in table {
        let facts = Facts { client: Some(app.id.clone()), said, ..Facts::default() };
        let decision = withdraw(dory, &Withdrawal::Client(app.id.clone()), &facts, NOW);
        assert_eq!((&*decision.effects, decision.reply), (&[expected][..], Ok(())));
    }
}

#[test]
fn sec_f07_what_was_authorized_before_a_withdrawal_is_dead_after_it() {
    for said in [vec![], vec![consent(&client("app"), Epoch(5))]] {
        let before = said.first().map_or(Epoch::default(), |said| said.epoch);
        let facts = Facts { client: Some(client("app").id), said, ..Facts::default() };
        let decision = withdraw(user("dory").id, &Withdrawal::Client(client("app").id), &facts, NOW);
        let [Effect::PutConsent { consent, .. }] = &*decision.effects else { panic!("{:?}", decision.effects) };
        let own = Authorization { consent_epoch: before, ..own() };
        let ended = |consent_epoch| check::ended(&own, &client("app"), &check::Grounds { consent_epoch, ..grounds(Some(user("dory"))) });
        assert_eq!(ended(before), None);
        assert!(ended(consent.epoch).is_some());
    }
}

/// Nothing is looked for that could be missed: what is authorized at the same moment, by whatever application, is dead at birth.
#[test]
fn sec_f07_taking_everything_back_ends_what_applications_may_do_and_no_session_and_forgets_what_was_said() {
    let (dory, said) = (user("dory"), consent(&client("app"), Epoch(5)));
    let facts = Facts { user: Some(Arc::new(dory.clone())), said: vec![said.clone()], ..Facts::default() };
    let decision = withdraw(dory.id, &Withdrawal::All, &facts, NOW);
    let [Effect::ReplaceUser { user: after, seen }, forgotten] = &*decision.effects else { panic!("{:?}", decision.effects) };
    assert_eq!((*seen, forgotten), (dory.revision, &forget(&said, NOW)));
    assert_eq!(*after, User { epoch: after.epoch, ..dory.clone() });
    for at_the_same_moment in [client("app"), client("never-heard-of")] {
        let own = authorization(&at_the_same_moment, &dory);
        let ended = |user: &User| check::ended(&own, &at_the_same_moment, &grounds(Some(user.clone())));
        assert_eq!(ended(&dory), None);
        assert!(ended(after).is_some());
    }
    assert!(signed_in(&dory, NOW).session().is_of(after));
    assert!(!signed_in(&dory, NOW).session().is_of(&dory.ended()));
}

#[test]
fn sec_p02_of_an_application_that_nobody_knows_nothing_is_written() {
    let decision = withdraw(user("dory").id, &Withdrawal::Client(client("app").id), &Facts::default(), NOW);
    assert!(decision.effects.is_empty());
    assert_eq!(decision.reply.map_err(|refusal| refusal.code), Err(Code::NotFound));
}
