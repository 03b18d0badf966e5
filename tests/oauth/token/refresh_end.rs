//! What ends a refresh token: its time, its user, what its client may do.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::fixture::{C1, DORY, MARLIN};
use crate::server::{Home, Server};

#[test]
fn sec_f06_the_absolute_lifetime_holds_over_rotations() {
    let lifetime = Duration::from_secs(3);
    let server = Home::demo().with_client(C1.0, r#"refresh_lifetime = "3s""#).start();
    let site = server.standard();
    let begun = Instant::now();
    let mut token = site.login(C1, DORY).refresh.unwrap();
    loop {
        let answer = site.ask_refresh(C1, &token);
        if answer.status == 200 {
            token = answer.tokens().refresh.unwrap();
        } else {
            answer.refused(400, "invalid_grant");
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "rotation prolongs the authorization");
        sleep(Duration::from_millis(50));
    }
    assert!(begun.elapsed() + Duration::from_secs(1) > lifetime, "refused too early: {:?}", begun.elapsed());
}

#[test]
fn sec_f06_a_token_left_idle_is_refused() {
    let server = Home::demo().with_client(C1.0, r#"refresh_idle = "2s""#).start();
    let site = server.standard();
    let begun = Instant::now();
    let used = site.login(C1, DORY);
    let in_time = site.ask_refresh(C1, used.refresh());
    assert!(in_time.status == 200 || begun.elapsed() > Duration::from_secs(1), "{in_time:?}");
    let idle = site.login(C1, DORY);
    sleep(Duration::from_millis(4000));
    site.ask_refresh(C1, idle.refresh()).refused(400, "invalid_grant");
}

#[test]
fn req_f05_a_lifetime_beyond_a_year_is_refused_by_check_config() {
    let home = Home::demo().with_client(C1.0, r#"refresh_lifetime = "365d""#);
    home.keyward(&["check-config"]).done();
    let complaint = home.with_client(C1.0, r#"refresh_lifetime = "366d""#).keyward(&["check-config"]).failed();
    assert!(complaint.contains("refresh_lifetime") && complaint.contains("keyward.toml"), "{complaint}");
}

#[test]
fn sec_f07_a_disabled_user_is_refused_and_stays_logged_out_when_enabled_again() {
    let server = Server::start();
    let site = server.standard();
    let (dory, marlin) = (site.login(C1, DORY), site.login(C1, MARLIN));
    let dory = site.refresh(C1, dory.refresh());
    server.keyward(&["user", "disable", DORY.0]).done();
    site.ask_refresh(C1, dory.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &dory.access));
    server.keyward(&["user", "enable", DORY.0]).done();
    site.ask_refresh(C1, dory.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &dory.access));
    site.refresh(C1, marlin.refresh());
    site.login(C1, DORY);
}

#[test]
fn sec_f07_a_changed_password_ends_every_authorization_of_the_user() {
    let server = Server::start();
    let site = server.standard();
    server.keyward_reading("nemo-password\n", &["user", "add", "nemo"]).done();
    let (nemo, marlin) = (site.login(C1, ("nemo", "nemo-password")), site.login(C1, MARLIN));
    let nemo = site.refresh(C1, nemo.refresh());
    server.keyward_reading("a-new-password\n", &["user", "password", "nemo"]).done();
    site.ask_refresh(C1, nemo.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &nemo.access));
    site.ask_password(C1, ("nemo", "nemo-password")).refused(400, "invalid_grant");
    site.login(C1, ("nemo", "a-new-password"));
    site.refresh(C1, marlin.refresh());
}

#[test]
fn sec_f07_a_password_changed_in_the_configuration_does_the_same() {
    let mut server = Server::start();
    let (dory, marlin) = (server.standard().login(C1, DORY), server.standard().login(C1, MARLIN));
    server.edit(|home| home.with_user(DORY.0, "password = 'a-new-password'"));
    server.signal(Signal::HUP);
    let begun = Instant::now();
    while server.standard().ask_password(C1, (DORY.0, "a-new-password")).status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the reload never came: {}", server.log());
        sleep(Duration::from_secs(1));
    }
    let site = server.standard();
    site.ask_refresh(C1, dory.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &dory.access));
    site.refresh(C1, marlin.refresh());
}

#[test]
fn sec_f07_a_removed_user_leaves_nothing_alive() {
    let server = Server::start();
    let site = server.standard();
    server.keyward_reading("nemo-password\n", &["user", "add", "nemo"]).done();
    let tokens = site.login(C1, ("nemo", "nemo-password"));
    let tokens = site.refresh(C1, tokens.refresh());
    server.keyward(&["user", "remove", "nemo"]).done();
    site.ask_refresh(C1, tokens.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &tokens.access));
    // Somebody else under the same name does not inherit anything.
    server.keyward_reading("nemo-password\n", &["user", "add", "nemo"]).done();
    site.ask_refresh(C1, tokens.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &tokens.access));
}

#[test]
fn sec_f07_a_scope_taken_from_the_client_is_gone_after_the_next_refresh() {
    let mut server = Server::start();
    let tokens = server.standard().login(C1, DORY);
    let tokens = server.standard().refresh(C1, tokens.refresh());
    assert_eq!(tokens.scope, "read write");
    server.edit(|home| {
        let reduced = "scopes = ['read']\ndefault_scopes = ['read']\nclient_credentials_scopes = ['read']";
        home.with_client(C1.0, reduced)
    });
    server.signal(Signal::HUP);
    let begun = Instant::now();
    while server.standard().machine_token(C1).scope != "read" {
        assert!(begun.elapsed() < Duration::from_secs(60), "the reload never came: {}", server.log());
        sleep(Duration::from_millis(20));
    }
    let answer = server.standard().ask_refresh(C1, tokens.refresh());
    if answer.status == 200 {
        assert_eq!(answer.tokens().scope, "read");
    } else {
        answer.refused(400, "invalid_grant");
    }
}
