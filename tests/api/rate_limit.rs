//! How often one access token may be used (`korap.rate_limit`), and whether passwords may be at all (`korap.basic_auth`).

use rustix::process::Signal;

use crate::client::Site;
use crate::fixture::{DORY, MARLIN};
use crate::server::{Home, Server};

const STATUS: &str = "/api/auth/status";

/// Uses `token` until it is told to wait; returns how often it was heard.
fn heard(site: &Site, token: &str, most: usize) -> usize {
    for heard in 0..most {
        let answer = site.get(STATUS).bearer(token).send();
        if answer.status != 200 {
            assert_eq!((answer.status, answer.body.as_str()), (429, "Rate limit exceeded"), "{answer:?}");
            assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{answer:?}");
            assert!(answer.header("content-type").starts_with("text/plain") && answer.header("cache-control") == "no-store", "{answer:?}");
            return heard;
        }
    }
    most
}

#[test]
fn req_z04_one_token_is_heard_so_often_and_others_meanwhile() {
    let server = Home::demo().with("[korap]\nrate_limit = 5").start();
    let site = server.korap();
    let (one, other) = (site.user_token(DORY, "all"), site.user_token(DORY, "all"));
    // One comes back each 12 seconds.
    assert!((5..8).contains(&heard(site, &one, 40)));
    assert!((5..8).contains(&heard(site, &other, 40)), "another token has a count of its own");
    assert_eq!(site.get(STATUS).basic(MARLIN).send().status, 200);
    // The token endpoint, and every other way to look at the token, is not counted.
    for _ in 0..10 {
        site.user_token(DORY, "all");
        assert!(site.is_active(crate::fixture::SUPER, &one));
    }
    // What is no live token is told so, however often it comes.
    for _ in 0..10 {
        assert_eq!(site.get(STATUS).bearer("nope").send().api_error(), (401, 2011));
    }
    heard(site, &one, 40);
    assert_eq!(site.get("/api/user/info").bearer(&one).send().status, 429, "the count is the same on every path");
}

#[test]
fn req_z04_the_limit_is_sixty_and_can_be_turned_off_by_a_reload() {
    let mut server = Server::start();
    let token = server.korap().user_token(DORY, "all");
    let heard_by_default = heard(server.korap(), &token, 200);
    assert!((60..100).contains(&heard_by_default), "{heard_by_default}");
    server.edit(|home| home.with("[korap]\nrate_limit = 0"));
    server.signal(Signal::HUP);
    while server.korap().get(STATUS).bearer(&token).send().status == 429 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(heard(server.korap(), &token, 200), 200);
}

#[test]
fn req_c30_passwords_can_be_turned_off() {
    let server = Home::demo().with("[korap]\nbasic_auth = false").start();
    let site = server.korap();
    assert!(site.speaks(&site.user_token(DORY, "all")));
    let answer = site.get(STATUS).basic(DORY).send();
    assert_eq!(answer.api_errors(), serde_json::json!([[2001, "Authentication scheme is not supported.", "Basic"]]));
}

/// A browser that was given a password once sends it by itself, whoever has it ask.
#[test]
fn sec_d04_a_password_that_a_browser_sends_does_nothing() {
    let server = Server::start();
    let site = server.korap();
    let asked = [("response_type", "code"), ("client_id", crate::fixture::KORAP_PUBLIC), ("scope", "search")];
    let authorize = || site.get("/api/oauth2/authorize").query(&asked).basic(DORY);
    assert_eq!(authorize().send().status, 302);
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", "https://evil.example"),
    ] {
        let answer = authorize().header(name, value).send();
        assert_eq!((answer.api_error(), answer.header("location")), ((401, 2001), ""), "{name}: {value}");
        let reset = site.post("/api/oauth2/client/reset").basic(DORY).header(name, value).form(&[("client_id", "x")]).send();
        assert_eq!(reset.api_error(), (401, 2001), "{name}: {value}");
    }
}
