//! Guessing passwords and secrets: what fails is counted, what succeeds never.

use std::time::{Duration, Instant};

use crate::client::{Answer, Site};
use crate::fixture::{C1, DORY, MARLIN};
use crate::server::{Home, Server};

/// More wrong guesses than any sensible limit allows.
const MANY: usize = 400;

/// A server whose standard listener believes the loopback proxy, so that a test can come from any address.
fn behind_a_proxy() -> Server {
    Home::demo().with_listener("standard", r#"trusted_proxies = ["127.0.0.1/32"]"#).start()
}

fn guess(site: &Site, from: &str, user: (&str, &str)) -> Answer {
    site.post("/oauth/token")
        .basic(C1)
        .header("X-Forwarded-For", from)
        .form(&[("grant_type", "password"), ("username", user.0), ("password", user.1)])
        .send()
}

/// Guesses until the answer changes; returns how many guesses were heard, and the answer that ended it.
fn guess_until_throttled(site: &Site, from: &str, name: &str) -> (usize, Answer) {
    for heard in 0..MANY {
        let answer = guess(site, from, (name, "wrong"));
        if answer.status != 400 {
            return (heard, answer);
        }
        answer.refused(400, "invalid_grant");
    }
    panic!("{MANY} wrong passwords for {name} were all heard");
}

fn assert_throttled(answer: &Answer) {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{answer:?}");
    answer.assert_json_never_stored();
    assert!(answer.json()["error"].is_string() && answer.json()["error_description"].is_string(), "{answer:?}");
}

#[test]
fn req_t17_guessing_a_password_is_throttled_for_that_user_and_address() {
    let server = behind_a_proxy();
    let site = server.standard();
    guess(site, "192.0.2.1", DORY).tokens();
    let begun = Instant::now();
    let (heard, answer) = guess_until_throttled(site, "192.0.2.1", DORY.0);
    assert!(heard >= 3, "a person may mistype a few times");
    assert_throttled(&answer);
    // While the wait lasts nothing is heard.
    let right = guess(site, "192.0.2.1", DORY);
    assert!(right.status == 429 || begun.elapsed() > Duration::from_secs(1), "{right:?}");
    guess(site, "198.51.100.7", DORY).tokens();
}

#[test]
fn req_t17_throttling_does_not_tell_whether_a_user_exists() {
    let server = behind_a_proxy();
    let site = server.standard();
    let (heard_dory, dory) = guess_until_throttled(site, "192.0.2.1", DORY.0);
    let (heard_nobody, nobody) = guess_until_throttled(site, "192.0.2.2", "nobody");
    assert_eq!(heard_dory, heard_nobody);
    assert_eq!(dory.json()["error"], nobody.json()["error"]);
    assert_eq!(dory.json()["error_description"], nobody.json()["error_description"]);
}

#[test]
fn req_t17_successful_logins_are_never_counted() {
    let server = Server::start();
    for _ in 0..MANY {
        server.standard().login(C1, MARLIN);
    }
}

#[test]
fn throttling_can_be_switched_off() {
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    for _ in 0..MANY {
        server.standard().ask_password(C1, (DORY.0, "wrong")).refused(400, "invalid_grant");
    }
    server.standard().login(C1, DORY);
}

#[test]
fn sec_e07_guessing_a_client_secret_is_throttled_and_the_real_client_is_not_locked_out() {
    let server = behind_a_proxy();
    let site = server.standard();
    let ask = |from: &str, secret: &str| {
        let request = site.post("/oauth/token").basic((C1.0, secret)).header("X-Forwarded-For", from);
        request.form(&[("grant_type", "client_credentials")]).send()
    };
    ask("203.0.113.5", C1.1).tokens();
    let throttled = (0..MANY).map(|_| ask("192.0.2.1", "wrong")).find(|answer| answer.status != 401);
    assert_throttled(&throttled.expect("guessing is throttled at some point"));
    ask("203.0.113.5", C1.1).tokens();
}

#[test]
fn sec_p08_a_forwarded_address_is_believed_from_a_trusted_proxy_alone() {
    let server = Server::start();
    let site = server.standard();
    let mut guesses = (0..MANY).map(|n| guess(site, &format!("192.0.2.{}", n % 250), (DORY.0, "wrong")));
    let throttled = guesses.find(|answer| answer.status != 400);
    assert_throttled(&throttled.expect("another forwarded address is not another guesser"));
}

#[test]
fn sec_p08_behind_a_proxy_the_address_the_proxy_added_counts() {
    let server = behind_a_proxy();
    let site = server.standard();
    // The guesser writes the left end of the list, the proxy appends the right one.
    let mut guesses = (0..MANY).map(|n| guess(site, &format!("10.9.8.{}, 192.0.2.1", n % 250), (DORY.0, "wrong")));
    let throttled = guesses.find(|answer| answer.status != 400);
    assert_throttled(&throttled.expect("the left end of the list is the guesser's own invention"));
    guess(site, "198.51.100.7", DORY).tokens();
}

#[test]
fn sec_p08_forwarded_headers_never_change_the_issuer() {
    let server = behind_a_proxy();
    for site in [server.standard(), server.skyvault()] {
        let metadata = site
            .get("/.well-known/oauth-authorization-server")
            .header("X-Forwarded-For", "192.0.2.1")
            .header("X-Forwarded-Host", "evil.example")
            .header("X-Forwarded-Proto", "https")
            .header("X_Forwarded_Host", "evil.example")
            .header("Forwarded", "host=evil.example;proto=https")
            .header("X-Ssl-Cert", "forged")
            .header("X-Forwarded-Client-Cert", "forged")
            .send();
        assert_eq!(metadata.status, 200);
        assert_eq!(metadata.json()["issuer"], server.home().setting("issuer").unwrap().as_str().unwrap());
        assert!(!metadata.body.contains("evil.example"), "{metadata:?}");
    }
}
