use std::sync::Arc;

use keyward_rules::{
    authorize::{Answer, Facts, Next, Owner, Question, Yes, decide, next},
    effect::Effect,
    model::{client::ClientKind, id::AuthorizationId},
};
use keyward_wire::{authorization_request::ResponseMode, scope::Scope};
use proptest::{prelude::*, sample::subsequence};

use super::{PKCE, PROFILES, accept, app, consent, public_app};
use crate::fixture::{NOW, entropy, signed_in, user, with, within};

const WORDS: [&str; 5] = ["read", "write", "admin", "all", "offline_access"];

fn any_scope() -> impl Strategy<Value = String> {
    subsequence(WORDS.to_vec(), 0..=WORDS.len()).prop_map(|words| words.join(" "))
}

/// A request as text, of everything that makes a difference.
fn any_query() -> impl Strategy<Value = String> {
    let one_of = |texts: &'static [&'static str]| prop::sample::select(texts);
    let parts = (
        one_of(&["code", "token"]),
        any_scope(),
        one_of(&["", "&response_mode=query", "&response_mode=fragment", "&response_mode=form_post"]),
        one_of(&["", PKCE]),
        one_of(&["", "&state=s"]),
        one_of(&["", "&prompt=none", "&prompt=login", "&prompt=consent", "&max_age=0"]),
    );
    parts.prop_map(|(kind, scope, mode, pkce, state, prompt)| format!("response_type={kind}&scope={scope}{mode}{pkce}{state}{prompt}"))
}

proptest! {
    #[test]
    fn no_request_gets_a_scope_beyond_client_or_request_and_the_same_question_is_decided_the_same(
        query in any_query(),
        registered in any_scope(),
        said in prop::option::of(any_scope()),
        public: bool,
        first_party: bool,
        require_pkce: bool,
        profile in prop::sample::select(&PROFILES[..]),
        on_a_page: bool,
        later in 0_i64..100_000,
    ) {
        let registered = Scope::parse(&registered).unwrap();
        let client = with(if public { public_app() } else { app() }, |registration| {
            registration.scopes.clone_from(&registered);
            registration.first_party = first_party;
            registration.require_pkce = require_pkce;
        });
        let Ok(accepted) = accept(profile, client, &query, &[]) else { return Ok(()) };
        let again = accept(profile, (**accepted.addressed().client()).clone(), &query, &[]).unwrap();
        prop_assert_eq!(again.allowed(), accepted.allowed());
        let asked = accepted.request().clone();
        let is_code = asked.response_type.as_str() == "code";
        prop_assert!(is_code || asked.reply.mode() != ResponseMode::Query, "a token in a query");
        let kind = accepted.addressed().client().registration.kind;
        let unproved = kind == ClientKind::Public && asked.challenge.is_none();
        prop_assert!(!is_code || !unproved || !(profile.public_needs_pkce || require_pkce));

        let scope = accepted.allowed().scope.clone();
        prop_assert!(scope.is_within(&registered) && !scope.contains("all"));
        prop_assert!(asked.wanted.scope.as_ref().is_none_or(|wanted| scope.is_within(wanted)));

        let (dory, now) = (user("dory"), keyward_rules::model::time::Timestamp(NOW.0 + later));
        let who = signed_in(&dory, NOW);
        let said = said.map(|text| Arc::new(consent(&text)));
        let then = next(&accepted, Some(&who), said.as_deref(), now);
        prop_assert_eq!(&then, &next(&accepted, Some(&who), said.as_deref(), now));
        prop_assert!(!asked.prompt.none || !matches!(then, Ok(Next::SignIn | Next::Ask)), "something is shown in silence");
        if then == Ok(Next::Answer) && !first_party {
            let said = said.as_ref().unwrap();
            prop_assert!(scope.is_within(&said.scope) && now < said.expires_at && !unproved && is_code);
        }

        let page = (then != Ok(Next::Answer) || on_a_page).then_some(AuthorizationId([3; 16]));
        let question = Question { accepted, owner: Owner::from(&who), yes: page.map_or(Yes::Before, Yes::OnPage) };
        let facts = Facts { taken: false, consent: said };
        let bits = entropy(1);
        let (decision, again) = (decide(&question, &facts, &within(now, &bits)), decide(&question, &facts, &within(now, &bits)));
        prop_assert_eq!(&decision.effects, &again.effects);
        let Some(Effect::Authorize(own)) = decision.effects.first() else { panic!("{:?}", decision.reply) };
        prop_assert_eq!(&own.scope, &scope);
        prop_assert_eq!(own.code.is_some(), is_code);
        match (decision.reply.unwrap(), again.reply.unwrap()) {
            (Answer::Code(one), Answer::Code(other)) => prop_assert_eq!(one, other),
            (Answer::Token(one), Answer::Token(other)) => {
                prop_assert_eq!(one.access, other.access);
                prop_assert_eq!(one.authorization.unwrap().1, None, "a refresh token at once");
            }
            _ => panic!("a code once and a token once"),
        }
    }
}
