//! Browser sessions: how they begin and end, what their cookies are worth, and who may no longer have one.

use crate::asking::Ask;
use crate::fixture::{DORY, MARLIN, OWN, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

#[test]
fn sec_n05_signing_in_always_makes_a_new_session() {
    let server = Server::start();
    let site = server.standard();
    let mut attacker = Person::signed_in(site, MARLIN);
    let planted = attacker.cookies.clone();
    // The attacker's cookies, planted in the victim's browser before they sign in.
    let mut victim = Person::new(site, DORY);
    victim.cookies = planted.clone();
    let login = victim.get(&Ask::code(WEB).with("prompt", "login").target());
    victim.sign_in_here(&login);
    assert!(victim.get("/account").page().text().contains("dory"));
    assert_ne!(victim.session(), attacker.session());
    assert!(!attacker.get("/account").page().text().contains("dory"));
    // Invented values are taken for none.
    for invented in ["kws_", "1", &format!("kws_{}", "A".repeat(64)), "' OR 1=1"] {
        let mut victim = Person::new(site, DORY);
        let name = planted.keys().find(|name| name.ends_with("-session")).unwrap();
        victim.cookies.insert(name.clone(), invented.to_owned());
        assert!(victim.get("/account").is_login(), "{invented}");
        victim.sign_in();
        assert_ne!(victim.session().unwrap().1, invented);
    }
    // Signing in again makes another cookie, also for the same person; a copy of the one before is dead, and what was allowed
    // goes on until they sign out.
    let code = victim.code(&Ask::code(WEB));
    let tokens = site.redeem(WEB, &code);
    let mut thief = victim.clone();
    let before = victim.session().map(|(_, value)| value.clone());
    let login = victim.get(&Ask::code(WEB).with("prompt", "login").target());
    victim.sign_in_here(&login);
    assert_ne!(before, victim.session().map(|(_, value)| value.clone()));
    assert!(thief.get("/account").is_login());
    site.assert_alive(WEB, &tokens);
    victim.sign_out();
    site.assert_dead(WEB, &tokens);
}

#[test]
fn sec_n05_the_cookie_that_tells_browsers_apart_is_not_one_that_somebody_chose() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    person.get("/login");
    let (name, own) = person.cookies.clone().into_iter().find(|(name, _)| name.ends_with("-browser")).unwrap();
    assert!(own.len() >= 43);
    for chosen in ["", "x", "chosen-by-an-attacker", &own[1..]] {
        person.cookies.insert(name.clone(), chosen.to_owned());
        person.get("/login");
        assert_ne!(person.cookies[&name], chosen);
    }
}

#[test]
fn sec_n06_a_session_that_ended_is_dead_at_once_also_in_a_copy_of_its_cookies() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let mut thief = person.clone();
    assert!(thief.get(&Ask::code(OWN).target()).sent_with("code").is_some());
    let form = thief.get("/account").page().form("/logout").to("/account/sessions/end").with("others", "yes");
    person.sign_out();
    assert!(thief.get("/account").is_login());
    assert!(thief.get(&Ask::code(OWN).target()).is_login());
    assert_eq!(thief.get(&Ask::code(OWN).with("prompt", "none").target()).sent_error(), "login_required");
    let answer = thief.post(&form);
    assert!(answer.status >= 400, "{answer:?}");
    // Nor after a restart.
    let cookies = thief.cookies;
    let server = server.stop().start();
    let mut thief = Person { cookies, ..Person::new(server.standard(), DORY) };
    assert!(thief.get("/account").is_login());
}

#[test]
fn sec_n06_the_handle_of_a_session_without_its_secret_is_worth_nothing() {
    let server = Server::start();
    let person = Person::signed_in(server.standard(), DORY);
    let (name, value) = person.session().map(|(name, value)| (name.clone(), value.clone())).unwrap();
    assert!(!person.clone().get("/account").is_login());
    for place in 4..value.len() {
        let mut edited = value.clone().into_bytes();
        edited[place] = if edited[place] == b'A' { b'B' } else { b'A' };
        let mut thief = person.clone();
        thief.cookies.insert(name.clone(), String::from_utf8(edited).unwrap());
        assert!(thief.get("/account").is_login(), "edited at {place}");
    }
}

#[test]
fn sec_n06_a_session_outlives_a_restart_and_runs_out() {
    let server = Server::start();
    let [mut idle, old, lasting] = [(); 3].map(|()| Person::signed_in(server.standard(), DORY));
    let tokens = server.standard().redeem(WEB, &idle.code(&Ask::code(WEB)));
    let [idle, old, lasting] = [idle, old, lasting].map(|person| person.cookies);
    let home = server.stop();
    // As if two hours without use, or a day in all, had passed. The rows are in the order in which they were made.
    for (place, change) in [(0, "seen_at = seen_at - 7200000"), (1, "expires_at = expires_at - 86400000")] {
        let one = format!("UPDATE sessions SET {change} WHERE id = (SELECT id FROM sessions ORDER BY id LIMIT 1 OFFSET {place})");
        assert_eq!(home.change(&one), 1);
    }
    let server = home.start();
    let open = |cookies| {
        let mut person = Person { cookies, ..Person::new(server.standard(), DORY) };
        !person.get("/account").is_login()
    };
    assert!(open(lasting), "a restart signs nobody out");
    assert!(!open(idle) && !open(old));
    // That time runs out is not to sign out: what was authorized goes on.
    server.standard().assert_alive(WEB, &tokens);
}

#[test]
fn sec_n06_signing_in_as_somebody_else_ends_the_first_ones_session() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let mut thief = person.clone();
    assert!(thief.get("/account").page().text().contains("dory"));
    let login = person.get(&Ask::code(WEB).with("prompt", "login").target());
    (person.name, person.password) = (MARLIN.0, MARLIN.1.to_owned());
    person.sign_in_here(&login);
    assert!(thief.get("/account").is_login());
}

#[test]
fn sec_n07_cookies_are_out_of_reach_of_scripts_and_with_https_bound_to_host_and_tls() {
    for (issuer, prefix, secure) in [("http://127.0.0.1:9191", "keyward-9191-", false), ("https://id.example.com", "__Host-keyward-", true)]
    {
        let server = Home::demo().with(&format!("issuer = '{issuer}'")).start();
        let mut person = Person::new(server.standard(), DORY);
        let page = person.get("/login");
        let mut set: Vec<String> = page.cookies().iter().map(ToString::to_string).collect();
        assert_eq!(set.len(), 1, "{page:?}");
        let signed_in = person.fill_in(&page.page());
        set.extend(signed_in.cookies().iter().map(ToString::to_string));
        assert_eq!(set.len(), 2, "{signed_in:?}");
        let logout = person.get("/logout").page().form("/logout");
        set.extend(person.post(&logout).cookies().iter().map(ToString::to_string));
        assert_eq!(set.len(), 3);
        for cookie in &set {
            assert!(cookie.starts_with(prefix), "{cookie}");
            let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
            assert!(["HttpOnly", "SameSite=Lax", "Path=/"].iter().all(|one| attributes.contains(one)), "{cookie}");
            assert_eq!(attributes.contains(&"Secure"), secure, "{cookie}");
            assert!(!cookie.contains("Domain"), "{cookie}");
            assert!(cookie.len() < 300, "{cookie}");
        }
    }
}

#[test]
fn sec_n24_a_disabled_user_is_nowhere_any_more() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, MARLIN);
    let tokens = site.redeem(WEB, &person.code(&Ask::code(WEB).with("scope", "read offline_access")));
    site.assert_alive(WEB, &tokens);
    let code = person.code(&Ask::code(WEB));
    let consent = person.get(&Ask::code(WEB).with("prompt", "consent").target()).page().form("/consent").pressed("allow");
    let account = person.get("/account").page().form("/logout").to("/account/applications/revoke").with("all", "yes");
    server.keyward(&["user", "disable", MARLIN.0]).done();

    assert!(person.get("/account").is_login());
    assert!(person.get(&Ask::code(OWN).target()).is_login());
    for form in [&consent, &account] {
        let answer = person.post(form);
        assert!(answer.status >= 400 && answer.header("location").is_empty(), "{answer:?}");
    }
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    site.assert_dead(WEB, &tokens);
    let login = person.get("/login").page();
    assert!(person.fill_in(&login).is_login());
    // Enabled again they sign in anew; what was ended stays so.
    server.keyward(&["user", "enable", MARLIN.0]).done();
    assert!(person.get("/account").is_login());
    site.assert_dead(WEB, &tokens);
    person.sign_in();
}

#[test]
fn sec_n24_a_password_that_an_operator_changed_ends_sessions_and_codes() {
    let server = Server::start();
    let site = server.standard();
    server.keyward_reading("nemo-password", &["user", "add", "nemo"]).done();
    let mut person = Person::signed_in(site, ("nemo", "nemo-password"));
    let tokens = site.redeem(WEB, &person.code(&Ask::code(WEB)));
    let code = person.code(&Ask::code(WEB));
    server.keyward_reading("another-password", &["user", "password", "nemo"]).done();
    assert!(person.get("/account").is_login());
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    site.assert_dead(WEB, &tokens);
    "another-password".clone_into(&mut person.password);
    person.sign_in();
    // And one that is removed is gone.
    server.keyward(&["user", "remove", "nemo"]).done();
    assert!(person.get("/account").is_login());
}
