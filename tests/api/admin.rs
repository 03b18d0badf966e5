//! `/api/admin/…`: what administrators do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use serde_json::json;

use crate::api::{BY_SUPER, Registered, reef};
use crate::client::{Answer, Request, Site};
use crate::contention::rounds;
use crate::fixture::{ADMIN, DORY, KORAP_PUBLIC, MARLIN, SUPER, THIRD_PARTY};
use crate::postgres;
use crate::server::{Home, Server};

const CLEAN: &str = "/api/admin/oauth2/token/clean";
const PRIVILEGE: &str = "/api/admin/oauth2/client/privilege";
const PERMIT: &str = "/api/admin/oauth2/client/permit";

fn untroubled() -> Server {
    Home::demo().with("[log]\nlevel = 'info'\n[throttle]\nenabled = false").start()
}

/// The administrators' own token.
fn own_token(server: &Server) -> String {
    let text = fs::read_to_string(server.home().path("adminToken")).unwrap();
    text.trim().strip_prefix("token=").unwrap().to_owned()
}

/// A request to each route that changes nothing for good.
fn requests<'s>(site: &'s Site, id: &str, more: &[(&str, &str)]) -> Vec<Request<'s>> {
    let ask = |path, form: &[(&str, &str)]| site.post(path).form(&[form, more].concat());
    vec![
        ask(CLEAN, &[]),
        ask(PRIVILEGE, &[("client_id", id), ("super", "false")]),
        ask(PERMIT, &[("client_id", id), ("permitted", "true")]),
    ]
}

#[test]
fn sec_q01_only_administrators_administer_and_their_tokens_need_the_scope() {
    let server = untroubled();
    let site = server.korap();
    let own = site.register(DORY, &reef(json!({})));
    let revoked = site.user_token(ADMIN, "all");
    site.revoke(SUPER, &revoked);
    let machine = site.machine_token(SUPER).access;
    for request in requests(site, &own.id, &[]) {
        for token in [site.user_token(ADMIN, "all"), site.user_token(ADMIN, "admin search")] {
            assert_eq!(request.clone().bearer(&token).send().status, 200);
        }
        assert_eq!(request.clone().basic(ADMIN).send().status, 200);
        let told = |answer: Answer| (answer.status, answer.api_errors());
        let unauthorized = |name: &str| (401, json!([[2010, format!("Unauthorized operation for user: {name}"), name]]));
        assert_eq!(told(request.send()), unauthorized("guest"));
        assert_eq!(told(request.clone().basic(DORY).send()), unauthorized("dory"));
        assert_eq!(told(request.clone().bearer(&site.user_token(DORY, "all")).send()), unauthorized("dory"));
        assert_eq!(told(request.clone().bearer(&machine).send()), unauthorized("guest"));
        // Words that hold `admin` or `all` are neither.
        let scope = "install_user_client search";
        let answer = request.clone().bearer(&site.user_token(ADMIN, scope)).send();
        assert_eq!(told(answer), (401, json!([[2010, "Scope admin is not authorized", "admin"]])));
        for (name, password) in [(ADMIN.0, "wrong"), SUPER] {
            assert_eq!(request.clone().basic((name, password)).send().api_error(), (401, 2004));
        }
        for token in ["nope", &revoked] {
            assert_eq!(request.clone().bearer(token).send().api_error(), (401, 2011));
        }
    }
    // A super client's word is no administrator's.
    for request in requests(site, &own.id, &BY_SUPER) {
        assert_eq!(request.send().api_error(), (401, 2010));
    }
}

#[test]
fn req_d01_the_administrators_own_token_is_made_at_the_first_start_and_kept() {
    let server = untroubled();
    let token = own_token(&server);
    assert_eq!(fs::metadata(server.home().path("adminToken")).unwrap().permissions().mode() & 0o777, 0o600);
    let own = server.korap().register(DORY, &reef(json!({})));
    for request in requests(server.korap(), &own.id, &[("token", &token)]) {
        assert_eq!(request.send().status, 200);
    }
    let wrong = format!("{}x", &token[1..]);
    for wrong in ["x", &wrong, &token[1..], &format!("{token}a")] {
        for request in requests(server.korap(), &own.id, &[("token", wrong)]) {
            let answer = request.send();
            assert_eq!((answer.status, answer.api_errors()), (401, json!([[2010, "Unauthorized operation for user: guest", "guest"]])));
        }
    }
    assert!(!server.log().contains(&token), "it is in no log");
    let server = server.stop().start();
    assert_eq!(own_token(&server), token);
    assert_eq!(server.korap().post(CLEAN).form(&[("token", &token)]).send().status, 200);
    let query = format!("{CLEAN}?token={token}");
    assert_eq!(server.korap().post(&query).send().api_error(), (401, 2010), "nothing is read from an address");
}

#[test]
fn sec_q01_guesses_at_the_administrators_token_are_slowed_down() {
    let server = Server::start();
    let site = server.korap();
    let guess = |token: &str| site.post(CLEAN).form(&[("token", token)]).send();
    let answers: Vec<Answer> = (0..40).map(|number| guess(&format!("guess{number}"))).collect();
    assert_eq!(answers[0].status, 401);
    let slowed = answers.iter().find(|answer| answer.status != 401).expect("it is slowed down");
    assert_eq!(slowed.status, 429, "{slowed:?}");
    assert!(!slowed.header("retry-after").is_empty(), "{slowed:?}");
    assert_eq!(guess("guess").status, 429, "nothing that short is looked at now");
    assert_eq!(guess(&own_token(&server)).status, 200, "who knows it is not held up by who guesses");
    assert_eq!(site.post(CLEAN).basic(ADMIN).send().status, 200, "others are not held up");
}

#[test]
fn an_administrators_token_that_others_read_keeps_the_server_from_starting() {
    let home = untroubled().stop();
    let path = home.path("adminToken");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let checked = home.keyward(&["check-config"]);
    assert!(!checked.ok && checked.err.contains("korap.admin_token_file") && checked.err.contains("chmod 600"), "{checked:?}");
    let (home, said) = home.refuse();
    assert!(said.contains("chmod 600"), "{said}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "token=short").unwrap();
    let checked = home.keyward(&["check-config"]);
    assert!(!checked.ok && checked.err.contains("holds no administrators' token"), "{checked:?}");
}

#[test]
fn another_administrators_token_is_taken_over_at_a_reload() {
    let mut server = untroubled();
    let before = own_token(&server);
    let other = "0123456789abcdefghijklmnopqrstuvwxyz";
    fs::write(server.home().path("adminToken"), format!("token={other}\n")).unwrap();
    server.edit(|home| home);
    server.signal(rustix::process::Signal::HUP);
    let ask = |token: &str| server.korap().post(CLEAN).form(&[("token", token)]).send().status;
    while ask(other) != 200 {
        thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(ask(&before), 401);
}

#[test]
fn req_d03_a_client_becomes_a_super_client_and_keeps_what_it_holds() {
    let server = untroubled();
    let site = server.korap();
    let own = site.register(DORY, &reef(json!({})));
    let given = site.api_tokens(MARLIN, &own, "search match_info");
    let password = |scope: &str| {
        let form = [("grant_type", "password"), ("username", MARLIN.0), ("password", MARLIN.1), ("scope", scope)];
        site.post("/api/oauth2/token").basic(own.credentials()).form(&form).send()
    };
    password("").refused(401, "unauthorized_client");
    let told = site.administer(&own.id, "super", true);
    assert_eq!((told.status, told.body.as_str()), (200, "SUCCESS"));
    assert_eq!(site.introspect(own.credentials(), &given.access)["scope"], "search match_info", "older tokens are as they were");
    assert_eq!(site.refresh(own.credentials(), given.refresh()).scope, "search match_info");
    assert_eq!(password("").tokens().scope, "all");
    let by = [("super_client_id", own.id.as_str()), ("super_client_secret", own.secret.as_deref().unwrap())];
    let list = || site.post("/api/plugins").basic(MARLIN).form(&by).send();
    assert_eq!(list().status, 200);

    let (wide, code) = (password("").tokens(), site.api_code(MARLIN, &own.id, "search"));
    assert_eq!(site.administer(&own.id, "super", false).body, "SUCCESS");
    assert!(own.is_dead(site, &wide), "what a super client held ends");
    own.redeem(site, &code).refused(400, "invalid_grant");
    list().refused(401, "unauthorized_client");
    password("").refused(401, "unauthorized_client");
    let narrow = site.api_tokens(MARLIN, &own, "search");
    assert_eq!(site.administer(&own.id, "super", false).body, "SUCCESS", "it is none already");
    assert!(site.speaks(&narrow.access));
    let asked = [("response_type", "code"), ("client_id", own.id.as_str()), ("scope", "all")];
    assert_eq!(site.get("/api/oauth2/authorize").query(&asked).basic(MARLIN).send().sent_error(), "invalid_scope");
}

#[test]
fn req_d03_what_cannot_be_a_super_client_is_refused() {
    let server = untroubled();
    let site = server.korap();
    let public = site.register(DORY, &reef(json!({ "type": "PUBLIC" })));
    let told = site.administer(&public.id, "super", true);
    let text = "Only confidential clients are allowed to be super clients.";
    assert_eq!((told.status, told.api_errors()), (400, json!([[109, text]])));
    for path in [PRIVILEGE, PERMIT] {
        let ask = |form: &[(&str, &str)]| site.post(path).basic(ADMIN).form(form).send();
        for unknown in ["nobody", " x", "web"] {
            ask(&[("client_id", unknown), ("super", "true"), ("permitted", "true")]).refused(401, "invalid_client");
        }
        ask(&[("super", "true"), ("permitted", "true")]).refused(400, "invalid_request");
        ask(&[("client_id", &public.id)]).refused(400, "invalid_request");
        ask(&[("client_id", &public.id), ("super", "yes"), ("permitted", "1")]).refused(400, "invalid_request");
    }
    for (id, what) in [(SUPER.0, "super"), (THIRD_PARTY.0, "super"), (KORAP_PUBLIC, "permitted")] {
        let answer = site.administer(id, what, false);
        assert_eq!(answer.status, 403, "the configuration keeps it: {answer:?}");
    }
}

#[test]
fn req_d02_what_has_ended_is_removed_at_once_and_nothing_that_lives() {
    let server = Home::demo().with_client(KORAP_PUBLIC, "access_lifetime = '1s'").start();
    let site = server.korap();
    let third = Registered { id: THIRD_PARTY.0.into(), secret: Some(THIRD_PARTY.1.into()) };
    let (lives, dead) = (site.api_tokens(DORY, &third, "search"), site.api_tokens(DORY, &third, "search"));
    let code = site.api_code(DORY, &third.id, "search");
    let rotated = site.refresh(THIRD_PARTY, lives.refresh());
    let single = site.api_tokens(MARLIN, &third, "search");
    assert_eq!(site.revoke(THIRD_PARTY, dead.refresh()).status, 200);
    assert_eq!(site.revoke(THIRD_PARTY, &single.access).status, 200);
    let public = Registered { id: KORAP_PUBLIC.into(), secret: None };
    let short = site.api_tokens(DORY, &public, "search");
    while site.speaks(&short.access) {
        thread::sleep(std::time::Duration::from_millis(20));
    }
    let rows = |server: &Server| server.home().rows("authorizations");
    let before = rows(&server);
    thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(site.post(CLEAN).basic(ADMIN).send().status, 200);
    assert_eq!(before - rows(&server), 2, "the revoked one and the expired one");
    assert!(site.speaks(&rotated.access));
    site.refresh(THIRD_PARTY, rotated.refresh());
    third.redeem(site, &code).tokens();
    assert!(!site.speaks(&single.access), "a token that was revoked by itself stays so");
    assert!(!site.speaks(&dead.access) && !site.speaks(&short.access));
    site.ask_refresh(THIRD_PARTY, dead.refresh()).refused(400, "invalid_grant");
    let entry = server.log().lines().find(|line| line.contains("an administrator did this")).map(str::to_owned);
    assert!(entry.is_some_and(|line| line.contains("clean")), "who did what is in the log");
}

#[test]
fn sec_f04_nothing_of_a_super_client_outlives_the_end_of_its_privilege() {
    let server = Home::demo().with("[log]\nlevel = 'warn'\n[throttle]\nenabled = false\n[korap]\nclients_per_user = 1000000").start();
    let site = server.korap();
    for _ in 0..rounds(5) {
        let own = site.register(DORY, &reef(json!({})));
        assert_eq!(site.administer(&own.id, "super", true).status, 200);
        let form = [("grant_type", "password"), ("username", MARLIN.0), ("password", MARLIN.1)];
        let log_in = || site.post("/api/oauth2/token").basic(own.credentials()).form(&form).send();
        let (first, code) = (log_in().tokens(), site.api_code(MARLIN, &own.id, "search"));
        let given = thread::scope(|scope| {
            let asking = [
                scope.spawn(|| site.ask_refresh(own.credentials(), first.refresh())),
                scope.spawn(|| own.redeem(site, &code)),
                scope.spawn(log_in),
            ];
            assert_eq!(scope.spawn(|| site.administer(&own.id, "super", false)).join().unwrap().status, 200);
            assert!(!site.speaks(&first.access), "an access token outlived the acknowledged end");
            asking.map(|one| one.join().unwrap())
        });
        for answer in given {
            assert!([200, 400, 401].contains(&answer.status), "{answer:?}");
            assert!(answer.status != 200 || own.is_dead(site, &answer.tokens()), "something outlived the acknowledged end");
        }
    }
}

#[test]
fn cleaning_disturbs_nobody_who_asks_for_tokens() {
    let server = Home::demo()
        .with("[log]\nlevel = 'warn'\n[throttle]\nenabled = false\n[korap]\nrate_limit = 0\nclients_per_user = 1000000")
        .start();
    let site = server.korap();
    let third = Registered { id: THIRD_PARTY.0.into(), secret: Some(THIRD_PARTY.1.into()) };
    thread::scope(|scope| {
        let cleaning = scope.spawn(|| (0..rounds(10)).for_each(|_| assert_eq!(site.post(CLEAN).basic(ADMIN).send().status, 200)));
        for _ in 0..rounds(10) {
            let given = site.api_tokens(DORY, &third, "search");
            let refreshed = site.refresh(THIRD_PARTY, given.refresh());
            assert!(site.speaks(&refreshed.access));
            assert_eq!(site.revoke(THIRD_PARTY, refreshed.refresh()).status, 200);
            assert!(third.is_dead(site, &refreshed));
        }
        cleaning.join().unwrap();
    });
}

fn initial(home: &Home) -> Registered {
    let text = fs::read_to_string(home.path("super_client_info")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    Registered { id: text("client_id"), secret: Some(text("client_secret")) }
}

#[test]
fn req_m09_a_first_start_makes_a_super_client_and_later_ones_bring_it_back() {
    if postgres::is_the_store() {
        return;
    }
    let home = Home::demo().with("[korap]\ninitial_super_client = true");
    let server = home.start();
    let own = initial(server.home());
    assert_eq!(fs::metadata(server.home().path("super_client_info")).unwrap().permissions().mode() & 0o777, 0o600);
    let log_in = |server: &Server| server.korap().ask_password(own.credentials(), DORY);
    assert_eq!(log_in(&server).tokens().scope, "all");
    let by = [("super_client_id", own.id.as_str()), ("super_client_secret", own.secret.as_deref().unwrap())];
    let shown = server.korap().post(&format!("/api/oauth2/client/{}", own.id)).form(&by).send().json();
    assert_eq!((&shown["client_name"], &shown["super"]), (&json!("initial super client"), &json!(true)));
    assert!(!server.log().contains(own.secret.as_deref().unwrap()));

    // Killed between file and store; or the store was lost.
    let home = server.kill();
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", home.database().display()));
    }
    let _ = fs::remove_file(home.root_key());
    let server = home.start();
    assert_eq!(initial(server.home()).id, own.id);
    assert_eq!(log_in(&server).tokens().scope, "all");
    let server = server.stop().start();
    assert_eq!(log_in(&server).tokens().scope, "all");
    let home = server.stop();
    fs::write(home.path("super_client_info"), "{\"client_id\": \"x\"").unwrap();
    let checked = home.keyward(&["check-config"]);
    assert!(!checked.ok && checked.err.contains("korap.super_client_file"), "{checked:?}");
    let (_, said) = home.refuse();
    assert!(said.contains("holds no credentials"), "{said}");
}

#[test]
fn req_m09_without_the_setting_there_is_none() {
    let server = Server::start();
    assert!(!server.home().path("super_client_info").exists());
}
