//! Codes and device codes: each works once, and that once.

use super::script::{GRACEFUL, STRICT, Script, issued};
use crate::checker::Kind;
use crate::journal::{Answer, Ask};

#[test]
fn a_code_and_a_device_code_work_once_after_a_crash() {
    for (mut script, present, client) in
        [(Script::code(STRICT), Ask::Redeem(2), STRICT), (Script::device(GRACEFUL), Ask::Poll(2), GRACEFUL)]
    {
        script.crash();
        script.ask(present, issued(3, 4));
        script.ask(Ask::Use(3), Answer::Active(true));
        script.ask(Ask::Refresh(4), issued(5, 6));
        script.ask(Ask::Use(3), Answer::Active(client == GRACEFUL));
        script.holds();
    }
}

#[test]
fn a_code_or_device_code_redeemed_twice_is_seen() {
    for (mut script, present) in [(Script::code(GRACEFUL), Ask::Redeem(2)), (Script::device(GRACEFUL), Ask::Poll(2))] {
        script.ask(present, issued(3, 4));
        script.ask(present, issued(5, 6));
        script.breaks(Kind::Twice);
    }
    for (mut script, present) in [(Script::code(GRACEFUL), Ask::Redeem(2)), (Script::device(GRACEFUL), Ask::Poll(2))] {
        let (first, second) = (script.send(present), script.send(present));
        script.answer(second, issued(5, 4));
        script.answer(first, issued(3, 4));
        script.breaks(Kind::Twice);
    }
}

#[test]
fn a_live_code_device_code_or_refresh_token_refused_at_its_only_presentation_is_seen() {
    for (mut script, present) in
        [(Script::code(GRACEFUL), Ask::Redeem(2)), (Script::device(GRACEFUL), Ask::Poll(2)), (Script::login(GRACEFUL), Ask::Refresh(2))]
    {
        script.ask(present, Answer::Refused);
        script.breaks(Kind::Spurned);
    }
}

#[test]
fn a_code_presented_again_is_refused_and_ends_what_it_gave() {
    let mut script = Script::code(GRACEFUL);
    script.ask(Ask::Redeem(2), issued(3, 4));
    script.ask(Ask::Redeem(2), Answer::Refused);
    script.ask(Ask::Use(3), Answer::Active(false));
    script.holds();
    script.ask(Ask::Refresh(4), issued(5, 6));
    script.breaks(Kind::Undone);
}

#[test]
fn a_device_code_presented_again_is_refused_and_spoils_nothing() {
    let mut script = Script::device(GRACEFUL);
    script.ask(Ask::Poll(2), issued(3, 4));
    script.ask(Ask::Poll(2), Answer::Refused);
    script.ask(Ask::Use(3), Answer::Active(true));
    script.holds();
    script.ask(Ask::Use(3), Answer::Active(false));
    script.breaks(Kind::Lost);
}

#[test]
fn a_redemption_without_an_answer_may_be_found_carried_out_or_not() {
    for (code, present) in [(true, Ask::Redeem(2)), (false, Ask::Poll(2))] {
        for done in [false, true] {
            let mut script = if code { Script::code(GRACEFUL) } else { Script::device(GRACEFUL) };
            script.lose(present);
            script.crash();
            script.ask(present, if done { Answer::Refused } else { issued(3, 4) });
            script.holds();
            script.ask(present, issued(5, 6));
            // Who presents a code again ends what it stands for.
            script.breaks(if code && done { Kind::Undone } else { Kind::Twice });
        }
    }
}

#[test]
fn a_yes_to_a_device_that_is_gone_after_a_crash_is_seen() {
    let mut script = Script::device(GRACEFUL);
    script.crash();
    script.ask(Ask::Poll(2), Answer::Pending);
    script.breaks(Kind::Twice);
}

#[test]
fn a_yes_without_an_answer_may_be_found_carried_out_or_not() {
    for answer in [Answer::Pending, issued(3, 4)] {
        let mut script = Script::new();
        script.ask(Ask::SignIn(0), Answer::Given(1));
        script.ask(Ask::Device(GRACEFUL), Answer::Given(2));
        script.lose(Ask::Approve { device: 2, session: 1 });
        script.crash();
        script.ask(Ask::Poll(2), answer);
        script.holds();
    }
}

#[test]
fn tokens_for_a_device_nobody_said_yes_to_are_seen() {
    let mut script = Script::new();
    script.ask(Ask::Device(GRACEFUL), Answer::Given(2));
    script.ask(Ask::Poll(2), issued(3, 4));
    script.breaks(Kind::Twice);
}

#[test]
fn a_code_that_had_its_time_may_be_refused() {
    let mut script = Script::code(GRACEFUL);
    script.wait(602_000);
    script.ask(Ask::Redeem(2), Answer::Refused);
    script.holds();
}

#[test]
fn what_was_forgotten_must_not_be_handed_out_again() {
    let mut script = Script::code(GRACEFUL);
    script.note(crate::journal::Event::Forgotten(2));
    script.ask(Ask::Code { client: GRACEFUL, session: 1 }, Answer::Given(2));
    script.breaks(Kind::Twice);
}
