use keyward_rules::{
    authorize::{Answer, Facts, Owner, Question, Yes, decide, may_pass_on},
    check::LiveToken,
    effect::Effect,
    model::{client::Client, time::Timestamp},
};
use keyward_wire::error::Code;

use super::{accepted, app};
use crate::{
    check::{for_client, for_user},
    fixture::{NOW, client, entropy, scope, with, within},
};

fn token(client: Client, text: &str) -> LiveToken {
    for_user(client).but(|case| case.token.scope = scope(text)).check().unwrap()
}

fn super_client() -> Client {
    with(client("kalamar"), |registration| registration.super_client = true)
}

#[test]
fn a_token_speaks_for_its_user_with_all_that_its_authorization_stands_on() {
    let live = token(super_client(), "authorize");
    let (authorization, dory) = live.speaks_for().unwrap();
    let owner = Owner::by_token(&live).unwrap();
    assert_eq!((owner.user().id, owner.authenticated_at()), (dory.id, authorization.authenticated_at));
    assert!(Owner::by_token(&for_client(super_client()).check().unwrap()).is_none(), "a client's own token speaks for nobody");

    let question = Question { accepted: accepted(app(), "response_type=code&scope=read"), owner, yes: Yes::Elsewhere };
    let bits = entropy(1);
    let decision = decide(&question, &Facts::default(), &within(NOW, &bits));
    let [Effect::Authorize(own)] = &decision.effects[..] else { panic!("nothing is remembered: {:?}", decision.effects) };
    assert_eq!((own.user_epoch, own.session), (authorization.user_epoch, authorization.bound_to()));
    assert!(matches!(decision.reply, Ok(Answer::Code(_))));
}

#[test]
fn sec_l02_a_token_passes_on_what_it_has_and_that_of_a_super_client_everything_but_all() {
    let kind = |code| match code {
        Code::ScopeAll => "all",
        Code::ScopeIllegal { .. } => "more",
        code => panic!("{code:?}"),
    };
    for (trusted, own, asked, refused) in [
        (true, "all", "all", None),
        (true, "all", "read write", None),
        (true, "authorize", "read write", None),
        (true, "authorize", "all", Some("all")),
        (true, "authorize", "read all", Some("all")),
        (false, "authorize read", "read", None),
        (false, "authorize read", "authorize", None),
        (false, "authorize read", "read write", Some("more")),
        (false, "authorize install_user_client", "all", Some("all")),
        (false, "authorize install_user_client", "read", Some("more")),
    ] {
        let holder = if trusted { super_client() } else { client("third") };
        let passed = may_pass_on(&token(holder, own), &scope(asked), NOW);
        assert_eq!(passed.err().map(|refusal| kind(refusal.code)), refused, "{trusted} {own}: {asked}");
    }
}

#[test]
fn sec_f06_what_a_token_passes_on_does_not_renew_it_for_ever() {
    let (third, trusted) = (token(client("third"), "authorize read"), token(super_client(), "authorize read"));
    let (authorization, _) = third.speaks_for().unwrap();
    let over = authorization.authenticated_at + third.client().registration.refresh_lifetime;
    let passed = |token: &LiveToken, now| may_pass_on(token, &scope("read"), now).map_err(|refusal| refusal.code);
    assert_eq!(passed(&third, Timestamp(over.0 - 1)), Ok(()));
    assert_eq!(passed(&third, over), Err(Code::LoginRequired));
    assert_eq!(passed(&trusted, over), Ok(()), "it has the person's password anyway");
}
