//! PKCE (RFC 7636) at the authorization endpoint.

use crate::asking::{Ask, CHALLENGE, Redeem, VERIFIER, challenge};
use crate::fixture::{DORY, MARLIN, OLD, OWN, PHONE, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

#[test]
fn sec_c01_without_a_challenge_nobody_gets_a_code() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    for app in [WEB, PHONE, OWN] {
        let ask = Ask::code(app);
        person.code(&ask);
        for without in [ask.clone().without("code_challenge").without("code_challenge_method"), ask.without("code_challenge")] {
            assert_eq!(person.get(&without.target()).sent_error(), "invalid_request", "{}", app.id);
        }
    }
    // Only who is registered so does without, and a public client never.
    let plain = Ask::code(OLD).without("code_challenge").without("code_challenge_method");
    person.code(&plain);
    let server = Home::demo().with_client("phone", "require_pkce = false").start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let plain = Ask::code(PHONE).without("code_challenge").without("code_challenge_method");
    assert_eq!(person.get(&plain.target()).sent_error(), "invalid_request");
}

#[test]
fn sec_c02_plain_and_what_is_no_challenge_are_refused() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    for app in [WEB, PHONE, OLD] {
        let ask = Ask::code(app);
        person.code(&ask);
        for method in ["plain", "s256", "S256 ", "S512", "none"] {
            assert_eq!(person.get(&ask.clone().with("code_challenge_method", method).target()).sent_error(), "invalid_request", "{method}");
        }
        assert_eq!(person.get(&ask.clone().without("code_challenge_method").target()).sent_error(), "invalid_request");
        for challenge in ["x", VERIFIER.get(1..).unwrap(), &format!("{CHALLENGE}="), &format!("{CHALLENGE}A"), &CHALLENGE.replace('-', "+")]
        {
            assert_eq!(person.get(&ask.clone().with("code_challenge", challenge).target()).sent_error(), "invalid_request", "{challenge}");
        }
    }
}

#[test]
fn sec_c03_a_code_without_challenge_is_not_redeemed_with_a_verifier() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let ask = Ask::code(OLD).without("code_challenge").without("code_challenge_method");
    let code = person.code(&ask);
    Redeem::of(OLD, &code).without("code_verifier").at(site).tokens();
    let code = person.code(&ask);
    Redeem::of(OLD, &code).at(site).refused(400, "invalid_grant");
    Redeem::of(OLD, &code).without("code_verifier").at(site).refused(400, "invalid_grant");
}

#[test]
fn sec_c04_a_code_with_a_challenge_is_redeemed_with_its_verifier_only() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let (longer, lower, other) = (format!("{VERIFIER}x"), VERIFIER.to_lowercase(), "x".repeat(43));
    for app in [WEB, PHONE, OLD] {
        let code = person.code(&Ask::code(app));
        site.redeem(app, &code);
        for wrong in ["", "x", CHALLENGE, &VERIFIER[1..], &longer, &lower, &other, &format!(" {VERIFIER}"), &"~".repeat(129)] {
            let code = person.code(&Ask::code(app));
            Redeem::of(app, &code).with("code_verifier", wrong).at(site).refused(400, "invalid_grant");
            // Who fails with a genuine code has stolen it.
            site.ask_redeem(app, &code).refused(400, "invalid_grant");
        }
        let code = person.code(&Ask::code(app));
        Redeem::of(app, &code).without("code_verifier").at(site).refused(400, "invalid_grant");
    }
}

#[test]
fn sec_b08_a_code_put_into_another_session_fails_at_the_verifier() {
    let server = Server::start();
    let site = server.standard();
    let mut victim = Person::signed_in(site, DORY);
    let mut attacker = Person::signed_in(site, MARLIN);
    // The attacker's application keeps the verifier of the attacker's own request.
    let own_verifier = "attacker-attacker-attacker-attacker-attacker";
    let own = Ask::code(WEB).with("code_challenge", &challenge(own_verifier));
    let code = attacker.code(&own);
    Redeem::of(WEB, &code).with("code_verifier", own_verifier).at(site).tokens();
    let stolen = victim.code(&Ask::code(WEB));
    Redeem::of(WEB, &stolen).with("code_verifier", own_verifier).at(site).refused(400, "invalid_grant");
    // The other way round: a code for the attacker's challenge fails where the victim's verifier is.
    let code = attacker.code(&own);
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
}

#[test]
fn req_a15_metadata_says_that_s256_is_the_one_method() {
    let server = Server::start();
    let told = server.standard().get("/.well-known/oauth-authorization-server").send().json();
    assert_eq!(told["code_challenge_methods_supported"], serde_json::json!(["S256"]));
}
