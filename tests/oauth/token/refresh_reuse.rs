//! A refresh token that comes a second time: within the grace its successor comes back, after it the authorization ends.

use std::thread::sleep;
use std::time::Duration;

use crate::fixture::{C1, DORY, SUPER};
use crate::server::{Home, Server};

#[test]
fn sec_f01_reuse_of_an_older_token_ends_the_whole_authorization() {
    let server = Server::start();
    let site = server.standard();
    let bystander = site.login(C1, DORY);
    let first = site.login(C1, DORY);
    let second = site.refresh(C1, first.refresh());
    let third = site.refresh(C1, second.refresh());
    assert!(site.is_active(C1, &third.access));

    site.ask_refresh(C1, first.refresh()).refused(400, "invalid_grant");
    site.ask_refresh(C1, third.refresh()).refused(400, "invalid_grant");
    for dead in [&first, &second, &third] {
        assert!(!site.is_active(C1, &dead.access));
        assert!(!site.is_active(C1, dead.refresh()));
    }
    site.refresh(C1, bystander.refresh());
}

#[test]
fn sec_f01_reuse_after_the_grace_ends_the_whole_authorization() {
    let server = Home::demo().with_client(C1.0, r#"refresh_grace = "1s""#).start();
    let site = server.standard();
    let first = site.login(C1, DORY);
    let second = site.refresh(C1, first.refresh());
    sleep(Duration::from_millis(3000));
    site.ask_refresh(C1, first.refresh()).refused(400, "invalid_grant");
    site.ask_refresh(C1, second.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(C1, &second.access));
}

#[test]
fn req_f06_without_a_grace_reuse_after_the_race_window_ends_the_authorization() {
    let server = Server::start();
    let site = server.korap();
    let first = site.login(SUPER, DORY);
    let second = site.refresh(SUPER, first.refresh());
    sleep(Duration::from_millis(7000));
    let description = site.ask_refresh(SUPER, first.refresh()).refused(400, "invalid_grant");
    assert_eq!(description, "Refresh token has been revoked");
    site.ask_refresh(SUPER, second.refresh()).refused(400, "invalid_grant");
    assert!(!site.is_active(SUPER, &second.access));
}

#[test]
fn sec_f02_inside_the_grace_the_same_successor_comes_back() {
    let server = Server::start();
    let site = server.standard();
    let first = site.login(C1, DORY);
    let second = site.refresh(C1, first.refresh());
    for _ in 0..5 {
        assert_eq!(site.refresh(C1, first.refresh()).refresh, second.refresh, "never a second branch");
    }
    let third = site.refresh(C1, second.refresh());
    assert_eq!(site.refresh(C1, second.refresh()).refresh, third.refresh);
    assert!(site.is_active(C1, &third.access));
}
