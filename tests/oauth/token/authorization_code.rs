//! `grant_type=authorization_code`: redeeming a code.

use std::collections::BTreeSet;

use crate::asking::{Ask, Redeem};
use crate::fixture::{App, DORY, OLD, OWN, PHONE, SUPER, THIRD_PARTY, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

#[test]
fn req_a07_a_code_is_redeemed_with_the_redirect_uri_of_its_request() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    for app in [WEB, PHONE, OWN, OLD] {
        let code = person.code(&Ask::code(app).with("scope", "read"));
        let tokens = site.redeem(app, &code);
        assert_eq!(tokens.scope, "read");
        site.assert_alive(app, &tokens);
        let next = site.refresh_as(app, tokens.refresh()).tokens();
        site.assert_alive(app, &next);
    }
    // By Basic header or in the body, with the client id or without.
    let code = person.code(&Ask::code(WEB));
    Redeem::of(WEB, &code).with("client_id", WEB.id).at(site).tokens();
    let code = person.code(&Ask::code(WEB));
    let body = Redeem { secret: None, ..Redeem::of(WEB, &code) }.with("client_id", WEB.id).with("client_secret", WEB.secret.unwrap());
    body.at(site).tokens();
}

#[test]
fn req_a07_a_token_says_for_whom_by_whom_and_what() {
    let server = Server::start();
    let site = server.standard();
    let code = Person::signed_in(site, DORY).code(&Ask::code(WEB).with("scope", "write read"));
    let tokens = site.redeem(WEB, &code);
    let told = site.introspect(WEB.credentials(), &tokens.access);
    assert_eq!((&told["username"], &told["client_id"]), (&"dory".into(), &"web".into()));
    let words: BTreeSet<_> = told["scope"].as_str().unwrap().split(' ').collect();
    assert_eq!(words, BTreeSet::from(["read", "write"]));
}

#[test]
fn sec_b04_a_missing_or_other_redirect_uri_ends_the_code() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let other = "https://rival.example.com/other";
    let rival = crate::fixture::RIVAL;
    let redeem = |code: &str, uri: Option<&str>| match uri {
        Some(uri) => Redeem::of(rival, code).with("redirect_uri", uri).at(site),
        None => Redeem::of(rival, code).without("redirect_uri").at(site),
    };
    redeem(&person.code(&Ask::code(rival)), Some(rival.redirect_uri)).tokens();
    for wrong in [other, "https://rival.example.com/cb/", "https://rival.example.com/cb?", "https://rival.example.com/cb ", "x"] {
        let code = person.code(&Ask::code(rival));
        assert!(redeem(&code, Some(wrong)).refused(400, "invalid_grant").contains("redirect_uri must be that of"));
        redeem(&code, Some(rival.redirect_uri)).refused(400, "invalid_grant");
    }
    let code = person.code(&Ask::code(rival));
    assert_eq!(redeem(&code, None).refused(400, "invalid_grant"), "Missing redirect URI");
    redeem(&code, Some(rival.redirect_uri)).refused(400, "invalid_grant");
}

#[test]
fn sec_b05_a_code_runs_out() {
    let server = Home::demo().with_client("web", "code_lifetime = '1s'").start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let lasting = person.code(&Ask::code(OLD));
    let short = person.code(&Ask::code(WEB));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    site.redeem(OLD, &lasting);
    assert_eq!(site.ask_redeem(WEB, &short).refused(400, "invalid_grant"), "Authorization expired");
}

#[test]
fn req_a06_no_code_may_be_configured_to_live_longer_than_ten_minutes() {
    Home::demo().with_client("web", "code_lifetime = '10m'").start();
    let (_, said) = Home::demo().with_client("web", "code_lifetime = '11m'").refuse();
    assert!(said.contains("code_lifetime"), "{said}");
}

#[test]
fn sec_b06_codes_are_long_do_not_repeat_and_share_nothing_that_a_guess_could_use() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let codes: Vec<String> = (0..crate::contention::rounds(100).max(400)).map(|_| person.code(&Ask::code(OWN))).collect();
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    let bodies: Vec<&str> = codes.iter().map(|code| code.strip_prefix("kwc_").expect("codes begin with kwc_")).collect();
    let alphabet = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    assert!(bodies.iter().all(|body| body.len() == 48 && body.chars().all(alphabet)));
    // The last 27 characters, 160 bits, look random: at every place no character is seen much too often.
    for place in 21..48 {
        let mut seen = std::collections::BTreeMap::<u8, usize>::new();
        for body in &bodies {
            *seen.entry(body.as_bytes()[place]).or_default() += 1;
        }
        let most = seen.values().max().unwrap();
        assert!(*most < bodies.len() / 64 * 4 + 20, "place {place}: {seen:?}");
        assert!(seen.len() > 40, "place {place} takes few values: {seen:?}");
    }
}

#[test]
fn sec_b06_an_edited_or_shortened_code_is_none_and_does_no_harm() {
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let (code, other) = (person.code(&Ask::code(WEB)), person.code(&Ask::code(WEB)));
    let mut wrong: Vec<String> = (0..code.len()).map(|length| code[..length].to_owned()).collect();
    wrong.extend((4..code.len()).map(|place| {
        let mut edited = code.clone().into_bytes();
        edited[place] = if edited[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(edited).unwrap()
    }));
    wrong.extend([
        format!("{code}A"),
        format!("{code}="),
        format!(" {code}"),
        code.to_uppercase(),
        format!("{}{}", &code[..25], &other[25..]),
    ]);
    wrong.extend([format!("{code}\n"), code.replace("kwc_", "kwr_"), format!("{code}{code}")]);
    for wrong in wrong {
        let answer = site.ask_redeem(WEB, &wrong);
        answer.refused(400, if wrong.is_empty() { "invalid_request" } else { "invalid_grant" });
    }
    site.redeem(WEB, &code);
    site.redeem(WEB, &other);
}

#[test]
fn sec_b07_what_is_made_for_one_purpose_is_none_for_another() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let tokens = site.redeem(WEB, &person.code(&Ask::code(WEB)));
    let code = person.code(&Ask::code(WEB));
    let session = person.session().unwrap().1.clone();
    let browser = person.cookies.iter().find(|(name, _)| name.ends_with("-browser")).unwrap().1.clone();
    let csrf = person.get("/account").page().form("/logout").field("csrf").to_owned();
    for no_code in [tokens.access.as_str(), tokens.refresh(), &session, &browser, &csrf] {
        site.ask_redeem(WEB, no_code).refused(400, "invalid_grant");
    }
    for no_refresh_token in [tokens.access.as_str(), &code, &session, &browser, &csrf] {
        site.refresh_as(WEB, no_refresh_token).refused(400, "invalid_grant");
    }
    for no_access_token in [tokens.refresh(), &code, &session, &browser, &csrf] {
        assert!(!site.opens(no_access_token));
        assert_eq!(site.introspect(WEB.credentials(), no_access_token)["active"], false);
    }
    // Nothing that goes through a browser to applications signs anybody in.
    for no_session in [tokens.access.as_str(), tokens.refresh(), &code, &browser, &csrf] {
        let mut stranger = person.clone();
        let name = stranger.session().unwrap().0.clone();
        stranger.cookies.insert(name, no_session.to_owned());
        assert!(stranger.get("/account").is_login(), "{no_session}");
    }
    assert!(person.get("/account").page().text().contains("dory"));
    // Nor under the prefix of the other, which tells only what a text wants to be.
    let artefacts = [tokens.access.as_str(), tokens.refresh(), &code, &session];
    let disguised = |prefix: &str| artefacts.map(|own| (!own.starts_with(prefix)).then(|| format!("{prefix}{}", &own[4..])));
    for no_code in disguised("kwc_").into_iter().flatten() {
        site.ask_redeem(WEB, &no_code).refused(400, "invalid_grant");
    }
    for no_refresh_token in disguised("kwr_").into_iter().flatten() {
        site.refresh_as(WEB, &no_refresh_token).refused(400, "invalid_grant");
    }
    for no_access_token in disguised("kwa_").into_iter().flatten() {
        assert!(!site.opens(&no_access_token));
    }
    for no_session in disguised("kws_").into_iter().flatten() {
        let mut stranger = person.clone();
        let name = stranger.session().unwrap().0.clone();
        stranger.cookies.insert(name, no_session);
        assert!(stranger.get("/account").is_login());
    }
    site.assert_alive(WEB, &tokens);
    site.redeem(WEB, &code);
}

#[test]
fn sec_b12_a_code_in_a_url_is_refused_and_nowhere_logged() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let code = person.code(&Ask::code(WEB));
    let pairs = Redeem::of(WEB, &code).form;
    assert_eq!(site.get("/oauth/token").basic(WEB.credentials()).query(&pairs).send().status, 405);
    site.post("/oauth/token").basic(WEB.credentials()).query(&pairs).send().refused(400, "invalid_request");
    let [code_alone, rest] = [&pairs[1..2], &[&pairs[..1], &pairs[2..]].concat()[..]];
    site.post("/oauth/token").basic(WEB.credentials()).query(code_alone).form(rest).send().refused(400, "invalid_request");
    site.redeem(WEB, &code);
    let log = server.log();
    assert!(!log.contains(&code[..20]) && !log.contains(crate::asking::VERIFIER), "the code is in the log");
}

#[test]
fn req_c24_a_scope_at_redemption_narrows_and_never_widens() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let ask = Ask::code(WEB).with("scope", "read write");
    let narrow = Redeem::of(WEB, &person.code(&ask)).with("scope", "read").at(site).tokens();
    assert_eq!(narrow.scope, "read");
    let code = person.code(&Ask::code(WEB).with("scope", "read"));
    Redeem::of(WEB, &code).with("scope", "read write").at(site).refused(400, "invalid_scope");
}

#[test]
fn req_a08_every_failed_redemption_says_why_as_far_as_it_may() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let code = person.code(&Ask::code(WEB));
    site.redeem(WEB, &code);
    let used = site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    assert!(used.starts_with("The code is unknown or used"), "{used}");
    assert_eq!(site.ask_redeem(WEB, "unknown").refused(400, "invalid_grant"), used);
    let unproved = Redeem::of(WEB, &person.code(&Ask::code(WEB))).with("code_verifier", "wrong").at(site).refused(400, "invalid_grant");
    assert!(unproved.contains("code_verifier"), "{unproved}");
    Redeem::of(WEB, "").at(site).refused(400, "invalid_request");
    let missing = Redeem::of(WEB, &code).without("code").at(site).refused(400, "invalid_request");
    assert!(missing.contains("code"), "{missing}");
}

#[test]
fn req_a14_on_korap_confidential_clients_get_a_refresh_token_and_public_ones_a_long_lived_token() {
    let server = Server::start();
    let site = server.korap();
    let mut person = Person::signed_in(site, DORY);
    let third = App { id: THIRD_PARTY.0, secret: Some(THIRD_PARTY.1), redirect_uri: "https://third.party.com/confidential/redirect" };
    let public = App { id: crate::fixture::KORAP_PUBLIC, secret: None, redirect_uri: "https://third.party.client.com/redirect" };
    let redeem = |person: &mut Person<'_>, app: App| {
        let ask = Ask::code(app).with("scope", "search").without("code_challenge").without("code_challenge_method");
        let code = person.code(&ask);
        Redeem::of(app, &code).without("code_verifier").at(site).tokens()
    };
    // Its clients compare the text.
    let used = Redeem::of(third, "unknown").without("code_verifier").at(site).refused(400, "invalid_grant");
    assert_eq!(used, "Invalid authorization");
    let tokens = redeem(&mut person, third);
    assert!(tokens.refresh.is_some() && tokens.expires_in == 86_400, "{tokens:?}");
    let tokens = redeem(&mut person, public);
    assert!(tokens.refresh.is_none() && tokens.expires_in == 31_536_000, "{tokens:?}");
    let tokens = site.login(SUPER, DORY);
    assert!(tokens.refresh.is_some());
}

#[test]
fn req_a09_a_failed_redemption_ends_the_code_even_for_the_right_request() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let code = person.code(&Ask::code(WEB));
    // The replay of the KorAP tests: a wrong secret, no redirect URI, then all of it right.
    Redeem { secret: Some((WEB.id, "wrong")), ..Redeem::of(WEB, &code) }.at(site).refused(401, "invalid_client");
    Redeem::of(WEB, &code).without("redirect_uri").at(site).refused(400, "invalid_grant");
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    // The wrong secret alone does.
    let code = person.code(&Ask::code(WEB));
    Redeem { secret: Some((WEB.id, "wrong")), ..Redeem::of(WEB, &code) }.at(site).refused(401, "invalid_client");
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
}

#[test]
fn a_code_that_was_shown_before_a_crash_is_redeemed_once_after_it() {
    let server = Server::start();
    let code = Person::signed_in(server.standard(), DORY).code(&Ask::code(WEB));
    let server = server.kill().start();
    let site = server.standard();
    let tokens = site.redeem(WEB, &code);
    site.assert_alive(WEB, &tokens);
    let server = server.kill().start();
    let site = server.standard();
    site.assert_alive(WEB, &tokens);
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
    site.assert_dead(WEB, &tokens);
}
