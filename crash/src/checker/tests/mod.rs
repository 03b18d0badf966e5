//! Each promise with a journal that keeps it and a doctored one that breaks it: the checker must turn red, and for that reason.

mod many;
mod script;
mod single_use;

use super::Kind;
use crate::journal::{Answer, Ask, Event};
use script::{GRACEFUL, STRICT, Script, issued, password};

#[test]
fn acknowledged_tokens_that_work_after_a_crash_are_in_order() {
    let mut script = Script::login(STRICT);
    script.crash();
    script.ask(Ask::Introspect(1), Answer::Active(true));
    script.ask(Ask::Use(1), Answer::Active(true));
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.ask(Ask::Use(1), Answer::Active(false));
    script.holds();
}

#[test]
fn an_acknowledged_access_token_lost_in_a_crash_is_seen() {
    let mut script = Script::login(GRACEFUL);
    script.crash();
    script.ask(Ask::Introspect(1), Answer::Active(false));
    script.breaks(Kind::Lost);
}

#[test]
fn an_acknowledged_refresh_token_lost_in_a_crash_is_seen() {
    let mut script = Script::login(STRICT);
    script.crash();
    script.ask(Ask::Refresh(2), Answer::Refused);
    script.breaks(Kind::Spurned);
}

#[test]
fn an_acknowledged_token_without_an_authorization_lost_in_a_crash_is_seen() {
    let mut script = Script::new();
    script.ask(Ask::ClientCredentials(GRACEFUL), Answer::Issued { access: 1, refresh: None });
    script.crash();
    script.ask(Ask::Use(1), Answer::Active(false));
    script.breaks(Kind::Lost);
}

#[test]
fn an_acknowledged_successor_lost_in_a_crash_is_seen() {
    let mut script = Script::login(GRACEFUL);
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.crash();
    script.ask(Ask::Refresh(4), Answer::Refused);
    script.breaks(Kind::Spurned);
}

#[test]
fn a_refresh_without_an_answer_leaves_the_token_or_its_successor_working() {
    let mut script = Script::login(GRACEFUL);
    script.lose(Ask::Refresh(2));
    script.crash();
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.ask(Ask::Refresh(4), issued(5, 6));
    script.holds();
}

#[test]
fn a_refresh_without_an_answer_that_leaves_neither_working_is_seen() {
    let mut script = Script::login(GRACEFUL);
    script.lose(Ask::Refresh(2));
    script.crash();
    script.ask(Ask::Refresh(2), Answer::Refused);
    script.breaks(Kind::Half);
}

#[test]
fn without_grace_a_refresh_without_an_answer_may_be_found_carried_out_or_not() {
    for done in [false, true] {
        let mut script = Script::login(STRICT);
        script.lose(Ask::Refresh(2));
        script.crash();
        script.ask(Ask::Introspect(2), Answer::Active(!done));
        script.ask(Ask::Introspect(1), Answer::Active(!done));
        script.ask(Ask::Refresh(2), if done { Answer::Refused } else { issued(3, 4) });
        script.holds();
        let found = if done { "unknown, found carried out" } else { "unknown, found not carried out" };
        assert_eq!(script.verdict().tally.get(found), Some(&1));
    }
}

#[test]
fn a_rotation_found_half_carried_out_is_seen() {
    // The refresh token is exchanged, but the access token that rotation ends still works.
    let mut script = Script::login(STRICT);
    script.lose(Ask::Refresh(2));
    script.crash();
    script.ask(Ask::Introspect(1), Answer::Active(true));
    script.ask(Ask::Refresh(2), Answer::Refused);
    script.breaks(Kind::Half);
}

#[test]
fn a_revocation_found_half_carried_out_is_seen() {
    let mut script = Script::login(GRACEFUL);
    script.lose(Ask::Revoke(2));
    script.crash();
    script.ask(Ask::Introspect(1), Answer::Active(false));
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.breaks(Kind::Half);
}

#[test]
fn a_revocation_without_an_answer_may_be_found_carried_out_or_not() {
    for done in [false, true] {
        let mut script = Script::login(GRACEFUL);
        script.lose(Ask::Revoke(2));
        script.crash();
        script.ask(Ask::Introspect(1), Answer::Active(!done));
        script.ask(Ask::Refresh(2), if done { Answer::Refused } else { issued(3, 4) });
        script.holds();
    }
}

#[test]
fn a_request_without_an_answer_that_takes_effect_only_after_the_crash_is_seen() {
    let mut script = Script::login(GRACEFUL);
    script.lose(Ask::Revoke(2));
    script.crash();
    script.ask(Ask::Introspect(1), Answer::Active(true));
    script.ask(Ask::Introspect(1), Answer::Active(false));
    script.breaks(Kind::Half);
}

#[test]
fn an_acknowledged_revocation_of_a_refresh_token_undone_by_a_crash_is_seen_on_every_road() {
    for (ask, answer) in [
        (Ask::Introspect(1), Answer::Active(true)),
        (Ask::Introspect(2), Answer::Active(true)),
        (Ask::Use(1), Answer::Active(true)),
        (Ask::Refresh(2), issued(3, 4)),
    ] {
        let mut script = Script::login(GRACEFUL);
        script.ask(Ask::Revoke(2), Answer::Done);
        script.crash();
        script.ask(ask, answer);
        script.breaks(Kind::Undone);
    }
}

#[test]
fn revoking_an_older_token_of_the_chain_ends_it_too() {
    let mut script = Script::login(GRACEFUL);
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.ask(Ask::Revoke(2), Answer::Done);
    script.ask(Ask::Refresh(4), issued(5, 6));
    script.breaks(Kind::Undone);
}

#[test]
fn an_acknowledged_revocation_of_an_access_token_undone_by_a_crash_is_seen() {
    let mut script = Script::login(GRACEFUL);
    script.ask(Ask::Revoke(1), Answer::Done);
    script.ask(Ask::Introspect(2), Answer::Active(true));
    script.crash();
    script.ask(Ask::Use(1), Answer::Active(true));
    script.breaks(Kind::Undone);
}

#[test]
fn revoking_an_access_token_leaves_its_refresh_token() {
    let mut script = Script::login(GRACEFUL);
    script.ask(Ask::Revoke(1), Answer::Done);
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.ask(Ask::Use(3), Answer::Active(true));
    script.holds();
}

#[test]
fn a_token_exchanged_twice_without_grace_is_seen() {
    let mut script = Script::login(STRICT);
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.crash();
    script.ask(Ask::Refresh(2), issued(5, 4));
    script.breaks(Kind::Twice);
}

#[test]
fn two_winners_of_a_race_without_grace_are_seen() {
    let mut script = Script::login(STRICT);
    let first = script.send(Ask::Refresh(2));
    let second = script.send(Ask::Refresh(2));
    script.answer(first, issued(3, 4));
    script.answer(second, issued(5, 4));
    script.breaks(Kind::Twice);
}

#[test]
fn a_second_successor_is_seen_even_in_the_grace() {
    let mut script = Script::login(GRACEFUL);
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.ask(Ask::Refresh(2), issued(5, 6));
    script.breaks(Kind::Twice);
}

#[test]
fn the_same_successor_in_the_grace_is_in_order() {
    let mut script = Script::login(GRACEFUL);
    let first = script.send(Ask::Refresh(2));
    let second = script.send(Ask::Refresh(2));
    script.answer(second, issued(5, 4));
    script.answer(first, issued(3, 4));
    script.crash();
    script.ask(Ask::Refresh(2), issued(7, 4));
    script.holds();
}

#[test]
fn a_loser_without_grace_is_refused_and_nothing_else_happens() {
    let mut script = Script::login(STRICT);
    let first = script.send(Ask::Refresh(2));
    let second = script.send(Ask::Refresh(2));
    script.answer(second, Answer::Refused);
    script.answer(first, issued(3, 4));
    script.ask(Ask::Use(3), Answer::Active(true));
    script.holds();
}

#[test]
fn a_loser_whose_refusal_ends_the_authorization_is_seen() {
    let mut script = Script::login(STRICT);
    let first = script.send(Ask::Refresh(2));
    let second = script.send(Ask::Refresh(2));
    script.answer(first, issued(3, 4));
    script.answer(second, Answer::Refused);
    script.ask(Ask::Refresh(4), Answer::Refused);
    script.breaks(Kind::Spurned);
}

#[test]
fn a_token_handed_out_to_two_authorizations_is_seen() {
    let mut script = Script::login(GRACEFUL);
    script.ask(password(GRACEFUL), issued(3, 2));
    script.breaks(Kind::Twice);
}

#[test]
fn after_reuse_was_detected_the_authorization_must_be_dead() {
    for (ask, answer) in [(Ask::Refresh(6), issued(7, 8)), (Ask::Introspect(5), Answer::Active(true))] {
        let mut script = Script::login(GRACEFUL);
        script.ask(Ask::Refresh(2), issued(3, 4));
        script.ask(Ask::Refresh(4), issued(5, 6));
        script.ask(Ask::Refresh(2), Answer::Refused);
        script.ask(Ask::Use(5), Answer::Active(false));
        script.holds();
        script.crash();
        script.ask(ask, answer);
        script.breaks(Kind::Undone);
    }
}

#[test]
fn long_after_a_rotation_without_grace_the_old_token_is_reuse() {
    let mut script = Script::login(STRICT);
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.wait(7_000);
    script.ask(Ask::Refresh(2), Answer::Refused);
    script.ask(Ask::Refresh(4), issued(5, 6));
    script.breaks(Kind::Undone);
}

#[test]
fn long_after_the_grace_the_old_token_is_reuse() {
    let mut script = Script::login(GRACEFUL);
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.wait(62_000);
    script.ask(Ask::Refresh(2), issued(5, 4));
    script.breaks(Kind::Twice);
}

#[test]
fn a_rotation_acknowledged_while_its_revocation_was_under_way_is_in_order_both_ways() {
    for revoked_first in [false, true] {
        let mut script = Script::login(GRACEFUL);
        let revoke = script.send(Ask::Revoke(2));
        let refresh = script.send(Ask::Refresh(2));
        script.answer(refresh, if revoked_first { Answer::Refused } else { issued(3, 4) });
        script.answer(revoke, Answer::Done);
        script.holds();
    }
}

#[test]
fn a_refresh_that_succeeds_after_the_end_was_acknowledged_is_seen() {
    let mut script = Script::login(GRACEFUL);
    script.ask(Ask::Revoke(2), Answer::Done);
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.breaks(Kind::Undone);
}

#[test]
fn unavailable_leaves_the_outcome_open_until_the_server_has_recovered() {
    for done in [false, true] {
        let mut script = Script::login(GRACEFUL);
        script.ask(Ask::Revoke(2), Answer::Unavailable);
        script.ask(Ask::Use(1), Answer::Active(true));
        script.settle();
        script.ask(Ask::Use(1), Answer::Active(!done));
        script.holds();
        script.ask(Ask::Use(1), Answer::Active(done));
        script.breaks(Kind::Half);
    }
}

#[test]
fn many_equal_requests_without_outcome_stay_affordable() {
    let mut script = Script::login(GRACEFUL);
    for _ in 0..40 {
        script.ask(Ask::Refresh(2), Answer::Unavailable);
        script.ask(Ask::Revoke(1), Answer::Unavailable);
        script.ask(Ask::Revoke(2), Answer::Unavailable);
    }
    script.settle();
    script.ask(Ask::Refresh(2), issued(3, 4));
    script.holds();
}

#[test]
fn a_request_that_never_left_changes_nothing() {
    let mut script = Script::login(GRACEFUL);
    let operation = script.send(Ask::Revoke(2));
    script.note(Event::Unsent(operation));
    script.ask(Ask::Use(1), Answer::Active(false));
    script.breaks(Kind::Lost);
}

#[test]
fn an_answer_no_request_may_get_is_a_violation_by_itself() {
    let mut script = Script::login(GRACEFUL);
    script.ask(Ask::Introspect(1), Answer::Odd("500 Internal Server Error".to_owned()));
    script.breaks(Kind::Odd);
}

#[test]
fn a_refused_login_with_the_right_password_is_seen() {
    let mut script = Script::new();
    script.ask(password(GRACEFUL), Answer::Refused);
    script.breaks(Kind::Lost);
}
