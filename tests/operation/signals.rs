//! SIGTERM drains, SIGHUP reloads.

use std::io::Write;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::client::{Site, read_to_close};
use crate::fixture::{C1, C2, DORY};
use crate::server::{Home, Server};

/// Waits until `happened`; fails after a minute.
pub fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} never happened");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn sigterm_answers_what_has_begun_and_accepts_nothing_new() {
    let server = Server::start();
    let site: Site = server.standard().clone();
    let body = format!("grant_type=client_credentials&client_id={}&client_secret={}", C1.0, C1.1);
    let (early, late) = body.split_at(10);
    let mut begun = site.connect();
    let head = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{early}",
        body.len()
    );
    begun.write_all(head.as_bytes()).unwrap();
    let idle = site.connect();
    // The server has taken up both connections once it has answered on a later one.
    assert_eq!(site.get("/health").send().status, 200);

    server.signal(Signal::TERM);
    eventually("the end of listening", || TcpStream::connect(site.address).is_err());
    // Nobody else could open the store yet, so the server still does what commands ask.
    server.keyward(&["user", "list"]).done();
    begun.write_all(late.as_bytes()).unwrap();
    let said = read_to_close(&mut begun);
    assert!(said.starts_with("HTTP/1.1 200 ") && said.contains("access_token"), "{said}");
    let (home, status) = server.wait();
    assert!(status.success(), "{status}");
    drop(idle);
    home.start().standard().login(C1, DORY);
}

#[test]
fn a_stop_is_announced_before_the_doors_close_and_everything_is_answered_meanwhile() {
    let server = Home::demo().with("[limits]\nnotice_time = '1h'").start();
    let site: Site = server.standard().clone();
    let ready = || site.get("/health/ready").send().status;
    assert_eq!(ready(), 200);
    server.signal(Signal::TERM);
    eventually("the announcement", || ready() == 503);
    assert_eq!(site.get("/health").send().status, 200);
    drop(site.connect());
    let answer = site.post("/oauth/token").basic(C1).form(&[("grant_type", "client_credentials")]).send();
    answer.tokens();
    assert_eq!(answer.header("connection"), "", "connections stay: {answer:?}");
    // Saying it twice ends the waiting.
    server.signal(Signal::TERM);
    let (_, status) = server.wait();
    assert!(status.success(), "{status}");
}

#[test]
fn nothing_acknowledged_is_lost_by_sigterm() {
    let server = Server::start();
    let tokens: Vec<_> = (0..20).map(|_| server.standard().login(C1, DORY)).collect();
    server.standard().revoke(C1, tokens[0].refresh());
    let server = server.stop().start();
    assert!(!server.standard().is_active(C1, &tokens[0].access));
    for tokens in &tokens[1..] {
        assert!(server.standard().is_active(C1, &tokens.access));
        server.standard().refresh(C1, tokens.refresh());
    }
}

#[test]
fn sighup_brings_in_new_clients_and_changed_secrets_and_ends_nothing_else() {
    let mut server = Server::start();
    let tokens = server.standard().login(C1, DORY);
    let bystander = server.standard().login(C2, DORY);
    let newcomer = ("newcomer", "newcomer-Gd5tYb8hXz2c");
    server.edit(|home| {
        home.with_client(C1.0, "secret = 'changed-Nq7vRp3sKw9m'").with(
            "[[client]]\nid = 'newcomer'\ntype = 'confidential'\nsecret = 'newcomer-Gd5tYb8hXz2c'\n\
             grants = ['client_credentials']\nscopes = ['read']\ndefault_scopes = ['read']\n\
             client_credentials_scopes = ['read']\nprofiles = ['standard']",
        )
    });
    server.signal(Signal::HUP);
    let site = server.standard();
    let ask = |client| site.post("/oauth/token").basic(client).form(&[("grant_type", "client_credentials")]).send();
    eventually("the reload", || ask(newcomer).status == 200);
    ask(C1).refused(401, "invalid_client");
    ask((C1.0, "changed-Nq7vRp3sKw9m")).tokens();
    assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 200, "tokens outlive a changed secret");
    site.refresh(C2, bystander.refresh());
}

#[test]
fn a_client_taken_out_of_the_configuration_is_gone_with_its_tokens() {
    let mut server = Server::start();
    let tokens = server.standard().login(C2, DORY);
    let bystander = server.standard().login(C1, DORY);
    server.edit(|home| home.without("client", "id", C2.0));
    server.signal(Signal::HUP);
    let site = server.standard();
    eventually("the reload", || site.ask_refresh(C2, tokens.refresh()).status == 401);
    assert_eq!(site.get("/secure").bearer(&tokens.access).send().status, 401);
    site.refresh(C1, bystander.refresh());
}

#[test]
fn a_bad_configuration_is_not_taken_over_and_the_log_says_why() {
    let mut server = Server::start();
    let tokens = server.standard().login(C1, DORY);
    server.edit(|home| home.with("[tokens]\nrefresh_gracee = '1s'"));
    server.signal(Signal::HUP);
    eventually("the complaint", || server.log().contains("refresh_gracee"));
    let log = server.log();
    let told = log.lines().find(|line| line.contains("refresh_gracee")).unwrap();
    assert!(told.contains("keyward.toml:") && told.contains("1 problem in the configuration"), "all of it in one line: {told}");
    server.standard().refresh(C1, tokens.refresh());
    assert!(server.is_running());
}

#[test]
fn a_bad_configuration_is_told_in_one_line_of_a_text_log_as_well() {
    let mut server = Home::demo().with("[log]\nformat = 'text'").start();
    server.edit(|home| home.with("[tokens]\nrefresh_gracee = '1s'"));
    server.signal(Signal::HUP);
    eventually("the complaint", || server.log().contains("1 problem in the configuration"));
    let log = server.log();
    let told = log.lines().find(|line| line.contains("refresh_gracee")).unwrap();
    assert!(told.contains("ERROR") && told.contains("1 problem in the configuration"), "{told}");
}
