use keyward_rules::effect::Effect;
use keyward_wire::scope::Scope;
use proptest::{prelude::*, sample::subsequence};

use super::decide::redeeming;

const WORDS: [&str; 5] = ["read", "write", "admin", "all", "offline_access"];

fn any_scope() -> impl Strategy<Value = Scope> {
    subsequence(WORDS.to_vec(), 0..=WORDS.len()).prop_map(|words| words.into_iter().collect())
}

proptest! {
    #[test]
    fn sec_f05_no_code_gives_a_scope_beyond_client_or_grant_and_the_same_question_is_decided_the_same(
        registered in any_scope(),
        granted in any_scope(),
        asked in prop::option::of(any_scope()),
    ) {
        let text = asked.as_ref().map_or("", |scope| scope.as_str());
        let case = redeeming().asked_by(|client| client.registration.scopes = registered.clone());
        let case = case.of(|own| own.scope = granted.clone()).wanting(text, &[]);
        let (decision, again) = (case.decide(), case.decide());
        prop_assert_eq!(&decision.effects, &again.effects);
        prop_assert_eq!(decision.reply.as_ref().err(), again.reply.as_ref().err());
        match decision.reply {
            Ok(issue) => {
                prop_assert!(matches!(&*decision.effects, [Effect::Redeem { .. }]), "not redeemed");
                prop_assert_eq!(&issue.access, &again.reply.unwrap().access);
                let scope = &issue.access.scope;
                prop_assert!(scope.is_within(&registered) && scope.is_within(&granted));
                prop_assert!(!scope.contains("all"), "only super clients may have it");
                prop_assert!(text.is_empty() || scope.as_str() == text);
                prop_assert_eq!(issue.authorization.unwrap().0.scope, granted);
            }
            Err(_) => prop_assert!(matches!(&*decision.effects, [Effect::Revoke { .. }]), "not revoked"),
        }
    }
}
