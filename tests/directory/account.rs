//! What people of the directory have here, and what nobody takes over.

use super::{CORAL, home, refused_everywhere, slapd::Slapd, who, with_directory};
use crate::fixture::{C1, DORY, MARLIN};
use crate::person::Person;

#[test]
fn req_u02_a_local_account_is_asked_alone_and_its_password_never_goes_to_the_directory() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    let site = server.standard();
    // Somebody there is called dory as well.
    let (name, subject) = who(site, DORY);
    assert_eq!(name, "dory");
    refused_everywhere(&server, ("dory", "another-dorys"));
    refused_everywhere(&server, ("DORY", "another-dorys"));
    assert_eq!(who(site, DORY).1, subject);
}

#[test]
fn sec_p16_nobody_takes_over_an_account_by_what_the_directory_calls_them() {
    let Some(slapd) = Slapd::start() else { return };
    for users in ["both", "directory"] {
        let server = with_directory(&slapd, &format!("users = '{users}'"));
        let site = server.standard();
        // By e-mail, what is typed is not the name of the local account; by uid neither, for mimic.
        for user in [("another.dory@reef.example", "another-dorys"), ("mimic", "mimic-pw"), ("mimic@reef.example", "mimic-pw")] {
            refused_everywhere(&server, user);
        }
        let answer = site.ask_password(C1, ("mimic", "mimic-pw"));
        let log = server.log_of(&answer.request_id());
        assert!(log.contains("directory_account") && log.contains("keyward user remove"), "{log}");
        if users == "both" {
            site.login(C1, DORY);
            site.login(C1, MARLIN);
        }
    }
}

#[test]
fn sec_p16_a_configured_user_does_not_take_over_the_account_of_the_directory_either() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    server.standard().login(C1, CORAL);
    let taken = "[[user]]\nusername = 'CoralReef'\npassword = 'x'";
    let (_, said) = server.stop().with(taken).refuse();
    assert!(said.contains("CoralReef") && said.contains("keyward user remove"), "{said}");
}

#[test]
fn req_u02_commands_show_disable_enable_and_remove_them_and_leave_their_password_alone() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    let site = server.standard();
    let before = site.login(C1, CORAL);
    let subject = who(site, CORAL).1;
    let shown = server.keyward(&["user", "show", "coralReef"]).done();
    assert!(shown.contains("directory") && shown.contains(&subject), "{shown}");
    let said = server.keyward_reading("another-password", &["user", "password", "coralReef"]).failed();
    assert!(said.contains("checked by the directory"), "{said}");
    site.login(C1, CORAL);

    server.keyward(&["user", "disable", "coralReef"]).done();
    assert!(!site.is_active(C1, &before.access));
    site.ask_refresh(C1, before.refresh()).refused(400, "invalid_grant");
    refused_everywhere(&server, CORAL);
    refused_everywhere(&server, ("coral@reef.example", CORAL.1));
    server.keyward(&["user", "enable", "coralReef"]).done();
    assert_eq!(who(site, CORAL).1, subject);

    server.keyward(&["user", "remove", "coralReef"]).done();
    let anew = who(site, CORAL);
    assert!(anew.0 == "coralReef" && anew.1 != subject, "somebody else, as far as tokens go: {anew:?}");
}

#[test]
fn req_u02_their_password_is_not_changed_on_the_page() {
    let Some(slapd) = Slapd::start() else { return };
    let server = with_directory(&slapd, "");
    let mut person = Person::signed_in(server.standard(), CORAL);
    let page = person.get("/account/password").page();
    assert!(page.id("error").is_some() && page.forms.iter().all(|form| form.action != "/account/password"), "{}", page.text());
    let form = page.form("/logout").to("/account/password").with("current_password", CORAL.1);
    let form = form.with("new_password", "another-pearl").with("new_password_again", "another-pearl");
    assert_eq!(person.post(&form).status, 400);
    server.standard().login(C1, CORAL);
    server.standard().ask_password(C1, (CORAL.0, "another-pearl")).refused(400, "invalid_grant");
}

#[test]
fn req_u02_logins_at_the_same_time_make_one_account() {
    let Some(slapd) = Slapd::start() else { return };
    let server = home(&slapd, "").start();
    let site = server.standard();
    let subjects: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
        let spellings = ["coral", "coral@reef.example", "CORAL"].iter().cycle().take(12);
        let logins: Vec<_> = spellings.map(|spelling| scope.spawn(move || who(site, (spelling, CORAL.1)).1)).collect();
        logins.into_iter().map(|login| login.join().unwrap()).collect()
    });
    assert_eq!(subjects.len(), 1, "{subjects:?}");
}
