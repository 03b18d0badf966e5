//! `grant_type=urn:ietf:params:oauth:grant-type:device_code`: a device asks until somebody has said something (RFC 8628 §3.4).

use std::sync::Barrier;
use std::thread;

use crate::client::Site;
use crate::fixture::{ADMIN, C1, DORY, MARLIN, ORDERS};
use crate::person::Person;
use crate::server::Server;
use crate::tv::{Codes, GRANT, HUB, TV, home};

fn ask(site: &Site, form: &[(&str, &str)]) -> crate::client::Answer {
    site.post("/oauth/token").form(&[&[("grant_type", GRANT)], form].concat()).send()
}

/// Codes that somebody has allowed.
fn allowed(site: &Site, person: &mut Person<'_>) -> Codes {
    let codes = site.codes();
    person.say(&codes, "allow");
    codes
}

#[test]
fn a_device_asks_until_somebody_allows_it_and_then_has_tokens_that_work() {
    let server = home().start();
    let site = server.standard();
    let codes = site.codes();
    site.poll(&codes).refused(400, "authorization_pending");
    let mut person = Person::signed_in(site, DORY);
    person.say(&codes, "allow");
    let tokens = site.poll(&codes).tokens();
    assert_eq!(tokens.scope, "read");
    assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 200);
    let refreshed = site.refresh_tv(tokens.refresh()).tokens();
    assert_eq!(site.get("/secure").bearer(&refreshed.access).send().status, 200);
    let account = person.get("/account").page().text();
    assert!(account.contains("Reef TV") && account.contains("you entered a code"), "{account}");
}

#[test]
fn a_client_without_refresh_tokens_gets_none_and_audience_and_scope_are_what_was_allowed() {
    let server = home().with_client("hub", "grants = ['device_code']").start();
    let site = server.standard();
    let form = [("scope", "read write"), ("resource", ORDERS)];
    let codes = site.post("/oauth/device_authorization").basic(HUB).form(&form).send().codes();
    Person::signed_in(site, DORY).say(&codes, "allow");
    let poll = |more: &[(&str, &str)]| {
        let form = [&[("grant_type", GRANT), ("device_code", codes.device.as_str())], more].concat();
        site.post("/oauth/token").basic(HUB).form(&form).send()
    };
    poll(&[("scope", "read everything")]).refused(400, "invalid_scope");
    poll(&[("resource", "https://billing.example.com")]).refused(400, "invalid_target");
    let tokens = poll(&[("scope", "write")]).tokens();
    assert_eq!((tokens.refresh.as_deref(), tokens.scope.as_str()), (None, "write"));
    let told = site.introspect(HUB, &tokens.access);
    assert_eq!((told["aud"].clone(), told["username"].clone()), (ORDERS.into(), "dory".into()), "{told}");
}

#[test]
fn sec_k06_a_device_that_asks_too_often_is_told_to_slow_down_and_is_heard_again_once_allowed() {
    let server = home().start();
    let site = server.standard();
    let (codes, other) = (site.codes(), site.codes());
    let answers: Vec<_> = (0..100).map(|_| site.poll(&codes).json()["error"].clone()).collect();
    assert_eq!(answers[0], "authorization_pending");
    assert!(answers.iter().any(|error| error == "slow_down"), "{answers:?}");
    site.poll(&other).refused(400, "authorization_pending");
    Person::signed_in(site, DORY).say(&codes, "allow");
    site.poll(&codes).tokens();
}

#[test]
fn sec_k06_a_code_gives_tokens_once() {
    let server = home().start();
    let site = server.standard();
    let codes = allowed(site, &mut Person::signed_in(site, DORY));
    let tokens = site.poll(&codes).tokens();
    for _ in 0..3 {
        site.poll(&codes).refused(400, "invalid_grant");
    }
    // Whoever asks once more has not stolen it: it never left the device. What it gave lives on.
    site.refresh_tv(tokens.refresh()).tokens();
}

#[test]
fn sec_k06_of_32_redemptions_at_once_exactly_one_succeeds() {
    let server = home().start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    for _ in 0..8 {
        let codes = allowed(site, &mut person);
        let barrier = Barrier::new(32);
        let answers: Vec<_> = thread::scope(|scope| {
            let ask = || {
                barrier.wait();
                site.poll(&codes)
            };
            let asking: Vec<_> = (0..32).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(good.len(), 1, "{good:?}");
        for answer in bad {
            answer.refused(400, "invalid_grant");
        }
        assert_eq!(site.get("/secure").bearer(&good[0].tokens().access).send().status, 200);
    }
}

#[test]
fn sec_k06_no_is_final() {
    let server = home().start();
    let site = server.standard();
    let codes = site.codes();
    let mut person = Person::signed_in(site, DORY);
    // The same page lies open in two windows; no is said in one, then yes in the other.
    let open = person.enter(&codes.user).page().form("/device");
    person.say(&codes, "deny");
    site.poll(&codes).refused(400, "access_denied");
    let late = person.post(&open.pressed("allow"));
    assert_eq!(late.status, 400, "{late:?}");
    assert!(!person.enter(&codes.user).asks_about_a_device());
    for _ in 0..3 {
        site.poll(&codes).refused(400, "access_denied");
    }
    site.let_in(&mut person);
}

#[test]
fn sec_k02_a_device_code_is_of_its_client_alone_and_cannot_be_guessed() {
    let server = home().start();
    let site = server.standard();
    let codes = allowed(site, &mut Person::signed_in(site, DORY));
    let as_hub = site.post("/oauth/token").basic(HUB).form(&[("grant_type", GRANT), ("device_code", &codes.device)]).send();
    as_hub.refused(400, "invalid_grant");
    let without = site.post("/oauth/token").basic(C1).form(&[("grant_type", GRANT), ("device_code", &codes.device)]).send();
    without.refused(400, "unauthorized_client");
    ask(site, &[("device_code", &codes.device)]).refused(400, "invalid_request");
    ask(site, &[("client_id", TV)]).refused(400, "invalid_request");
    let (head, tail) = codes.device.split_at(codes.device.len() - 1);
    let other_end = if tail == "A" { "B" } else { "A" };
    let user_code = codes.user.as_str();
    for guess in [head, &format!("{head}{other_end}"), &format!("{}A", codes.device), &format!("{}=", codes.device), user_code, "kwd_", "x"]
    {
        ask(site, &[("client_id", TV), ("device_code", guess)]).refused(400, "invalid_grant");
    }
    // None of it spoilt the code for who it is of.
    site.poll(&codes).tokens();
}

#[test]
fn sec_k08_a_user_disabled_between_yes_and_redemption_gets_nothing() {
    let server = home().start();
    let site = server.standard();
    let (gone, stays) = (allowed(site, &mut Person::signed_in(site, DORY)), allowed(site, &mut Person::signed_in(site, MARLIN)));
    server.keyward(&["user", "disable", DORY.0]).done();
    site.poll(&gone).refused(400, "invalid_grant");
    site.poll(&stays).tokens();
    // Nor once they are enabled again: what they said before is void.
    server.keyward(&["user", "enable", DORY.0]).done();
    site.poll(&gone).refused(400, "invalid_grant");
}

#[test]
fn sec_k08_a_user_disabled_before_they_decide_decides_nothing() {
    let server = home().start();
    let site = server.standard();
    let codes = site.codes();
    let mut person = Person::signed_in(site, DORY);
    let form = person.enter(&codes.user).page().form("/device").pressed("allow");
    server.keyward(&["user", "disable", DORY.0]).done();
    assert_eq!(person.post(&form).status, 403);
    assert!(person.enter(&codes.user).is_login());
    site.assert_waiting(&codes);
}

#[test]
fn sec_k08_a_changed_password_or_client_between_yes_and_redemption_ends_it() {
    let server = home().start();
    let site = server.standard();
    server.keyward_reading("nemo-password", &["user", "add", "nemo"]).done();
    let codes = allowed(site, &mut Person::signed_in(site, ("nemo", "nemo-password")));
    server.keyward_reading("another-password", &["user", "password", "nemo"]).done();
    site.poll(&codes).refused(400, "invalid_grant");

    let add = ["client", "add", "set-top", "--type", "public", "--grant", "device_code", "--scope", "read", "--default-scope", "read"];
    server.keyward(&add).done();
    let codes = site.post("/oauth/device_authorization").form(&[("client_id", "set-top")]).send().codes();
    Person::signed_in(site, ADMIN).say(&codes, "allow");
    server.keyward(&["client", "remove", "set-top"]).done();
    server.keyward(&add).done();
    ask(site, &[("client_id", "set-top"), ("device_code", &codes.device)]).refused(400, "invalid_grant");
}

#[test]
fn sec_k08_what_is_taken_back_before_the_redemption_is_not_given() {
    let server = home().start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    for (what, which) in [("client", TV), ("all", "yes")] {
        let codes = allowed(site, &mut person);
        let form = person.get("/account").page().form("/logout").to("/account/applications/revoke").with(what, which);
        assert_eq!(person.post(&form).status, 303);
        site.poll(&codes).refused(400, "invalid_grant");
        site.let_in(&mut person);
    }
}

#[test]
fn a_device_goes_on_after_the_person_signs_out_and_ends_when_they_take_it_back() {
    let server = home().start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let tokens = site.let_in(&mut person);
    assert_eq!(person.sign_out().status, 200);
    let tokens = site.refresh_tv(tokens.refresh()).tokens();
    person.sign_in();
    let account = person.get("/account").page();
    let form = account.form("/account/applications/revoke");
    assert!(!form.has("authorization", ""), "it names what it ends");
    assert_eq!(person.post(&form).status, 303);
    site.refresh_tv(tokens.refresh()).refused(400, "invalid_grant");
    assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 401);
}

#[test]
fn sec_k06_after_ten_minutes_neither_code_is_worth_anything_whatever_was_said() {
    let server = home().start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let (waiting, yes, fresh) = (site.codes(), allowed(site, &mut person), allowed(site, &mut person));
    let home = server.stop();
    // Nobody waits ten minutes here: the end is moved instead.
    let [one, other] = [&waiting.user, &yes.user].map(|code| code.replace('-', ""));
    let end = format!("UPDATE device_codes SET expires_at = created_at + 1 WHERE user_code IN ('{one}', '{other}')");
    assert_eq!(home.change(&end), 2);
    let server = home.start();
    let site = server.standard();
    site.poll(&waiting).refused(400, "expired_token");
    site.poll(&yes).refused(400, "expired_token");
    assert_eq!(Person::signed_in(site, DORY).enter(&waiting.user).status, 400);
    site.poll(&fresh).tokens();
}

#[test]
fn codes_survive_a_restart_and_stay_what_they_were() {
    let server = home().start();
    let site = server.standard();
    let (waiting, yes, no, used) = (site.codes(), site.codes(), site.codes(), site.codes());
    let mut person = Person::signed_in(site, DORY);
    person.say(&yes, "allow");
    person.say(&no, "deny");
    person.say(&used, "allow");
    site.poll(&used).tokens();
    let server: Server = server.kill().start();
    let site = server.standard();
    site.poll(&waiting).refused(400, "authorization_pending");
    site.poll(&no).refused(400, "access_denied");
    site.poll(&used).refused(400, "invalid_grant");
    site.poll(&yes).tokens();
}
