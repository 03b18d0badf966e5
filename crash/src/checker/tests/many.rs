//! What ends many things at once: of a user, a client, an application, a session.

use super::script::{GRACEFUL, STRICT, Script, issued, password};
use crate::checker::Kind;
use crate::journal::{Answer, Ask, Event, TokenId};

/// Session 1; access token 11 with refresh token 12 by password, 21 with 22 by a code of this session, 31 with 32 by a device.
fn everything() -> Script {
    let mut script = Script::new();
    script.ask(Ask::SignIn(0), Answer::Given(1));
    script.ask(password(GRACEFUL), issued(11, 12));
    script.ask(Ask::Code { client: GRACEFUL, session: 1 }, Answer::Given(20));
    script.ask(Ask::Redeem(20), issued(21, 22));
    script.ask(Ask::Device(GRACEFUL), Answer::Given(30));
    script.ask(Ask::Approve { device: 30, session: 1 }, Answer::Done);
    script.ask(Ask::Poll(30), issued(31, 32));
    script
}

/// What ends what: the request, the access tokens that end with it, and whether the session does.
const ENDS: [(Ask, &[TokenId], bool); 6] = [
    (Ask::EndUser(0), &[11, 21, 31], true),
    (Ask::Disable(0), &[11, 21, 31], true),
    (Ask::EndClient(GRACEFUL), &[11, 21, 31], false),
    (Ask::Withdraw { client: GRACEFUL, session: 1 }, &[11, 21, 31], false),
    (Ask::WithdrawAll(1), &[11, 21, 31], false),
    (Ask::SignOut(1), &[21], true),
];

#[test]
fn every_acknowledged_end_holds_for_all_it_reaches_and_for_nothing_else() {
    for (end, ended, session) in ENDS {
        let mut script = everything();
        script.ask(end, Answer::Done);
        script.crash();
        for token in [11, 21, 31] {
            script.ask(Ask::Use(token), Answer::Active(!ended.contains(&token)));
        }
        let code = Ask::Code { client: STRICT, session: 1 };
        script.ask(code, if session { Answer::SignIn } else { Answer::Given(40) });
        script.holds();
    }
}

#[test]
fn every_acknowledged_end_that_is_undone_for_one_token_is_seen() {
    for (end, ended, session) in ENDS {
        for token in ended {
            let mut script = everything();
            script.ask(end, Answer::Done);
            script.crash();
            script.ask(Ask::Use(*token), Answer::Active(true));
            script.breaks(Kind::Undone);
        }
        if session {
            let mut script = everything();
            script.ask(end, Answer::Done);
            script.ask(Ask::Code { client: STRICT, session: 1 }, Answer::Given(40));
            script.breaks(Kind::Undone);
        }
    }
}

#[test]
fn an_end_that_takes_more_along_than_it_may_is_seen() {
    for (end, ended, _) in ENDS {
        for token in [11, 21, 31].into_iter().filter(|token| !ended.contains(token)) {
            let mut script = everything();
            script.ask(end, Answer::Done);
            script.ask(Ask::Use(token), Answer::Active(false));
            script.breaks(Kind::Lost);
        }
    }
    let mut script = everything();
    script.ask(Ask::Password { client: GRACEFUL, user: 1 }, issued(51, 52));
    script.ask(Ask::EndUser(0), Answer::Done);
    script.ask(Ask::Use(51), Answer::Active(false));
    script.breaks(Kind::Lost);
}

#[test]
fn ending_the_other_sessions_of_a_user_keeps_this_one() {
    let mut script = everything();
    script.ask(Ask::SignIn(0), Answer::Given(2));
    script.ask(Ask::EndOtherSessions(2), Answer::Done);
    script.ask(Ask::Use(21), Answer::Active(false));
    script.ask(Ask::Use(11), Answer::Active(true));
    script.ask(Ask::Code { client: GRACEFUL, session: 1 }, Answer::SignIn);
    script.ask(Ask::Code { client: GRACEFUL, session: 2 }, Answer::Given(60));
    script.holds();
    script.ask(Ask::Code { client: GRACEFUL, session: 2 }, Answer::SignIn);
    script.breaks(Kind::Lost);
}

#[test]
fn what_is_made_after_the_end_was_acknowledged_must_live() {
    for (end, ..) in ENDS.into_iter().filter(|(end, ..)| !matches!(end, Ask::Disable(_))) {
        let mut script = everything();
        script.ask(end, Answer::Done);
        script.ask(password(GRACEFUL), issued(51, 52));
        script.ask(Ask::Use(51), Answer::Active(true));
        script.holds();
        script.ask(Ask::Use(51), Answer::Active(false));
        script.breaks(Kind::Lost);
    }
}

#[test]
fn what_is_made_while_the_end_is_under_way_may_live_or_not() {
    for lives in [false, true] {
        for end_first in [false, true] {
            let mut script = everything();
            let login = script.send(password(GRACEFUL));
            let end = script.send(Ask::EndUser(0));
            if end_first {
                script.answer(end, Answer::Done);
                script.answer(login, issued(51, 52));
            } else {
                script.answer(login, issued(51, 52));
                script.answer(end, Answer::Done);
            }
            script.ask(Ask::Use(51), Answer::Active(lives));
            script.holds();
            script.ask(Ask::Use(51), Answer::Active(!lives));
            script.breaks(if lives { Kind::Lost } else { Kind::Undone });
        }
    }
}

#[test]
fn an_end_without_an_answer_may_be_found_carried_out_or_not_until_it_is_settled() {
    for done in [false, true] {
        let mut script = everything();
        script.lose(Ask::EndUser(0));
        script.ask(Ask::Use(11), Answer::Active(true));
        script.ask(Ask::Device(GRACEFUL), Answer::Given(70));
        script.crash();
        script.ask(Ask::Use(11), Answer::Active(!done));
        script.ask(Ask::Use(11), Answer::Active(!done));
        script.holds();
        script.ask(Ask::Use(11), Answer::Active(done));
        script.breaks(Kind::Half);
    }
}

#[test]
fn an_end_that_nobody_was_signed_in_for_ends_nothing() {
    let mut script = everything();
    script.ask(Ask::SignOut(1), Answer::Done);
    script.ask(Ask::WithdrawAll(1), Answer::SignIn);
    script.ask(Ask::Use(11), Answer::Active(true));
    script.holds();
    script.ask(Ask::Use(11), Answer::Active(false));
    script.breaks(Kind::Lost);
}

#[test]
fn a_disabled_user_who_logs_in_is_seen() {
    for (ask, answer) in [(password(GRACEFUL), issued(81, 82)), (Ask::SignIn(0), Answer::Given(83))] {
        let mut script = everything();
        script.ask(Ask::Disable(0), Answer::Done);
        script.ask(ask, Answer::Refused);
        script.holds();
        script.crash();
        script.ask(ask, answer.clone());
        script.breaks(Kind::Undone);
        let mut script = everything();
        script.ask(Ask::Disable(0), Answer::Done);
        script.ask(Ask::Enable(0), Answer::Done);
        script.ask(ask, answer);
        script.ask(Ask::Use(11), Answer::Active(false));
        script.holds();
    }
}

#[test]
fn a_device_that_nobody_said_yes_to_outlives_the_end_of_a_user() {
    let mut script = Script::new();
    script.ask(Ask::SignIn(0), Answer::Given(1));
    script.ask(Ask::Device(GRACEFUL), Answer::Given(2));
    script.ask(Ask::EndUser(0), Answer::Done);
    script.ask(Ask::Poll(2), Answer::Pending);
    script.ask(Ask::SignIn(0), Answer::Given(3));
    script.ask(Ask::Approve { device: 2, session: 3 }, Answer::Done);
    script.ask(Ask::Poll(2), issued(4, 5));
    script.holds();
}

#[test]
fn a_code_and_a_device_that_was_let_in_end_with_their_user() {
    for (mut script, present) in [(Script::code(GRACEFUL), Ask::Redeem(2)), (Script::device(GRACEFUL), Ask::Poll(2))] {
        script.ask(Ask::EndUser(0), Answer::Done);
        script.ask(present, Answer::Refused);
        script.holds();
    }
    for (mut script, present) in [(Script::code(GRACEFUL), Ask::Redeem(2)), (Script::device(GRACEFUL), Ask::Poll(2))] {
        script.ask(Ask::EndUser(0), Answer::Done);
        script.ask(present, issued(3, 4));
        script.breaks(Kind::Undone);
    }
}

#[test]
fn an_answer_about_what_was_forgotten_meanwhile_means_nothing() {
    let mut script = everything();
    let end = script.send(Ask::EndUser(0));
    script.note(Event::Forgotten(12));
    script.answer(end, Answer::Done);
    script.ask(Ask::Use(21), Answer::Active(false));
    script.holds();
}
