use std::sync::Arc;

use keyward_rules::{
    account::{Facts, Withdrawal, withdraw},
    check,
    effect::Effect,
    model::{authorization::Authorization, client::Client, consent::Consent, epoch::Epoch, id::AuthorizationId, time::Seconds},
};
use keyward_wire::{error::Code, scope::Scope};

use crate::fixture::{NOW, audiences, authorization, client, grounds, refused, scope, user};

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
    let facts = Facts { authorization: Some(Arc::new(own())), clients: vec![] };
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
        let decision = withdraw(who, &Withdrawal::One(id), &Facts { authorization, clients: vec![] }, NOW);
        assert_eq!(decision.effects, [], "{what}");
        let refusal = refused(decision.reply);
        assert_eq!((refusal.step, refusal.code), ("authorization_of_user", Code::NotFound), "{what}");
    }
}

#[test]
fn sec_f07_withdrawing_raises_the_epoch_of_each_consent_and_leaves_nothing_agreed_to() {
    let (app, other, dory) = (client("app"), client("other"), user("dory").id);
    let said = consent(&app, Epoch(5));
    let clients = vec![(app.id.clone(), Some(Arc::new(said))), (other.id.clone(), None)];
    let withdrawn = |of: &Client, epoch| Consent {
        epoch,
        scope: Scope::default(),
        audience: vec![],
        granted_at: NOW,
        expires_at: NOW,
        ..consent(of, epoch)
    };
    let expected = [
        Effect::PutConsent { consent: withdrawn(&app, Epoch(6)), seen: Some(Epoch(5)) },
        // Nothing was written, which counts as 0: also then what was authorized before must end.
        Effect::PutConsent { consent: withdrawn(&other, Epoch(1)), seen: None },
    ];
    let decision = withdraw(dory, &Withdrawal::All, &Facts { authorization: None, clients: clients.clone() }, NOW);
    assert_eq!((&*decision.effects, decision.reply), (&expected[..], Ok(())));
    let one = Facts { authorization: None, clients: clients[..1].to_vec() };
    let decision = withdraw(dory, &Withdrawal::Client(app.id), &one, NOW);
    assert_eq!((&*decision.effects, decision.reply), (&expected[..1], Ok(())));
}

#[test]
fn sec_f07_what_was_authorized_before_a_withdrawal_is_dead_after_it() {
    for said in [None, Some(Arc::new(consent(&client("app"), Epoch(5))))] {
        let before = said.as_ref().map_or(Epoch::default(), |said| said.epoch);
        let facts = Facts { authorization: None, clients: vec![(client("app").id, said)] };
        let decision = withdraw(user("dory").id, &Withdrawal::Client(client("app").id), &facts, NOW);
        let [Effect::PutConsent { consent, .. }] = &*decision.effects else { panic!("{:?}", decision.effects) };
        let own = Authorization { consent_epoch: before, ..own() };
        let ended = |consent_epoch| check::ended(&own, &client("app"), &check::Grounds { consent_epoch, ..grounds(Some(user("dory"))) });
        assert_eq!(ended(before), None);
        assert!(ended(consent.epoch).is_some());
    }
}

#[test]
fn sec_p02_of_an_application_that_nobody_knows_nothing_is_written() {
    let decision = withdraw(user("dory").id, &Withdrawal::Client(client("app").id), &Facts::default(), NOW);
    assert!(decision.effects.is_empty());
    assert_eq!(decision.reply.map_err(|refusal| refusal.code), Err(Code::NotFound));
    // The twin: to end everything where there is nothing is no mistake.
    assert_eq!(withdraw(user("dory").id, &Withdrawal::All, &Facts::default(), NOW).reply, Ok(()));
}
