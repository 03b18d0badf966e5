use std::sync::Arc;

use keyward_rules::user_auth::authenticate;
use keyward_wire::{error::Code, profile::STANDARD};

use crate::fixture::{NOW, refused, user};

#[test]
fn a_user_with_the_right_password_is_who_they_say_with_the_epoch_that_was_seen() {
    let dory = Arc::new(user("dory"));
    let proof = authenticate(Some(dory.clone()), Ok(()), NOW).unwrap();
    assert_eq!((proof.id(), proof.epoch(), proof.at()), (dory.id, dory.epoch, NOW));
    assert_eq!(proof.user(), &dory);
}

#[test]
fn req_p05_unknown_wrong_and_disabled_answer_alike_and_only_the_log_tells_them_apart() {
    let mut disabled = user("dory");
    disabled.disabled_at = Some(NOW);
    let table = [
        ("user_known", None, true),
        ("user_known", None, false),
        ("password_matches", Some(user("dory")), false),
        ("password_matches", Some(disabled.clone()), false),
        ("user_enabled", Some(disabled), true),
    ];
    for (step, user, password_matches) in table {
        let refusal = refused(authenticate(user.map(Arc::new), password_matches.then_some(()).ok_or_else(|| "wrong".to_owned()), NOW));
        assert_eq!((refusal.step, &refusal.code), (step, &Code::CredentialsWrong));
        assert_eq!(refusal.code.answer(&STANDARD).error, "invalid_grant");
    }
}
