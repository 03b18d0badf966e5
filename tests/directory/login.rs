//! Who logs in, and who does not.

use super::{CORAL, everywhere, home, korap_error, refused_everywhere, slapd::Slapd, who, with_directory};
use crate::asking::Ask;
use crate::fixture::{ADMIN, C1, DORY, SUPER, WEB};
use crate::person::Person;

/// Compares the password in the search.
const COMPARING: &str = "search_filter = '(&(|(uid=${login})(mail=${login}))(userPassword=${password}))'";

#[test]
fn req_u02_people_of_the_directory_log_in_on_every_listener_beside_those_here() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    for (site, client) in everywhere(&server) {
        site.login(client, CORAL);
        site.login(client, DORY);
        site.login(client, ADMIN);
    }
}

#[test]
fn req_u02_they_sign_in_at_the_page_and_allow_applications() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    let site = server.standard();
    let mut person = Person::new(site, CORAL);
    let code = person.code(&Ask::code(WEB));
    let tokens = site.redeem(WEB, &code);
    assert_eq!(site.introspect(WEB.credentials(), &tokens.access)["username"], "coralReef");
    assert!(person.get("/account").page().text().contains("coralReef"));
    let mut wrong = Person::new(site, (CORAL.0, "wrong"));
    let login = wrong.get("/login").page();
    let mut nobody = Person::new(site, ("nobody", "wrong"));
    let page = nobody.get("/login").page();
    let (wrong, nobody) = (wrong.fill_in(&login), nobody.fill_in(&page));
    assert_eq!((wrong.status, nobody.status), (400, 400));
    let said = |answer: &crate::client::Answer| answer.page().id("error").unwrap().text.clone();
    assert_eq!(said(&wrong), said(&nobody));
}

#[test]
fn req_p05_an_unknown_user_and_a_wrong_password_get_the_same_answer_wherever_they_are_kept() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    refused_everywhere(&server, ("nobody", "wrong"));
    refused_everywhere(&server, (CORAL.0, "wrong"));
    refused_everywhere(&server, (DORY.0, "wrong"));
    server.keyward(&["user", "disable", DORY.0]).done();
    refused_everywhere(&server, DORY);
    server.standard().login(C1, CORAL);
}

#[test]
fn req_p09_one_person_is_one_account_however_they_spell_themselves() {
    let Some(slapd) = Slapd::start() else { return };
    for comparing in ["", COMPARING] {
        let server = with_directory(&slapd, comparing);
        let site = server.standard();
        let (name, subject) = who(site, CORAL);
        assert_eq!(name, "coralReef");
        for spelling in ["coral@reef.example", "CORAL", "Coral@Reef.Example"] {
            assert_eq!(who(site, (spelling, CORAL.1)), (name.clone(), subject.clone()), "{spelling}");
        }
        // Without the first attribute it is the second.
        assert_eq!(who(site, ("anemone@reef.example", "top*ecret")).0, "anemone");
        let listed = server.keyward(&["user", "list"]).done();
        assert_eq!(listed.lines().filter(|line| line.contains("directory")).count(), 2, "{listed}");
    }
}

#[test]
fn req_u02_the_directory_can_be_the_only_place_or_none() {
    let Some(slapd) = Slapd::start() else { return };
    let mut server = with_directory(&slapd, "users = 'directory'");
    server.standard().login(C1, CORAL);
    refused_everywhere(&server, DORY);
    server.edit(|home| home.with("[directory]\nusers = 'local'"));
    let server = server.stop().start();
    server.standard().login(C1, DORY);
    let answer = server.korap().ask_password(SUPER, CORAL);
    answer.refused(400, "invalid_grant");
    assert_eq!(korap_error(&answer), None, "nobody asked a directory");
}

#[test]
fn req_u03_who_is_locked_or_not_registered_is_kept_out_and_only_told_where_the_operator_wants_it() {
    let Some(slapd) = Slapd::start() else { return };
    let (locked, stranger, hermit, mimic) =
        (("locked", "locked-pw"), ("stranger", "stranger-pw"), ("hermit", "hermit-pw"), ("mimic", "mimic-pw"));
    let server = with_directory(&slapd, "email_attribute = 'mail'");
    for user in [locked, stranger, hermit, mimic] {
        refused_everywhere(&server, user);
    }
    server.standard().login(C1, CORAL);
    let server = with_directory(&slapd, "email_attribute = 'mail'\ndetailed_errors = true");
    let site = server.korap();
    for (user, number) in [(locked, 2024), (stranger, 2025), (hermit, 2026), (mimic, 2027)] {
        let answer = site.ask_password(SUPER, user);
        answer.refused(400, "invalid_grant");
        assert_eq!(korap_error(&answer).unwrap().0, number, "{user:?}");
        // Who does not know the password learns nothing.
        refused_everywhere(&server, (user.0, "wrong"));
    }
    // Nobody needs an e-mail address unless that is said.
    with_directory(&slapd, "").standard().login(C1, hermit);
}

#[test]
fn req_u02_two_people_with_one_spelling_and_one_with_two_names_are_kept_out() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    let site = server.standard();
    for (user, step) in [(("twin@reef.example", "twin-pw"), "directory_user_unique"), (("many", "many-pw"), "directory_username")] {
        let answer = site.ask_password(C1, user);
        answer.refused(400, "invalid_grant");
        assert!(server.log_of(&answer.request_id()).contains(step), "{user:?}");
    }
    site.login(C1, ("left", "twin-pw"));
}

#[test]
fn req_u02_guessing_is_throttled_as_for_local_users() {
    let Some(slapd) = Slapd::start() else { return };
    let server = home(&slapd, "").with("[throttle]\nenabled = true").start();
    let site = server.standard();
    site.login(C1, CORAL);
    let answers = (0..400).map(|_| site.ask_password(C1, (CORAL.0, "wrong")));
    let throttled = answers.into_iter().find(|answer| answer.status != 400).expect("it is throttled");
    assert_eq!(throttled.status, 429, "{throttled:?}");
    assert_eq!(korap_error(&throttled), None);
    site.login(C1, DORY);
}

#[test]
fn req_u02_they_call_the_korap_api_by_password_as_well() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    let info = |user| server.korap().get("/api/v1.1/user/info").basic(user).send();
    assert_eq!(info(CORAL).json()["username"], "coralReef");
    for wrong in [(CORAL.0, "wrong"), ("nobody", "wrong"), (DORY.0, "wrong"), (CORAL.0, ""), ("*", "*")] {
        let answer = info(wrong);
        let expected = serde_json::json!({ "errors": [[2023, "LDAP Authentication failed due to unknown user or password!"]] });
        assert_eq!((answer.status, answer.json()), (401, expected), "{wrong:?}");
    }
}
